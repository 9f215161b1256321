using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>Sends signals: what they do at once, the queue, and the thread that is woken for them (kernel/signal.c, send_signal, complete_signal).</summary>
internal sealed class SignalSender
{
    /// <summary>A timer whose signal is ignored goes on no sooner than in a tick of HZ=250, however short its period.</summary>
    private const long TickNanoseconds = 4_000_000;

    private readonly ProcessServices _services;
    private readonly SignalQueues _queues;
    private readonly JobControl _jobs;
    private readonly CpuLimits _limits;

    public SignalSender(ProcessServices services, SignalQueues queues, JobControl jobs, CpuLimits limits)
    {
        _limits = limits;
        _services = services;
        _queues = queues;
        _jobs = jobs;
    }

    /// <summary>Sends to a process, or with a tid to one thread of it. ESRCH when there is none; EAGAIN when the queue is full.</summary>
    public Errno Send(int pid, int tid, in SignalInfo info)
    {
        if (info.Signal > Signal.SIGRTMAX)
            return Errno.EINVAL;
        if (_services.Tasks.Find(tid != 0 ? tid : pid) is not { } target || target.Group.Pid != pid)
            return Errno.ESRCH;
        bool isGone = tid != 0 ? target.State >= TaskState.Zombie : target.Group.WaitStatus is not null;
        if (info.Signal == Signal.None || isGone)
            return Errno.None;
        if (!info.Timer.IsNone && info.Timer == target.Group.Timers.CpuLimit)
            return Send(pid, 0, new SignalInfo(_limits.Expire(target.Group), SignalCode.SI_KERNEL));
        _jobs.Prepare(target.Group, info.Signal);
        if (SignalDefaults.IsIgnored(target, info.Signal))
        {
            if (!info.Timer.IsNone)
                _services.Timers.TakeExpirations(info.Timer, TickNanoseconds);
            if (_services.Observers.IsListening && !target.Signals.Unnoticed.Set.Contains(info.Signal) && target.State < TaskState.Zombie)
            {
                target.Signals.Unnoticed.Add(in info);
                target.HasSignalWork = true;
            }

            return Errno.None;
        }

        Errno error = _queues.Add(target, tid != 0 ? target.Signals.Pending : target.Group.PendingSignals, in info);
        if (error != Errno.None)
            return error;

        // Linux's CPU-time timers of setitimer(2) go on by themselves; the others when their signal is taken.
        if (!info.Timer.IsNone && info.Code == SignalCode.SI_KERNEL && info.Signal != Signal.SIGALRM)
            _services.Timers.TakeExpirations(info.Timer);
        if (tid != 0)
            Wake(target, info.Signal);
        else
            WakeOne(target, info.Signal);
        return Errno.None;
    }

    /// <summary>Puts a signal of the thread's own in its queue and lets it act on it.</summary>
    public void SendToThread(GuestTask task, in SignalInfo info)
    {
        _queues.Add(task, task.Signals.Pending, in info);
        task.HasSignalWork = true;
    }

    /// <summary>Finds other threads for signals of the process that a thread no longer takes (retarget_shared_pending).</summary>
    public void Retarget(GuestTask task, SignalSet given)
    {
        ulong bits = task.Group.PendingSignals.Set.Bits & given.Bits;
        for (int i = 0; bits != 0 && i < task.Group.Threads.Count; i++)
        {
            if (_services.Tasks.Find(task.Group.Threads[i]) is not { } other || ReferenceEquals(other, task) || other.State >= TaskState.Zombie)
                continue;
            ulong taken = bits & ~other.Signals.Blocked.Bits;
            if (taken == 0)
                continue;
            bits &= ~taken;
            other.HasSignalWork = true;
            _services.Waits.Interrupt(other);
        }
    }

    /// <summary>Wakes one thread that takes the signal, its first one if that does; where all block it, whoever unblocks it first finds it.</summary>
    private void WakeOne(GuestTask leader, Signal signal)
    {
        if (Takes(leader, signal))
        {
            Wake(leader, signal);
            return;
        }

        IList<int> threads = leader.Group.Threads;
        for (int i = 0; i < threads.Count; i++)
        {
            if (_services.Tasks.Find(threads[i]) is { } other && Takes(other, signal))
            {
                Wake(other, signal);
                return;
            }
        }

        _services.Waits.Wake(new WaitKey(WaitKind.SignalQueue, (ulong)leader.Group.Pid));
    }

    private static bool Takes(GuestTask task, Signal signal)
    {
        if (task.State >= TaskState.Zombie)
            return false;
        if (signal == Signal.SIGKILL)
            return true;
        return task.State is not (TaskState.Stopped or TaskState.Traced) && (!task.Signals.Blocked.Contains(signal) || task.Signals.Awaited.Contains(signal));
    }

    private void Wake(GuestTask task, Signal signal)
    {
        if (!task.Signals.Blocked.Contains(signal) || SignalSet.Unblockable.Contains(signal))
        {
            task.HasSignalWork = true;
            _services.Waits.Interrupt(task, SignalDefaults.IsFatal(task, signal));
        }

        _services.Waits.Wake(new WaitKey(WaitKind.Signal, (ulong)task.Tid));
        _services.Waits.Wake(new WaitKey(WaitKind.SignalQueue, (ulong)task.Group.Pid));
    }
}
