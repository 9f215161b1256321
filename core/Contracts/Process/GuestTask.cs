using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>Where a task is in its life.</summary>
public enum TaskState : byte
{
    /// <summary>Runs, or could.</summary>
    Runnable,

    /// <summary>Parked in a call, on <see cref="GuestTask.Wait"/>.</summary>
    Waiting,

    /// <summary>Stopped by a signal.</summary>
    Stopped,

    /// <summary>Stopped for its tracer (ptrace(2)).</summary>
    Traced,

    /// <summary>Ended, not yet waited for.</summary>
    Zombie,

    /// <summary>Gone.</summary>
    Dead,
}

/// <summary>
/// One thread of a guest program: contract data that the kernel owns and the Process and LinuxAbi plugins act on. Everything here
/// outlives any plugin. Kernel and plugin code run under one lock, so nothing here is synchronised.
/// </summary>
public sealed class GuestTask
{
    /// <summary>Makes a task; the kernel's task table gives the tid.</summary>
    public GuestTask(int tid, ThreadGroup group, CpuContext cpu, IUserMemory memory)
    {
        Tid = tid;
        Group = group;
        Cpu = cpu;
        Memory = memory;
    }

    /// <summary>The thread's id; equal to the process id for the first thread. Changed by <see cref="ITaskTable.ChangeTid"/> alone.</summary>
    public int Tid { get; set; }

    /// <summary>The process that the thread belongs to.</summary>
    public ThreadGroup Group { get; }

    /// <summary>The ring-3 registers.</summary>
    public CpuContext Cpu { get; }

    /// <summary>The task's view of its own memory: what handlers read and write arguments through.</summary>
    public IUserMemory Memory { get; }

    /// <summary>Where the task is in its life. Changed by the kernel and the process manager.</summary>
    public TaskState State { get; set; }

    /// <summary>The open descriptors; shared with the tasks that were made with CLONE_FILES.</summary>
    public required DescriptorTable Descriptors { get; set; }

    /// <summary>Root, working directory and umask; shared with the tasks that were made with CLONE_FS.</summary>
    public required FileSystemContext FileSystem { get; set; }

    /// <summary>What the task owes to System V semaphores when it ends; null while it never said SEM_UNDO. Shared with the tasks that were made with CLONE_SYSVSEM.</summary>
    public SemaphoreUndoList? SemaphoreUndo { get; set; }

    /// <summary>User and group ids.</summary>
    public required Credentials Credentials { get; set; }

    /// <summary>Blocked and pending signals and the alternate stack.</summary>
    public SignalState Signals { get; } = new();

    /// <summary>The thread's name, at most 15 bytes (prctl(2), PR_SET_NAME).</summary>
    public byte[] Name { get; set; } = [];

    /// <summary>Cleared and woken as a futex when the thread ends (set_tid_address(2)); 0 for none.</summary>
    public ulong ClearChildTid { get; set; }

    /// <summary>What the task gets when the thread that made its process ends (prctl(2), PR_SET_PDEATHSIG); <see cref="Signal.None"/> for nothing.</summary>
    public Signal ParentDeathSignal { get; set; }

    /// <summary>Whether a task waits in vfork(2), on <see cref="WaitKind.Vfork"/> with this tid, until this one has another address space or has ended.</summary>
    public bool HoldsVforkParent { get; set; }

    /// <summary>The head of the robust futex list (set_robust_list(2)); 0 for none.</summary>
    public ulong RobustListHead { get; set; }

    /// <summary>The registered rseq area (rseq(2)); 0 for none.</summary>
    public ulong RseqAddress { get; set; }

    /// <summary>The signature registered with the rseq area.</summary>
    public uint RseqSignature { get; set; }

    /// <summary>Which of its calls go to its own handler of SIGSYS; null when all are made.</summary>
    public UserDispatch? UserDispatch { get; set; }

    /// <summary>What the task waits for while its <see cref="State"/> is <see cref="TaskState.Waiting"/>; used again for every wait.</summary>
    public WaitSet Wait { get; } = new();

    /// <summary>The call in progress: how it was entered, and how far it got.</summary>
    public RestartState Restart { get; } = new();

    /// <summary>What restart_syscall(2) goes on with.</summary>
    public RestartBlock RestartBlock { get; } = new();

    /// <summary>Whether <see cref="IProcessManager.DeliverSignals"/> must be called before the task goes back to ring 3. Set by the process manager, tested by the kernel.</summary>
    public bool HasSignalWork { get; set; }

    /// <summary>What its tracer wants and sees of it (ptrace(2)); null when nobody traces it.</summary>
    public TraceState? Trace { get; set; }

    /// <summary>What is injected into its calls; null when nothing was yet.</summary>
    public InjectionState? Injection { get; set; }

    /// <summary>Whether SIGKILL waits for the task: it never goes back to ring 3.</summary>
    public bool IsKilled => Signals.Pending.Set.Contains(Signal.SIGKILL) || Group.PendingSignals.Set.Contains(Signal.SIGKILL);

    /// <summary>Whether a signal is there that a waiting call must give way to: one that is not blocked, or the order to stop.</summary>
    public bool HasDeliverableSignal =>
        Signals.IsStopPending
        || Trace is { IsTrapPending: true } or { IsNoticePending: true }
        || ((Signals.Pending.Set.Bits | Group.PendingSignals.Set.Bits) & ~(Signals.Blocked.Bits & ~SignalSet.Unblockable.Bits)) != 0;

    /// <summary>Processor time of the task in nanoseconds, up to the last time that it was taken off a processor.</summary>
    public long CpuTimeNanoseconds { get; set; }

    /// <summary>How much of <see cref="CpuTimeNanoseconds"/> went into system calls and faults, since <see cref="ThreadGroup.SplitsCpuTime"/> is set.</summary>
    public long SystemTimeNanoseconds { get; set; }

    /// <summary>Cycles of ring 3 that the task has run.</summary>
    public long UserCycles { get; set; }

    /// <summary>How often the task gave the processor up to wait, and how often it was taken from it (getrusage(2)).</summary>
    public (long Voluntary, long Involuntary) Switches { get; set; }

    /// <summary>Page faults resolved without reading a file, and with (getrusage(2)).</summary>
    public (long Minor, long Major) PageFaults { get; set; }
}

/// <summary>What a waiting call remembers between its entries. Reset by the kernel when the guest makes a call.</summary>
public sealed class RestartState
{
    /// <summary>Why the handler is entered; <see cref="WakeReason.None"/> the first time.</summary>
    public WakeReason Reason { get; set; }

    /// <summary>Bytes, iterations or whatever the handler counts as done.</summary>
    public long Progress { get; set; }

    /// <summary>A time the handler computed on its first entry, in nanoseconds (a relative timeout made absolute).</summary>
    public long DeadlineNanoseconds { get; set; }

    /// <summary>A second number of the handler's own.</summary>
    public long Extra { get; set; }

    /// <summary>
    /// The number of the call that a signal has just ended, in case it has to be made again; meaningful while
    /// <see cref="Interrupted"/> says so.
    /// </summary>
    public uint Number { get; set; }

    /// <summary>
    /// How the call that a signal has just ended goes on: RAX holds the kernel's own error for it (ERESTARTSYS …, which no program
    /// sees), until the delivery of the signal has decided. <see cref="InterruptKind.NeverRestarted"/> when there is none.
    /// </summary>
    public InterruptKind Interrupted { get; set; } = InterruptKind.NeverRestarted;

    /// <summary>
    /// ERESTARTSYS, as an open file's answer (<see cref="Vfs.IOpenFiles"/>, <see cref="Vfs.IFileControl.Control"/>): the caller was sent a signal
    /// that it must act on before its call can be made again, as a background process is that reads from its terminal.
    /// </summary>
    public const Errno SignalFirst = (Errno)512;

    /// <summary>The kernel's own error for a call that a signal has ended: ERESTARTSYS, ERESTARTNOHAND, ERESTART_RESTARTBLOCK, or EINTR.</summary>
    public static SysResult ErrorOf(InterruptKind kind) => kind switch
    {
        InterruptKind.Restartable => (Errno)512,
        InterruptKind.AlwaysRestarted => (Errno)513,
        InterruptKind.RestartUnlessHandled => (Errno)514,
        InterruptKind.RestartBlock => (Errno)516,
        _ => Errno.EINTR,
    };

    /// <summary>
    /// A file that the call holds a reference to while it waits (open(2) of a fifo); none otherwise. The handler takes it out before the
    /// call ends; whoever ends a task in the middle of its call releases it.
    /// </summary>
    public FileId Held { get; set; }

    /// <summary>Puts everything back for a new call.</summary>
    public void Reset()
    {
        Reason = WakeReason.None;
        Progress = 0;
        DeadlineNanoseconds = 0;
        Extra = 0;
    }
}

/// <summary>
/// The call that restart_syscall(2) goes on with: one with a time that must not start again. Set by the kernel when a signal
/// interrupts such a call; the end of a signal handler empties it.
/// </summary>
public sealed class RestartBlock
{
    /// <summary>restart_syscall's number on x86_64.</summary>
    public const uint SyscallNumber = 219;

    /// <summary>Whether there is one.</summary>
    public bool IsSet { get; set; }

    /// <summary>The call as it was first made.</summary>
    public SyscallFrame Frame { get; set; }

    /// <summary><see cref="RestartState.DeadlineNanoseconds"/> of the call; the handler finds it there again, with <see cref="WakeReason.Restarted"/>.</summary>
    public long DeadlineNanoseconds { get; set; }
}
