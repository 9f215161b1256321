using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>Which children wait4(2) and waitid(2) mean.</summary>
public enum WaitTarget : byte
{
    /// <summary>Any child (P_ALL).</summary>
    Any,

    /// <summary>The child with the pid (P_PID, P_PIDFD).</summary>
    Pid,

    /// <summary>Any child of the process group (P_PGID).</summary>
    ProcessGroup,
}

/// <summary>Options of wait4(2) and waitid(2) by Linux's values.</summary>
[Flags]
public enum WaitOptions : uint
{
#pragma warning disable CS1591 // wait(2) documents each.
    None = 0,
    WNOHANG = 1,
    WUNTRACED = 2,
    WEXITED = 4,
    WCONTINUED = 8,
    WNOWAIT = 0x100_0000,
    WNOTHREAD = 0x2000_0000,
    WALL = 0x4000_0000,
    WCLONE = 0x8000_0000,
#pragma warning restore CS1591
}

/// <summary>What a change of a child's state is: si_code of SIGCHLD (sigaction(2)).</summary>
public enum ChildCode
{
#pragma warning disable CS1591 // sigaction(2) documents each.
    None = 0,
    CLD_EXITED = 1,
    CLD_KILLED = 2,
    CLD_DUMPED = 3,
    CLD_TRAPPED = 4,
    CLD_STOPPED = 5,
    CLD_CONTINUED = 6,
#pragma warning restore CS1591
}

/// <summary>Which changes of which children are waited for.</summary>
/// <param name="Target">Which children.</param>
/// <param name="Id">The pid or process group, by <paramref name="Target"/>.</param>
/// <param name="Options">Which changes, and how to wait for them.</param>
public readonly record struct WaitRequest(WaitTarget Target, int Id, WaitOptions Options);

/// <summary>A change of a child's state that was waited for. <see cref="Pid"/> is 0 when there was none and WNOHANG was given.</summary>
/// <param name="Pid">The child.</param>
/// <param name="User">Its real user id.</param>
/// <param name="Code">What happened.</param>
/// <param name="Status">The exit code, or the signal that ended, stopped or continued it.</param>
/// <param name="WaitStatus">The same in the form of wait(2).</param>
/// <param name="Usage">What the child and those that it waited for have used.</param>
public readonly record struct ChildStatus(int Pid, uint User, ChildCode Code, int Status, int WaitStatus, ResourceUsage Usage);

/// <summary>What a process has used (getrusage(2)).</summary>
/// <param name="UserNanoseconds">Processor time in ring 3.</param>
/// <param name="SystemNanoseconds">Processor time in the kernel.</param>
/// <param name="MinorFaults">Page faults resolved without reading a file.</param>
/// <param name="MajorFaults">Page faults for which a file was read.</param>
/// <param name="PeakResidentPages">The most pages that were ever in memory.</param>
/// <param name="VoluntarySwitches">How often it gave the processor up to wait.</param>
/// <param name="InvoluntarySwitches">How often the processor was taken from it.</param>
public readonly record struct ResourceUsage(
    long UserNanoseconds,
    long SystemNanoseconds,
    long MinorFaults,
    long MajorFaults,
    long PeakResidentPages,
    long VoluntarySwitches,
    long InvoluntarySwitches)
{
    /// <summary>Both together; the peak is the larger one.</summary>
    public static ResourceUsage Sum(in ResourceUsage first, in ResourceUsage second) => new(
        first.UserNanoseconds + second.UserNanoseconds,
        first.SystemNanoseconds + second.SystemNanoseconds,
        first.MinorFaults + second.MinorFaults,
        first.MajorFaults + second.MajorFaults,
        Math.Max(first.PeakResidentPages, second.PeakResidentPages),
        first.VoluntarySwitches + second.VoluntarySwitches,
        first.InvoluntarySwitches + second.InvoluntarySwitches);
}

/// <summary>Children and their ends: waiting for them, and telling their parents. The Process plugin.</summary>
public interface IChildProcesses
{
    /// <summary>
    /// wait4(2) and waitid(2): the child's pid, 0 with WNOHANG when there is no change yet, a wait, ECHILD, or EINTR when entered again
    /// because of a signal. A change that is answered is taken, unless WNOWAIT is given.
    /// </summary>
    SysResult Wait(GuestTask task, in WaitRequest request, out ChildStatus status);

    /// <summary>
    /// Tells a process's parent that it was stopped or continued: SIGCHLD unless SA_NOCLDSTOP, and whoever waits. The caller has set
    /// <see cref="ThreadGroup.JobReport"/> and <see cref="ThreadGroup.JobSignal"/>.
    /// </summary>
    void ReportJobChange(ThreadGroup child);

    /// <summary>What a process that has not ended has used so far.</summary>
    ResourceUsage UsageOf(ThreadGroup group);
}
