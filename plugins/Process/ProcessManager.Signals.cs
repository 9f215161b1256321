using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>Signals: queueing, default actions, and those that faults force.</summary>
internal sealed partial class ProcessManager
{
    private static readonly SignalSet StopSignals = new SignalSet(0)
        .With(Signal.SIGSTOP).With(Signal.SIGTSTP).With(Signal.SIGTTIN).With(Signal.SIGTTOU);

    public Errno Send(int pid, int tid, in SignalInfo signal)
    {
        if (signal.Signal > Signal.SIGRTMAX)
            return Errno.EINVAL;
        GuestTask? target = FindTarget(pid, tid, signal.Signal);
        if (target is null)
            return Errno.ESRCH;
        if (signal.Signal == Signal.None || target.State >= TaskState.Zombie)
            return Errno.None;
        ApplyStopAndContinue(target.Group, signal.Signal);
        if (SignalDefaults.IsIgnored(target, signal.Signal))
            return Errno.None;
        SignalQueues.Add(tid != 0 ? target.Signals.Pending : target.Group.PendingSignals, in signal);
        Notify(target, signal.Signal);
        return Errno.None;
    }

    public void RaiseFault(GuestTask task, in CpuExit exit, FaultOutcome outcome)
    {
        SignalInfo info = FaultSignals.Of(task, in exit, outcome);
        int number = (int)info.Signal;
        SignalAction action = task.Group.SignalActions[number];
        if (task.Signals.Blocked.Contains(info.Signal) || action.Handler == SignalDefaults.SIG_IGN)
        {
            // A fault cannot be waited out: Linux forces the default action.
            task.Group.SignalActions[number] = default;
            task.Signals.Blocked = task.Signals.Blocked.Without(info.Signal);
        }

        _services.Report.Write(FaultReport.Describe(_services, task, in exit, in info));
        SignalQueues.Remove(task.Signals.Pending, new SignalSet(0).With(info.Signal));
        SignalQueues.Add(task.Signals.Pending, in info);
        task.HasSignalWork = true;
    }

    public bool DeliverSignals(GuestTask task)
    {
        while (SignalQueues.TryTake(task, out SignalInfo info))
        {
            if (!Act(task, in info))
                return false;
        }

        // Blocked signals keep the flag up: whoever changes the mask need not think of it.
        task.HasSignalWork = SignalQueues.AnyPending(task);
        return true;
    }

    /// <summary>Takes one signal's action; false when the task does not go on.</summary>
    private bool Act(GuestTask task, in SignalInfo info)
    {
        ulong handler = task.Group.SignalActions[(int)info.Signal].Handler;
        bool isForced = SignalSet.Unblockable.Contains(info.Signal);
        if (handler == SignalDefaults.SIG_IGN && !isForced)
            return true;
        if (handler > SignalDefaults.SIG_IGN && !isForced)
        {
            _services.Log.WriteOnce(
                $"handler {task.Group.Pid} {info.Signal}",
                $"process {task.Group.Pid} has a handler for {info.Signal}, which this version does not run: its default action is taken");
        }

        switch (SignalDefaults.ActionOf(info.Signal))
        {
            case DefaultAction.Stop when IsStopped(task, info.Signal):
                _services.Observers.OnSignal(task, in info);
                Stop(task.Group);
                return false;
            case DefaultAction.Terminate:
                _services.Observers.OnSignal(task, in info);
                Exit(task, (int)info.Signal, wholeGroup: true);
                return false;
            default:
                return true;
        }
    }

    /// <summary>The terminal's stop signals do nothing to a process group that no shell looks after (an orphaned one, setpgid(2)).</summary>
    private bool IsStopped(GuestTask task, Signal signal) =>
        signal == Signal.SIGSTOP || _services.Tasks.Find(task.Group.ParentPid) is not null;

    private void Stop(ThreadGroup group)
    {
        foreach (int tid in group.Threads)
        {
            if (_services.Tasks.Find(tid) is not { } thread)
                continue;

            // One that waits ends its call first: it stops before it would go back to ring 3.
            _services.Waits.Interrupt(thread);
            thread.State = TaskState.Stopped;
            _services.Scheduler.Current.Block(thread);
        }
    }

    private void ApplyStopAndContinue(ThreadGroup group, Signal signal)
    {
        bool isContinue = signal == Signal.SIGCONT;
        if (!isContinue && !StopSignals.Contains(signal) && signal != Signal.SIGKILL)
            return;
        SignalSet removed = isContinue ? StopSignals : signal == Signal.SIGKILL ? default : new SignalSet(0).With(Signal.SIGCONT);
        SignalQueues.Remove(group.PendingSignals, removed);
        foreach (int tid in group.Threads)
        {
            if (_services.Tasks.Find(tid) is not { } thread)
                continue;
            SignalQueues.Remove(thread.Signals.Pending, removed);
            if (thread.State != TaskState.Stopped || StopSignals.Contains(signal))
                continue;
            thread.State = TaskState.Runnable;
            _services.Scheduler.Current.Ready(thread);
        }
    }

    private void Notify(GuestTask target, Signal signal)
    {
        target.HasSignalWork = true;
        if (!target.Signals.Blocked.Contains(signal) || SignalSet.Unblockable.Contains(signal))
            _services.Waits.Interrupt(target);
        _services.Waits.Wake(new WaitKey(WaitKind.Signal, (ulong)target.Tid));
        _services.Waits.Wake(new WaitKey(WaitKind.SignalQueue, (ulong)target.Group.Pid));
    }

    /// <summary>The task that takes the signal: the one named, or one of the process that does not block it.</summary>
    private GuestTask? FindTarget(int pid, int tid, Signal signal)
    {
        if (tid != 0)
            return _services.Tasks.Find(tid) is { } task && task.Group.Pid == pid ? task : null;
        GuestTask? leader = _services.Tasks.Find(pid);
        if (leader is null || leader.Group.Pid != pid)
            return null;
        if (signal == Signal.None || (leader.State < TaskState.Zombie && !leader.Signals.Blocked.Contains(signal)))
            return leader;
        foreach (int thread in leader.Group.Threads)
        {
            if (_services.Tasks.Find(thread) is { } other && !other.Signals.Blocked.Contains(signal))
                return other;
        }

        return leader;
    }
}
