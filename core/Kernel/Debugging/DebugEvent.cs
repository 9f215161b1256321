using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;

namespace Kpio.Kernel.Debugging;

/// <summary>What a debugger is told.</summary>
public enum DebugEventKind : byte
{
    /// <summary>The debugger asked; or the first program stands at its entry.</summary>
    Asked,

    /// <summary>The task is at a breakpoint, whose instruction has not been done.</summary>
    Breakpoint,

    /// <summary>The task's last instruction has accessed watched memory.</summary>
    Watchpoint,

    /// <summary>The task has done its step.</summary>
    Stepped,

    /// <summary>A signal is about to be delivered to the task; it is dropped unless the debugger hands it back.</summary>
    Signal,

    /// <summary>The task is about to make a system call.</summary>
    CallEntry,

    /// <summary>The task's system call has ended.</summary>
    CallReturn,

    /// <summary>The task has made a process (fork(2)).</summary>
    Fork,

    /// <summary>The task has made a process and waits for it (vfork(2)).</summary>
    Vfork,

    /// <summary>The process that the task had waited for has its own memory or has ended.</summary>
    VforkDone,

    /// <summary>The task has a new program.</summary>
    Exec,

    /// <summary>A thread has begun.</summary>
    ThreadStarted,

    /// <summary>A thread has ended, and its process goes on.</summary>
    ThreadEnded,

    /// <summary>A process has ended.</summary>
    ProcessEnded,

    /// <summary>Every task that was let go on has ended; others are held.</summary>
    NothingRuns,
}

/// <summary>Something that a debugger is told.</summary>
/// <param name="Kind">What happened; it says which members mean something.</param>
/// <param name="Task">The task to which it happened; null where there is none.</param>
/// <param name="Pid">The process to which it happened.</param>
/// <param name="Tid">The task's tid when it happened.</param>
public sealed record DebugEvent(DebugEventKind Kind, GuestTask? Task, int Pid, int Tid)
{
    /// <summary>The signal.</summary>
    public SignalInfo Signal { get; init; }

    /// <summary>The number of the system call.</summary>
    public uint Number { get; init; }

    /// <summary>The new process's task.</summary>
    public GuestTask? Child { get; init; }

    /// <summary>The address of the access.</summary>
    public ulong Address { get; init; }

    /// <summary>What the memory was watched for.</summary>
    public PageAccess Access { get; init; }

    /// <summary>How the process or thread ended, in the form of wait(2).</summary>
    public int Status { get; init; }

    /// <summary>Makes an event of a task.</summary>
    public static DebugEvent Of(DebugEventKind kind, GuestTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new DebugEvent(kind, task, task.Group.Pid, task.Tid);
    }
}
