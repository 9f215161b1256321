using Kpio.Contracts.Process;

namespace Kpio.Plugins.Process;

/// <summary>Stopping and continuing whole processes (signal(7), setpgid(2); kernel/signal.c, do_signal_stop).</summary>
internal sealed class JobControl
{
    private readonly ProcessServices _services;
    private readonly ChildProcesses _children;

    public JobControl(ProcessServices services, ChildProcesses children)
    {
        _services = services;
        _children = children;
    }

    /// <summary>
    /// What SIGCONT, SIGKILL and the stopping signals do when they are sent, blocked or not: each side takes the other's signals off
    /// the queues, and a stopped process goes on with SIGCONT, or to its end with SIGKILL.
    /// </summary>
    public void Prepare(ThreadGroup group, Signal signal)
    {
        bool stops = SignalDefaults.Stopping.Contains(signal);
        if (!stops && signal is not (Signal.SIGCONT or Signal.SIGKILL))
            return;
        SignalSet removed = stops ? new SignalSet(0).With(Signal.SIGCONT) : signal == Signal.SIGCONT ? SignalDefaults.Stopping : default;
        if (!stops)
            Continue(group, signal);
        group.PendingSignals.Remove(removed);
        for (int i = 0; i < group.Threads.Count; i++)
        {
            if (_services.Tasks.Find(group.Threads[i]) is not { } thread)
                continue;
            thread.Signals.Pending.Remove(removed);
            if (stops)
                continue;
            thread.Signals.IsStopPending = false;
            if (thread.Trace is { } trace && Tracing.Wakes(_services, thread, trace, signal))
            {
                Tracing.GoOn(_services, thread, trace);
                continue;
            }

            if (thread.State != TaskState.Stopped)
                continue;
            thread.State = TaskState.Runnable;
            thread.HasSignalWork = true;
            _services.Scheduler.Current.Ready(thread);
        }
    }

    /// <summary>Whether a signal that would stop the process does: those of a terminal do nothing to a process group that no shell looks after.</summary>
    public bool IsStoppedBy(GuestTask task, Signal signal) => signal == Signal.SIGSTOP || !IsOrphaned(task.Group.ProcessGroup, task.Group.Session);

    /// <summary>Orders every thread of a process to stop. Each does before it would go back to ring 3; one that waits ends its call first.</summary>
    public void Begin(ThreadGroup group, Signal signal)
    {
        group.JobSignal = signal;
        for (int i = 0; i < group.Threads.Count; i++)
        {
            if (_services.Tasks.Find(group.Threads[i]) is not { State: < TaskState.Stopped } thread)
                continue;
            thread.Signals.IsStopPending = true;
            thread.HasSignalWork = true;
            _services.Waits.Interrupt(thread);
        }
    }

    /// <summary>A thread stops, as it was ordered to.</summary>
    public void Stop(GuestTask task)
    {
        task.Signals.IsStopPending = false;
        task.State = TaskState.Stopped;
        _services.Scheduler.Current.Block(task);
        Settle(task.Group);
    }

    /// <summary>A thread has stopped, or has ended while others stop: when none runs any more, the process is stopped and its parent told.</summary>
    public void Settle(ThreadGroup group)
    {
        bool anyStopped = false;
        for (int i = 0; i < group.Threads.Count; i++)
        {
            if (_services.Tasks.Find(group.Threads[i]) is not { State: < TaskState.Zombie } thread)
                continue;
            if (thread.State is not (TaskState.Stopped or TaskState.Traced))
                return;
            anyStopped = true;
        }

        if (!anyStopped || group.IsStopped)
            return;
        group.IsStopped = true;
        group.JobReport = ChildCode.CLD_STOPPED;
        _children.ReportJobChange(group);
    }

    private void Continue(ThreadGroup group, Signal signal)
    {
        if (!group.IsStopped)
            return;
        group.IsStopped = false;
        group.JobReport = ChildCode.None;
        if (signal != Signal.SIGCONT)
            return;
        group.JobReport = ChildCode.CLD_CONTINUED;
        group.JobSignal = Signal.SIGCONT;
        _children.ReportJobChange(group);
    }

    /// <summary>A process group is orphaned when no member has a parent in another group of the same session (setpgid(2)).</summary>
    public bool IsOrphaned(int processGroup, int session)
    {
        foreach (GuestTask task in _services.Tasks.All)
        {
            ThreadGroup group = task.Group;
            if (group.ProcessGroup != processGroup || group.WaitStatus is not null)
                continue;
            if (_services.Tasks.Find(group.ParentPid)?.Group is { } parent && parent.ProcessGroup != processGroup && parent.Session == session)
                return false;
        }

        return true;
    }
}
