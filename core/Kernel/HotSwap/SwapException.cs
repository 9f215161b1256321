namespace Kpio.Kernel.HotSwap;

/// <summary>A swap did not happen; the machine runs on as before. The message is a line for the user.</summary>
public sealed class SwapException : Exception
{
    /// <summary>Makes one that says nothing.</summary>
    public SwapException()
    {
    }

    /// <summary>Makes one.</summary>
    public SwapException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its cause.</summary>
    public SwapException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes one for a step.</summary>
    internal SwapException(SwapStep step, string message, Exception? cause = null)
        : base(message, cause) => Step = step;

    /// <summary>The step that failed.</summary>
    public SwapStep Step { get; }
}
