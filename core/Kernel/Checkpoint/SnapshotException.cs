namespace Kpio.Kernel.Checkpoint;

/// <summary>A machine could not be kept, or not be made from what was kept. The message is a line for the user.</summary>
public sealed class SnapshotException : Exception
{
    /// <summary>Makes one that says nothing.</summary>
    public SnapshotException()
    {
    }

    /// <summary>Makes one.</summary>
    public SnapshotException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one with its cause.</summary>
    public SnapshotException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
