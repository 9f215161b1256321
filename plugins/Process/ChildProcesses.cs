using Kpio.Contracts.Memory;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>
/// Parents and children: wait4(2), SIGCHLD, zombies, orphans and who takes them in. The machine has no process 1: an orphan without a
/// subreaper above it has the parent id 1, as if init had taken it in, and leaves no zombie.
/// </summary>
internal sealed class ChildProcesses : IChildProcesses
{
    private const int NoParent = 1;
    private const long ClockTick = 10_000_000;
    private const ulong SA_NOCLDSTOP = 1;
    private const ulong SA_NOCLDWAIT = 2;
    private const int ContinuedStatus = 0xFFFF;
    private const int StoppedStatus = 0x7F;
    private const int CoreDumped = 0x80;

    private readonly ProcessServices _services;
    private readonly ProcessManager _manager;

    public ChildProcesses(ProcessServices services, ProcessManager manager)
    {
        _services = services;
        _manager = manager;
    }

    public SysResult Wait(GuestTask task, in WaitRequest request, out ChildStatus status)
    {
        ThreadGroup parent = task.Group;
        bool any = false;
        status = default;
        for (int i = 0; i < parent.Children.Count; i++)
        {
            if (_services.Tasks.Find(parent.Children[i])?.Group is not { } child || !Matches(task, child, in request))
                continue;
            any = true;
            if (TryTake(parent, child, request.Options, out status))
                return child.Pid;
        }

        for (int i = 0; parent.Tracees is { } tracees && i < tracees.Count; i++)
        {
            if (_services.Tasks.Find(tracees[i]) is not { Trace: { } trace } tracee || !Matches(task, tracee, trace, in request))
                continue;
            any = true;
            if (TryTakeStop(tracee, trace, request.Options, out status))
                return tracee.Tid;
        }

        if (!any)
            return Errno.ECHILD;
        if ((request.Options & WaitOptions.WNOHANG) != 0)
            return SysResult.Zero;
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        return SysResult.Wait(task.Wait.Begin(InterruptKind.Restartable).On(WaitKind.Child, (ulong)parent.Pid));
    }

    public void ReportJobChange(ThreadGroup child)
    {
        if (Parent(child) is not { } parent)
            return;
        // A parent that traces the process is told of its stops as its tracer.
        if (child.JobReport == ChildCode.CLD_STOPPED && IsTracedBy(parent, child))
            return;
        SignalAction action = parent.SignalActions[(int)Signal.SIGCHLD];
        if (action.Handler != SignalDefaults.SIG_IGN && (action.Flags & SA_NOCLDSTOP) == 0)
            Tell(parent, Signal.SIGCHLD, DescribeJob(child));
        _services.Waits.Wake(new WaitKey(WaitKind.Child, (ulong)parent.Pid));
    }

    public ResourceUsage UsageOf(ThreadGroup group)
    {
        ResourceUsage usage = group.EndedThreadsUsage;
        long time = group.EndedThreadsCpuTimeNanoseconds;
        long system = group.EndedThreadsSystemTimeNanoseconds;
        for (int i = 0; i < group.Threads.Count; i++)
        {
            if (_services.Tasks.Find(group.Threads[i]) is not { } thread)
                continue;
            _services.Clock.Now(ClockId.CLOCK_THREAD_CPUTIME_ID, thread).TryGet(out long ofThread, out _);
            time += ofThread;
            system += thread.SystemTimeNanoseconds;
            var own = new ResourceUsage(0, 0, thread.PageFaults.Minor, thread.PageFaults.Major, 0, thread.Switches.Voluntary, thread.Switches.Involuntary);
            usage = ResourceUsage.Sum(in usage, in own);
        }

        long peak = group.AddressSpace.IsNone ? 0 : _services.Spaces.Current.GetUse(group.AddressSpace).PeakResident;
        return usage with { UserNanoseconds = time - system, SystemNanoseconds = system, PeakResidentPages = Math.Max(peak, usage.PeakResidentPages) };
    }

    /// <summary>A process has ended: its parent is told, or it disappears when nobody will ask for it.</summary>
    public void ReportEnd(ThreadGroup child)
    {
        _services.Waits.Wake(new WaitKey(WaitKind.ProcessEnd, (ulong)child.Pid));
        if (_services.Tasks.Find(child.Pid) is { Trace: { } trace } leader && trace.TracerPid != child.ParentPid)
        {
            ChildStatus end = DescribeEnd(child);
            trace.Stop = TraceStop.None;
            trace.Report = 0;
            trace.IsEndWithheld = true;
            TellTracer(leader, trace, end.Code, end.Status, ends: true);
            return;
        }

        if (Parent(child) is not { } parent)
        {
            Reap(child);
            return;
        }

        SignalAction action = parent.SignalActions[(int)Signal.SIGCHLD];
        bool isIgnored = action.Handler == SignalDefaults.SIG_IGN;
        bool vanishes = child.ExitSignal == Signal.SIGCHLD && (isIgnored || (action.Flags & SA_NOCLDWAIT) != 0);
        ChildStatus status = DescribeEnd(child);
        if (vanishes)
            Reap(child);
        if (child.ExitSignal != Signal.None && !(vanishes && isIgnored))
            Tell(parent, child.ExitSignal, in status);
        _services.Waits.Wake(new WaitKey(WaitKind.Child, (ulong)parent.Pid));
    }

    /// <summary>Tells a tracer of a stop or of the end of a task: SIGCHLD unless it does not want to know of stops, and whoever waits.</summary>
    public void TellTracer(GuestTask task, TraceState trace, ChildCode code, int status, bool ends)
    {
        if (_services.Tasks.Find(trace.TracerPid)?.Group is not { WaitStatus: null } tracer)
            return;
        SignalAction action = tracer.SignalActions[(int)Signal.SIGCHLD];
        if (action.Handler != SignalDefaults.SIG_IGN && (ends || (action.Flags & SA_NOCLDSTOP) == 0))
            _manager.Send(tracer.Pid, 0, new SignalInfo(Signal.SIGCHLD, (int)code, Pid: task.Tid, Uid: task.Credentials.RealUser, Value: (ulong)status));
        _services.Waits.Wake(new WaitKey(WaitKind.Child, (ulong)tracer.Pid));
    }

    /// <summary>The children of a thread that has ended go to another task.</summary>
    public void PassOn(ThreadGroup parent, int fromTid, int toPid, int toTid)
    {
        for (int i = 0; i < parent.Children.Count; i++)
        {
            if (_services.Tasks.Find(parent.Children[i])?.Group is { } child && child.ParentTid == fromTid)
                Adopt(child, toPid, toTid);
        }
    }

    /// <summary>A process has ended: its children go to the next subreaper above it (prctl(2), PR_SET_CHILD_SUBREAPER), or to nobody.</summary>
    public void OrphanAll(ThreadGroup parent)
    {
        if (parent.Children.Count == 0)
            return;
        ThreadGroup? reaper = FindReaper(parent);
        while (parent.Children.Count > 0)
        {
            int pid = parent.Children[0];
            parent.Children.RemoveAt(0);
            if (_services.Tasks.Find(pid)?.Group is not { } child)
                continue;
            reaper?.Children.Add(pid);
            child.ExitSignal = Signal.SIGCHLD;
            Adopt(child, reaper?.Pid ?? NoParent, reaper?.Threads[0] ?? NoParent);
            if (child.WaitStatus is not null)
                ReportEnd(child);
        }
    }

    /// <summary>Takes a task off the table for good.</summary>
    public void Remove(GuestTask task)
    {
        task.State = TaskState.Dead;
        _services.Tasks.Remove(task);
    }

    private void Adopt(ThreadGroup child, int pid, int tid)
    {
        child.ParentPid = pid;
        child.ParentTid = tid;
        foreach (int thread in child.Threads.ToArray())
        {
            if (_services.Tasks.Find(thread) is { ParentDeathSignal: not Signal.None } task)
                _manager.Send(child.Pid, 0, new SignalInfo(task.ParentDeathSignal, Code: 0));
        }
    }

    private ThreadGroup? FindReaper(ThreadGroup ended)
    {
        for (ThreadGroup? ancestor = Parent(ended); ancestor is not null; ancestor = Parent(ancestor))
        {
            if (ancestor.IsSubreaper)
                return ancestor;
        }

        return null;
    }

    private bool IsTracedBy(ThreadGroup tracer, ThreadGroup child) => _services.Tasks.Find(child.Pid)?.Trace?.TracerPid == tracer.Pid;

    /// <summary>__WALL is implied for tracees (wait(2)).</summary>
    private static bool Matches(GuestTask task, GuestTask tracee, TraceState trace, in WaitRequest request)
    {
        bool isWanted = request.Target switch
        {
            WaitTarget.Pid => tracee.Tid == request.Id,
            WaitTarget.ProcessGroup => tracee.Group.ProcessGroup == request.Id,
            _ => true,
        };
        return isWanted && ((request.Options & WaitOptions.WNOTHREAD) == 0 || trace.TracerTid == task.Tid);
    }

    /// <summary>What a tracer is told of a tracee: its stops, with or without WUNTRACED, the end of a thread, and that of another's child, whose parent is told afterwards.</summary>
    private bool TryTakeStop(GuestTask tracee, TraceState trace, WaitOptions options, out ChildStatus status)
    {
        bool takes = (options & WaitOptions.WNOWAIT) == 0;
        ThreadGroup group = tracee.Group;
        status = default;
        if (trace.ThreadStatus is { } ended)
        {
            if ((options & WaitOptions.WEXITED) == 0)
                return false;
            int signal = ended & 0x7F;
            ChildCode code = signal == 0 ? ChildCode.CLD_EXITED : ChildCode.CLD_KILLED;
            status = new ChildStatus(tracee.Tid, tracee.Credentials.RealUser, code, signal == 0 ? ended >> 8 & 0xFF : signal, ended, default);
            if (takes)
            {
                Tracing.Forget(_services, tracee);
                Remove(tracee);
            }

            return true;
        }

        if (trace.IsEndWithheld)
        {
            if ((options & WaitOptions.WEXITED) == 0)
                return false;
            status = DescribeEnd(group);
            if (takes)
            {
                Tracing.Forget(_services, tracee);
                ReportEnd(group);
            }

            return true;
        }

        if (trace.Report == 0)
            return false;
        status = new ChildStatus(
            tracee.Tid, tracee.Credentials.RealUser, ChildCode.CLD_TRAPPED, trace.Report, trace.Report << 8 | StoppedStatus, UsageOf(group));
        if (takes)
            trace.Report = 0;
        return true;
    }

    private bool Matches(GuestTask task, ThreadGroup child, in WaitRequest request)
    {
        bool isWanted = request.Target switch
        {
            WaitTarget.Pid => child.Pid == request.Id,
            WaitTarget.ProcessGroup => child.ProcessGroup == request.Id,
            _ => true,
        };
        if (!isWanted)
            return false;
        if ((request.Options & WaitOptions.WNOTHREAD) != 0 && child.ParentTid != task.Tid)
            return false;
        if (IsTracedBy(task.Group, child))
            return true;
        bool isClone = child.ExitSignal != Signal.SIGCHLD;
        return (request.Options & WaitOptions.WALL) != 0 || isClone == ((request.Options & WaitOptions.WCLONE) != 0);
    }

    private bool TryTake(ThreadGroup parent, ThreadGroup child, WaitOptions options, out ChildStatus status)
    {
        bool takes = (options & WaitOptions.WNOWAIT) == 0;
        status = default;
        if (child.WaitStatus is not null)
        {
            if ((options & WaitOptions.WEXITED) == 0 || _services.Tasks.Find(child.Pid)?.Trace is { IsEndWithheld: true })
                return false;
            status = DescribeEnd(child);
            if (takes)
            {
                ResourceUsage usage = ResourceUsage.Sum(status.Usage, child.ChildrenUsage);
                parent.ChildrenUsage = ResourceUsage.Sum(parent.ChildrenUsage, in usage);
                Reap(child);
            }

            return true;
        }

        bool wanted = (child.JobReport == ChildCode.CLD_STOPPED && (options & WaitOptions.WUNTRACED) != 0 && !IsTracedBy(parent, child))
            || (child.JobReport == ChildCode.CLD_CONTINUED && (options & WaitOptions.WCONTINUED) != 0);
        if (!wanted)
            return false;
        status = DescribeJob(child);
        if (takes)
            child.JobReport = ChildCode.None;
        return true;
    }

    private ChildStatus DescribeEnd(ThreadGroup child)
    {
        int status = child.WaitStatus ?? 0;
        int signal = status & 0x7F;
        ChildCode code = signal == 0 ? ChildCode.CLD_EXITED : (status & CoreDumped) != 0 ? ChildCode.CLD_DUMPED : ChildCode.CLD_KILLED;
        return new ChildStatus(child.Pid, UserOf(child), code, signal == 0 ? status >> 8 & 0xFF : signal, status, UsageOf(child));
    }

    private ChildStatus DescribeJob(ThreadGroup child)
    {
        int signal = (int)child.JobSignal;
        bool isStopped = child.JobReport == ChildCode.CLD_STOPPED;
        return new ChildStatus(
            child.Pid, UserOf(child), child.JobReport, signal, isStopped ? signal << 8 | StoppedStatus : ContinuedStatus, UsageOf(child));
    }

    private void Tell(ThreadGroup parent, Signal signal, in ChildStatus status) => _manager.Send(
        parent.Pid,
        0,
        new SignalInfo(
            signal,
            (int)status.Code,
            Pid: status.Pid,
            Uid: status.User,
            Value: (ulong)status.Status,
            UserTime: (ulong)(status.Usage.UserNanoseconds / ClockTick),
            SystemTime: (ulong)(status.Usage.SystemNanoseconds / ClockTick)));

    private void Reap(ThreadGroup child)
    {
        _services.Tasks.Find(child.ParentPid)?.Group.Children.Remove(child.Pid);
        if (_services.Tasks.Find(child.Pid) is not { } leader)
            return;
        Tracing.Forget(_services, leader);
        Remove(leader);
    }

    private uint UserOf(ThreadGroup group) => _services.Tasks.Find(group.Pid)?.Credentials.RealUser ?? 0;

    /// <summary>The parent that can still wait, or null.</summary>
    private ThreadGroup? Parent(ThreadGroup child) =>
        _services.Tasks.Find(child.ParentPid)?.Group is { WaitStatus: null } parent ? parent : null;
}
