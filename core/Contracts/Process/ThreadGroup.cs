using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>A process: what its threads share. Contract data, as <see cref="GuestTask"/> is.</summary>
public sealed class ThreadGroup
{
    private readonly List<int> _threads = [];
    private Dictionary<int, ulong>? _processControls;

    /// <summary>Makes a process.</summary>
    public ThreadGroup(int pid, int parentPid)
    {
        Pid = pid;
        ParentPid = parentPid;
    }

    /// <summary>The process id.</summary>
    public int Pid { get; }

    /// <summary>The parent's process id; 0 for the first process.</summary>
    public int ParentPid { get; set; }

    /// <summary>The process group (setpgid(2)).</summary>
    public int ProcessGroup { get; set; }

    /// <summary>The session (setsid(2)).</summary>
    public int Session { get; set; }

    /// <summary>The tids of the threads that have not ended.</summary>
    public IList<int> Threads => _threads;

    /// <summary>The address space.</summary>
    public AddressSpaceId AddressSpace { get; set; }

    /// <summary>The path of the executable as the guest sees it: /proc/self/exe.</summary>
    public byte[] ExecutablePath { get; set; } = [];

    /// <summary>Where argument strings, environment strings and the auxiliary vector lie in the address space (/proc/self/cmdline, environ, auxv).</summary>
    public ProgramLayout Layout { get; set; }

    /// <summary>What each signal does (sigaction(2)); shared by all threads.</summary>
    public SignalAction[] SignalActions { get; } = new SignalAction[SignalNumbers.Count + 1];

    /// <summary>Signals pending for the process as a whole, oldest first; any thread that does not block one takes it.</summary>
    public PendingSignalList PendingSignals { get; } = new();

    /// <summary>The process's timers.</summary>
    public ProcessTimers Timers { get; } = new();

    /// <summary>Resource limits by RLIMIT number (prlimit(2)).</summary>
    public ResourceLimit[] Limits { get; } = new ResourceLimit[ResourceLimit.Count];

    /// <summary>How the process ended, in the form of wait(2)'s status; null while it lives.</summary>
    public int? WaitStatus { get; set; }

    /// <summary>PR_SET_DUMPABLE and such flags by their prctl(2) number are kept here.</summary>
    public Dictionary<int, ulong> ProcessControls => _processControls ??= [];

    /// <summary>The personality (personality(2)).</summary>
    public uint Personality { get; set; }

    /// <summary>When the process started, in nanoseconds of CLOCK_BOOTTIME.</summary>
    public long StartTimeNanoseconds { get; set; }

    /// <summary>Processor time in nanoseconds of the threads that have ended.</summary>
    public long EndedThreadsCpuTimeNanoseconds { get; set; }

    /// <summary>CPU time of children that were waited for, in nanoseconds: user, system.</summary>
    public (long User, long System) ChildrenTime { get; set; }
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
