using Kpio.Contracts.Process;

namespace Kpio.Kernel.Debugging;

/// <summary>What a debug session keeps of one task.</summary>
internal sealed class DebuggedTask
{
    public DebugMode Mode { get; set; } = DebugMode.Runs;

    /// <summary>Where the task goes on stepping; empty for a single step.</summary>
    public (ulong Start, ulong End) Range { get; set; }

    /// <summary>The signal that the debugger lets through next.</summary>
    public Signal Approved { get; set; }

    /// <summary>Whether a signal has been delivered to a handler since the task last ran: a step ends there.</summary>
    public bool HasEnteredHandler { get; set; }

    /// <summary>Whether the step's instruction was a system call, which is over when the task runs again.</summary>
    public bool HasSteppedCall { get; set; }

    /// <summary>Whether the task stands before a system call that the debugger was told of.</summary>
    public bool IsBeforeCall { get; set; }

    /// <summary>Whether the debugger is to be told of the call's end.</summary>
    public bool IsInWatchedCall { get; set; }

    /// <summary>Whether the task waits for the process that it has made with vfork(2).</summary>
    public bool IsInVfork { get; set; }

    /// <summary>The number of the call in which or behind which the task stands; null when it does not.</summary>
    public uint? Call { get; set; }
}
