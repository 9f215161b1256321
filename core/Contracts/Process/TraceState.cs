using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>Options of ptrace(2), PTRACE_SETOPTIONS, by Linux's values.</summary>
[Flags]
public enum TraceOptions : uint
{
#pragma warning disable CS1591 // ptrace(2) documents each.
    None = 0,
    PTRACE_O_TRACESYSGOOD = 1,
    PTRACE_O_TRACEFORK = 2,
    PTRACE_O_TRACEVFORK = 4,
    PTRACE_O_TRACECLONE = 8,
    PTRACE_O_TRACEEXEC = 0x10,
    PTRACE_O_TRACEVFORKDONE = 0x20,
    PTRACE_O_TRACEEXIT = 0x40,
    PTRACE_O_EXITKILL = 0x10_0000,
#pragma warning restore CS1591
}

/// <summary>What a stop is besides a signal's: the upper byte of its code (ptrace(2), PTRACE_EVENT_*).</summary>
public enum TraceEvent : byte
{
#pragma warning disable CS1591 // ptrace(2) documents each.
    None = 0,
    PTRACE_EVENT_FORK = 1,
    PTRACE_EVENT_VFORK = 2,
    PTRACE_EVENT_CLONE = 3,
    PTRACE_EVENT_EXEC = 4,
    PTRACE_EVENT_VFORK_DONE = 5,
    PTRACE_EVENT_EXIT = 6,
    PTRACE_EVENT_STOP = 128,
#pragma warning restore CS1591
}

/// <summary>How a tracee goes on from a stop.</summary>
public enum TraceResume : byte
{
    /// <summary>Until the next signal or event (PTRACE_CONT).</summary>
    Continue,

    /// <summary>Until the next call begins or ends, too (PTRACE_SYSCALL).</summary>
    Calls,

    /// <summary>For one instruction (PTRACE_SINGLESTEP).</summary>
    Step,

    /// <summary>Until the next call begins, which is not made: the tracer answers it (PTRACE_SYSEMU).</summary>
    Emulate,

    /// <summary>For one instruction, a call aside, which is not made (PTRACE_SYSEMU_SINGLESTEP).</summary>
    EmulateStep,
}

/// <summary>In which of its stops (ptrace(2), "Stopped states") a tracee is.</summary>
public enum TraceStop : byte
{
    /// <summary>In none: it runs, waits, or will stop at its next chance.</summary>
    None,

    /// <summary>A signal is about to be delivered.</summary>
    Signal,

    /// <summary>A call is about to begin.</summary>
    CallEntry,

    /// <summary>A call has ended.</summary>
    CallExit,

    /// <summary>PTRACE_EVENT_*, PTRACE_EVENT_STOP aside.</summary>
    Event,

    /// <summary>A group-stop, or PTRACE_EVENT_STOP.</summary>
    Group,
}

/// <summary>
/// What is kept of a traced task (ptrace(2)). Contract data: the process manager acts on it, the kernel asks it before each call, the
/// system call ptrace(2) reads and writes it while the task is stopped.
/// </summary>
public sealed class TraceState
{
    /// <summary>Makes the state of a task that <paramref name="tracer"/> traces from now on.</summary>
    public TraceState(GuestTask tracer, bool isSeized, TraceOptions options)
    {
        ArgumentNullException.ThrowIfNull(tracer);
        TracerTid = tracer.Tid;
        TracerPid = tracer.Group.Pid;
        IsSeized = isSeized;
        Options = options;
    }

    /// <summary>The thread that traces: ptrace(2) from any other gives ESRCH.</summary>
    public int TracerTid { get; set; }

    /// <summary>Its process, whose threads all may wait for the tracee.</summary>
    public int TracerPid { get; }

    /// <summary>Whether it was attached with PTRACE_SEIZE.</summary>
    public bool IsSeized { get; }

    /// <summary>PTRACE_O_*.</summary>
    public TraceOptions Options { get; set; }

    /// <summary>How it goes on since its last stop.</summary>
    public TraceResume Resume { get; set; }

    /// <summary>The stop that it is in.</summary>
    public TraceStop Stop { get; set; }

    /// <summary>What wait(2) tells of the stop: the signal, and the <see cref="TraceEvent"/> from bit 8 on. 0 when it was told already.</summary>
    public int Report { get; set; }

    /// <summary>PTRACE_GETSIGINFO of the stop, when <see cref="HasInfo"/>; what is delivered when the tracer lets the signal through.</summary>
    public SignalInfo Info { get; set; }

    /// <summary>Whether <see cref="Info"/> means something: not in the group-stop of a task that was not seized.</summary>
    public bool HasInfo { get; set; }

    /// <summary>PTRACE_GETEVENTMSG.</summary>
    public ulong EventMessage { get; set; }

    /// <summary>The signal that is delivered without another stop when the task goes on; none otherwise.</summary>
    public SignalInfo Injected { get; set; }

    /// <summary>PTRACE_LISTEN: stopped as the tracer wants it, but told of the end of the group-stop.</summary>
    public bool IsListening { get; set; }

    /// <summary>Whether the task must stop before it goes back to ring 3 (PTRACE_INTERRUPT, an attachment to a stopped or new task).</summary>
    public bool IsTrapPending { get; set; }

    /// <summary>Whether the end of a group-stop is to be told of.</summary>
    public bool IsNoticePending { get; set; }

    /// <summary>Whether the end of a call is to be told of.</summary>
    public bool IsCallExitPending { get; set; }

    /// <summary>Whether a single step has led into a signal handler, where it ends.</summary>
    public bool IsHandlerPending { get; set; }

    /// <summary>An event that is to be told of before the task goes back to ring 3.</summary>
    public TraceEvent PendingEvent { get; set; }

    /// <summary>Whether the task stands before a call that its tracer was told of: the registers hold the call as the program made it.</summary>
    public bool IsBeforeCall { get; set; }

    /// <summary>Whether the tracer has called the call off (orig_rax -1); RAX is <see cref="CallResult"/> then.</summary>
    public bool IsCallSkipped { get; set; }

    /// <summary>Whether the call is not made, whatever its number: its stop was asked for with PTRACE_SYSEMU. RAX is <see cref="CallResult"/> then.</summary>
    public bool IsEmulated { get; set; }

    /// <summary>RAX as the tracer sees it while the registers hold a call.</summary>
    public ulong CallResult { get; set; }

    /// <summary>The number of the call in or behind which the task stands (orig_rax); -1 for none.</summary>
    public long Call { get; set; } = -1;

    /// <summary>The status with which the task ends once its tracer, who was told of it (PTRACE_EVENT_EXIT), lets it go on; null otherwise.</summary>
    public int? EndStatus { get; set; }

    /// <summary>The status of a thread that has ended and that the tracer has not waited for; null otherwise.</summary>
    public int? ThreadStatus { get; set; }

    /// <summary>Whether the process has ended and its parent is told only when the tracer has waited for it.</summary>
    public bool IsEndWithheld { get; set; }

    /// <summary>Whether the registers hold a call, not its outcome.</summary>
    public bool IsInCall => IsBeforeCall || HoldsCall;

    /// <summary>Whether the event's stop is within a call (fork(2) and the like), whose handler is entered again.</summary>
    public bool HoldsCall { get; set; }
}
