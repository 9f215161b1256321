using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>What system calls do to signals: masks, actions, taking them without a handler.</summary>
internal sealed class TaskSignals : ISignals
{
    private readonly ProcessServices _services;
    private readonly SignalQueues _queues;
    private readonly SignalSender _sender;
    private readonly SignalDelivery _delivery;

    public TaskSignals(ProcessServices services, SignalQueues queues, SignalSender sender, SignalDelivery delivery)
    {
        _services = services;
        _queues = queues;
        _sender = sender;
        _delivery = delivery;
    }

    public void Force(GuestTask task, in SignalInfo info) => _delivery.Force(task, in info);

    public void SetBlocked(GuestTask task, SignalSet blocked)
    {
        SignalState signals = task.Signals;
        blocked = new SignalSet(blocked.Bits & ~SignalSet.Unblockable.Bits);
        var given = new SignalSet(blocked.Bits & ~signals.Blocked.Bits);
        signals.Blocked = blocked;
        if (given.Bits != 0 && task.Group.Threads.Count > 1)
            _sender.Retarget(task, given);
        if (task.HasDeliverableSignal)
            task.HasSignalWork = true;
    }

    public void BlockDuringCall(GuestTask task, SignalSet blocked)
    {
        SignalState signals = task.Signals;
        if (signals.HasSaved)
            return;
        signals.Saved = signals.Blocked;
        signals.HasSaved = true;
        SetBlocked(task, blocked);
    }

    public bool TryTake(GuestTask task, SignalSet wanted, out SignalInfo info) =>
        _queues.TryTake(task, new SignalSet(wanted.Bits & ~SignalSet.Unblockable.Bits), out info);

    public void SetAction(GuestTask task, Signal signal, in SignalAction action)
    {
        ThreadGroup group = task.Group;
        group.SignalActions[(int)signal] = action;
        if (!SignalDefaults.IsIgnored(signal, in action))
            return;

        // A signal that is ignored from now on is pending no more, blocked or not (POSIX, sigaction).
        var dropped = new SignalSet(0).With(signal);
        group.PendingSignals.Remove(dropped);
        for (int i = 0; i < group.Threads.Count; i++)
            _services.Tasks.Find(group.Threads[i])?.Signals.Pending.Remove(dropped);
    }
}
