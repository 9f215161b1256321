using System.Numerics;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>Pending signals of tasks and processes: what is queued, and the order in which Linux takes them (kernel/signal.c).</summary>
internal sealed class SignalQueues
{
    private const int RLIMIT_SIGPENDING = 11;
    private const int DELAYTIMER_MAX = int.MaxValue;

    /// <summary>More than this many of one queue fit into no machine's memory; a program that raised its limit gets EAGAIN then.</summary>
    private const int MostEntries = 1 << 20;

    private readonly ProcessServices _services;

    public SignalQueues(ProcessServices services) => _services = services;

    /// <summary>Puts a signal in a queue of the target's. EAGAIN when there is no room for what comes with it (sigqueue(3)).</summary>
    public Errno Add(GuestTask target, PendingSignalList pending, in SignalInfo info)
    {
        Signal signal = info.Signal;
        // A timer has at most one signal queued, and its own place for it.
        if (!info.Timer.IsNone && info.Code == SignalCode.SI_TIMER)
        {
            if (!pending.Contains(signal, info.Timer))
                pending.Add(in info);
            return Errno.None;
        }

        bool isStandard = signal < Signal.SIGRTMIN;
        if (isStandard && pending.Set.Contains(signal))
            return Errno.None;
        if (signal == Signal.SIGKILL)
        {
            pending.AddBare(signal);
            return Errno.None;
        }

        // What the kernel and kill(2) send as a standard signal always has room.
        if ((isStandard && info.Code >= 0) || HasRoom(target, pending))
        {
            pending.Add(in info);
            return Errno.None;
        }

        if (!isStandard && info.Code != SignalCode.SI_USER)
            return Errno.EAGAIN;
        pending.AddBare(signal);
        return Errno.None;
    }

    /// <summary>
    /// Takes the next signal of a set: the thread's before the process's, those of faults first, then by number. A timer goes on
    /// when its signal is taken, and tells how often it has expired in the meantime.
    /// </summary>
    public bool TryTake(GuestTask task, SignalSet wanted, out SignalInfo info)
    {
        info = default;
        PendingSignalList pending = task.Signals.Pending;
        if (((pending.Set.Bits | task.Group.PendingSignals.Set.Bits) & wanted.Bits) == 0)
            return false;
        if ((pending.Set.Bits & wanted.Bits) == 0)
            pending = task.Group.PendingSignals;
        pending.TryTake(Next(new SignalSet(pending.Set.Bits & wanted.Bits)), out info);
        if (info.Signal == Signal.SIGALRM && !task.Group.Timers.Real.IsNone)
            _services.Timers.TakeExpirations(task.Group.Timers.Real);
        if (!info.Timer.IsNone && info.Code == SignalCode.SI_TIMER)
            info = WithOverrun(task.Group, in info);
        return true;
    }

    private SignalInfo WithOverrun(ThreadGroup group, in SignalInfo info)
    {
        long overrun = Math.Clamp(_services.Timers.TakeExpirations(info.Timer) - 1, 0, DELAYTIMER_MAX);
        if (group.Timers.Find(info.Pid) is { } timer && timer.Timer == info.Timer)
            timer.Overrun = (int)overrun;
        return info with { Uid = (uint)overrun };
    }

    private static Signal Next(SignalSet available)
    {
        ulong first = available.Bits & SignalDefaults.Synchronous.Bits;
        return (Signal)(BitOperations.TrailingZeroCount(first != 0 ? first : available.Bits) + 1);
    }

    /// <summary>RLIMIT_SIGPENDING counts what is queued for all processes of a real user id (getrlimit(2)).</summary>
    private bool HasRoom(GuestTask target, PendingSignalList pending)
    {
        if (pending.Count >= MostEntries)
            return false;
        ulong limit = target.Group.Limits[RLIMIT_SIGPENDING].Soft;
        if (limit == ResourceLimit.Infinity)
            return true;
        ulong queued = 0;
        ThreadGroup? counted = null;
        foreach (GuestTask other in _services.Tasks.All)
        {
            if (other.Credentials.RealUser != target.Credentials.RealUser)
                continue;
            queued += (ulong)other.Signals.Pending.Count;
            // Once a process: its threads may stand anywhere in the table, its first one stands for it.
            if (other.Tid == other.Group.Pid && !ReferenceEquals(other.Group, counted))
                queued += (ulong)(counted = other.Group).PendingSignals.Count;
        }

        return queued < limit;
    }
}
