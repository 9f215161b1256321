using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

// The timers as data.
internal sealed partial class KernelTimers
{
    /// <summary>The number of the last timer.</summary>
    public long Last => _last;

    public IReadOnlyList<KernelTimerState> Capture()
    {
        var states = new List<KernelTimerState>();
        foreach (DeadlineEntry entry in _deadlines.Entries)
            states.Add(Capture((KernelTimer)entry));
        foreach (KernelTimer timer in _cpuTimers ?? [])
            states.Add(Capture(timer));
        foreach (KernelTimer timer in _timers?.Values ?? Enumerable.Empty<KernelTimer>())
        {
            if (!timer.IsArmed)
                states.Add(Capture(timer));
        }

        return states;
    }

    /// <summary>Takes the timers over, with the clocks set and the tasks in their table. False when they make no sense.</summary>
    public bool Restore(IReadOnlyList<KernelTimerState> states, long last)
    {
        _last = last;
        foreach (KernelTimerState state in states)
        {
            var timer = new KernelTimer(state.Id, state.Clock, state.Owner, state.Target) { Expiry = state.Expiry, Interval = state.Interval, HasFired = state.HasFired };
            if (state.Id.Value <= 0 || state.Id.Value > last || !(_timers ??= []).TryAdd(state.Id.Value, timer))
                return false;
            if (state.IsArmed)
                Start(timer);
        }

        return true;
    }

    private static KernelTimerState Capture(KernelTimer timer) => new()
    {
        Id = timer.Id,
        Clock = timer.Clock,
        Owner = timer.Owner,
        Target = timer.Target,
        Expiry = timer.Expiry,
        Interval = timer.Interval,
        IsArmed = timer.IsArmed,
        HasFired = timer.HasFired,
    };
}
