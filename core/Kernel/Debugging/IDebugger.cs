using Kpio.Contracts.Process;

namespace Kpio.Kernel.Debugging;

/// <summary>
/// A debugger as the kernel sees it. Its methods, <see cref="IsAsking"/> aside, are called on the machine's own thread, under the kernel
/// lock and with no plugin on any stack.
/// </summary>
public interface IDebugger
{
    /// <summary>Whether it wants to be heard (<see cref="DebugEventKind.Asked"/>) between two steps of the guests. From any thread; <see cref="DebugSession.Wake"/> makes it soon.</summary>
    bool IsAsking { get; }

    /// <summary>Which events there are to be.</summary>
    DebugWishes Wishes { get; }

    /// <summary>Whether a signal stops the task before it is delivered; else it is delivered at once.</summary>
    bool StopsAt(GuestTask task, Signal signal);

    /// <summary>Whether the task stops before and after a system call.</summary>
    bool StopsAtCall(GuestTask task, uint number);

    /// <summary>
    /// Something has happened; the whole machine stands still until the debugger comes back. It says through the session which tasks
    /// go on and how; those that it held before stay held.
    /// </summary>
    void OnStop(DebugEvent what);
}

/// <summary>Events that a debugger may want or not.</summary>
[Flags]
public enum DebugWishes : byte
{
    /// <summary>None of these.</summary>
    None = 0,

    /// <summary>New processes are debugged too.</summary>
    Forks = 1,

    /// <summary>The same for those that share their parent's memory until they end or have a program of their own.</summary>
    Vforks = 2,

    /// <summary>New programs.</summary>
    Execs = 4,

    /// <summary>The beginning and the end of threads.</summary>
    Threads = 8,

    /// <summary>That every task which was let go on has ended, while others are held.</summary>
    NothingRuns = 16,
}

/// <summary>How a task goes on.</summary>
public enum DebugMode : byte
{
    /// <summary>It does not.</summary>
    Held,

    /// <summary>It runs.</summary>
    Runs,

    /// <summary>It does one instruction, or all until it leaves a range of addresses.</summary>
    Steps,
}
