using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>A process: what its threads share. Contract data, as <see cref="GuestTask"/> is.</summary>
public sealed class ThreadGroup
{
    private readonly List<int> _threads = [];
    private readonly List<int> _children = [];
    private Dictionary<int, ulong>? _processControls;

    /// <summary>Makes a process.</summary>
    public ThreadGroup(int pid, int parentPid)
    {
        Pid = pid;
        ParentPid = parentPid;
    }

    /// <summary>The process id.</summary>
    public int Pid { get; }

    /// <summary>The parent's process id; 0 for the first process, 1 for an orphan that nobody takes in.</summary>
    public int ParentPid { get; set; }

    /// <summary>The parent's thread that made the process or took it in: what <c>__WNOTHREAD</c> and PR_SET_PDEATHSIG look at.</summary>
    public int ParentTid { get; set; }

    /// <summary>The pids of the children that have not been waited for, oldest first.</summary>
    public IList<int> Children => _children;

    /// <summary>The tids of the tasks that threads of this process trace (ptrace(2)), oldest first; null until there was one.</summary>
    public List<int>? Tracees { get; set; }

    /// <summary>What the parent gets when the process ends; <see cref="Signal.None"/> for nothing.</summary>
    public Signal ExitSignal { get; set; } = Signal.SIGCHLD;

    /// <summary>Whether orphans below this process become its children (prctl(2), PR_SET_CHILD_SUBREAPER).</summary>
    public bool IsSubreaper { get; set; }

    /// <summary>Whether the process has called execve(2) since it was made: its parent may not move it to another group then (setpgid(2)).</summary>
    public bool HasExecuted { get; set; }

    /// <summary>The controlling terminal as a device number (st_rdev); 0 for none. The session's foreground group is the terminal's.</summary>
    public ulong ControllingTerminal { get; set; }

    /// <summary>The foreground group of the session's terminal when that was hung up: it gets SIGHUP when this process, the session's leader, ends. 0 for none.</summary>
    public int HungUpGroup { get; set; }

    /// <summary>The process group (setpgid(2)).</summary>
    public int ProcessGroup { get; set; }

    /// <summary>The session (setsid(2)).</summary>
    public int Session { get; set; }

    /// <summary>The tids of the threads that have not ended.</summary>
    public IList<int> Threads => _threads;

    /// <summary>The address space; none once the process has ended.</summary>
    public AddressSpaceId AddressSpace { get; set; }

    /// <summary>Those who share <see cref="AddressSpace"/> (CLONE_VM without CLONE_THREAD): the last of them to leave destroys it.</summary>
    public SpaceSharing Sharing { get; set; } = new();

    /// <summary>The path of the executable as the guest sees it: /proc/self/exe.</summary>
    public byte[] ExecutablePath { get; set; } = [];

    /// <summary>Where argument strings, environment strings and the auxiliary vector lie in the address space (/proc/self/cmdline, environ, auxv).</summary>
    public ProgramLayout Layout { get; set; }

    /// <summary>What each signal does (sigaction(2)); shared by all threads, and with the processes that were made with CLONE_SIGHAND.</summary>
    public SignalAction[] SignalActions { get; set; } = new SignalAction[SignalNumbers.Count + 1];

    /// <summary>Signals pending for the process as a whole, oldest first; any thread that does not block one takes it.</summary>
    public PendingSignalList PendingSignals { get; } = new();

    /// <summary>The process's timers.</summary>
    public ProcessTimers Timers { get; } = new();

    /// <summary>Resource limits by RLIMIT number (prlimit(2)).</summary>
    public ResourceLimit[] Limits { get; } = new ResourceLimit[ResourceLimit.Count];

    /// <summary>How the process ended, in the form of wait(2)'s status; null while it lives.</summary>
    public int? WaitStatus { get; set; }

    /// <summary>Whether a debugger has the process: <see cref="ISignalGate"/> is asked before its signals are acted on, and none is dropped because it is ignored.</summary>
    public bool IsDebugged { get; set; }

    /// <summary>Whether the process is stopped by a signal, all its threads together.</summary>
    public bool IsStopped { get; set; }

    /// <summary>The stop or continuation that the parent has not waited for yet: CLD_STOPPED, CLD_CONTINUED, or none.</summary>
    public ChildCode JobReport { get; set; }

    /// <summary>The signal that stopped or continued the process: what the parent is told with <see cref="JobReport"/>.</summary>
    public Signal JobSignal { get; set; }

    /// <summary>PR_SET_DUMPABLE and such flags by their prctl(2) number are kept here.</summary>
    public Dictionary<int, ulong> ProcessControls => _processControls ??= [];

    /// <summary>Puts a control back to what it is for a process that never set it.</summary>
    public void ForgetControl(int key) => _processControls?.Remove(key);

    /// <summary>The personality (personality(2)).</summary>
    public uint Personality { get; set; }

    /// <summary>When the process started, in nanoseconds of CLOCK_BOOTTIME.</summary>
    public long StartTimeNanoseconds { get; set; }

    /// <summary>Processor time in nanoseconds of the threads that have ended.</summary>
    public long EndedThreadsCpuTimeNanoseconds { get; set; }

    /// <summary>The part of it that went into system calls and faults, as far as it was measured.</summary>
    public long EndedThreadsSystemTimeNanoseconds { get; set; }

    /// <summary>
    /// Whether the time of system calls and faults is told from that of ring 3: from the first timer on that counts user time, since looking
    /// at the clock twice in each call costs as much as the call. Until then all time counts as user time.
    /// </summary>
    public bool SplitsCpuTime { get; set; }

    /// <summary>What the threads that have ended have used, apart from their processor time.</summary>
    public ResourceUsage EndedThreadsUsage { get; set; }

    /// <summary>What the children that were waited for have used, and those whom they waited for.</summary>
    public ResourceUsage ChildrenUsage { get; set; }
}

/// <summary>How many processes share an address space. One object for all of them.</summary>
public sealed class SpaceSharing
{
    /// <summary>The processes that have the space.</summary>
    public int Processes { get; set; } = 1;

    /// <summary>The program that runs in the space, an open file with a reference of its own, which keeps others from writing to it; none before the first execve(2).</summary>
    public FileId Executable { get; set; }

    /// <summary>The MEMBARRIER_CMD_REGISTER_… commands that were given for the space (membarrier(2)), as their bits; a fork inherits them, execve(2) begins without.</summary>
    public int MembarrierRegistrations { get; set; }
}

/// <summary>Where the parts of a program that /proc shows lie in its address space. Addresses; ends are exclusive.</summary>
/// <param name="ArgumentsStart">The first argument string.</param>
/// <param name="ArgumentsEnd">The end of the argument strings.</param>
/// <param name="EnvironmentStart">The first environment string.</param>
/// <param name="EnvironmentEnd">The end of the environment strings.</param>
/// <param name="AuxiliaryVectorStart">The auxiliary vector.</param>
/// <param name="AuxiliaryVectorEnd">The end of the auxiliary vector, its AT_NULL included.</param>
/// <param name="StackStart">RSP at the program's start.</param>
/// <param name="CodeStart">The lowest address of an executable segment.</param>
/// <param name="CodeEnd">The end of the executable segments.</param>
/// <param name="DataStart">The lowest address of a writable segment.</param>
/// <param name="DataEnd">The end of the writable segments.</param>
public readonly record struct ProgramLayout(
    ulong ArgumentsStart,
    ulong ArgumentsEnd,
    ulong EnvironmentStart,
    ulong EnvironmentEnd,
    ulong AuxiliaryVectorStart,
    ulong AuxiliaryVectorEnd,
    ulong StackStart,
    ulong CodeStart,
    ulong CodeEnd,
    ulong DataStart,
    ulong DataEnd);

/// <summary>A resource limit (getrlimit(2)); <see cref="Infinity"/> for none.</summary>
/// <param name="Soft">What the kernel enforces.</param>
/// <param name="Hard">How far the soft limit may be raised.</param>
public readonly record struct ResourceLimit(ulong Soft, ulong Hard)
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Infinity = ulong.MaxValue;

    /// <summary>How many limits there are: RLIM_NLIMITS.</summary>
    public const int Count = 16;
}
