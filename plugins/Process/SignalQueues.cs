using Kpio.Contracts.Process;

namespace Kpio.Plugins.Process;

/// <summary>Pending signals of tasks and processes, with the order in which Linux takes them.</summary>
internal static class SignalQueues
{
    /// <summary>Puts a signal in a queue. A standard signal that is pending already is not queued again; real-time signals are.</summary>
    public static void Add(PendingSignalList pending, in SignalInfo info)
    {
        if (info.Signal < Signal.SIGRTMIN)
        {
            foreach (SignalInfo other in pending.Span)
            {
                if (other.Signal == info.Signal)
                    return;
            }
        }

        pending.Add(info);
    }

    /// <summary>Removes every signal of a set.</summary>
    public static void Remove(PendingSignalList pending, SignalSet signals) => pending.Remove(signals);

    /// <summary>Takes the next signal that is not blocked: the thread's before the process's, those of faults first, then by number.</summary>
    public static bool TryTake(GuestTask task, out SignalInfo info) =>
        TryTake(task.Signals.Pending, task.Signals.Blocked, out info) || TryTake(task.Group.PendingSignals, task.Signals.Blocked, out info);

    public static bool AnyPending(GuestTask task) => task.Signals.Pending.Count > 0 || task.Group.PendingSignals.Count > 0;

    private static bool TryTake(PendingSignalList pending, SignalSet blocked, out SignalInfo info)
    {
        int best = -1;
        for (int i = 0; i < pending.Count; i++)
        {
            Signal signal = pending[i].Signal;
            if (blocked.Contains(signal) && !SignalSet.Unblockable.Contains(signal))
                continue;
            if (best < 0 || Rank(signal) < Rank(pending[best].Signal))
                best = i;
        }

        if (best < 0)
        {
            info = default;
            return false;
        }

        info = pending[best];
        pending.RemoveAt(best);
        return true;
    }

    private static int Rank(Signal signal) => SignalDefaults.Synchronous.Contains(signal) ? (int)signal : SignalNumbers.Count + (int)signal;
}
