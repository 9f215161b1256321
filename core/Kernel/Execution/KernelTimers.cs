using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>
/// The machine's timers. Those of the wall clocks stand in a heap by their monotonic times; those of the CPU-time clocks, of which
/// there are few, are looked at before each turn of a task. Under the kernel lock.
/// </summary>
internal sealed partial class KernelTimers : IKernelTimers
{
    private readonly DeadlineHeap _deadlines = new();
    private readonly WaitQueues _waits;
    private readonly TaskTable _tasks;
    private readonly Slot<IProcessManager> _processes;
    private Dictionary<long, KernelTimer>? _timers;
    private List<KernelTimer>? _cpuTimers;
    private long _last;

    public KernelTimers(WaitQueues waits, TaskTable tasks, Slot<IProcessManager> processes)
    {
        _waits = waits;
        _tasks = tasks;
        _processes = processes;
    }

    /// <summary>The earliest time of a wall clock's timer on the monotonic clock.</summary>
    public long NextDeadline => _deadlines.Next;

    /// <summary>How many timers there are, whether they run or not.</summary>
    public int Count => _timers?.Count ?? 0;

    private MachineClock Clock => _waits.Clock;

    public Result<TimerId> Create(ClockId clock, int owner, in TimerTarget target)
    {
        bool countsUserTime = clock is ClockId.ProcessUserTime or ClockId.ThreadUserTime;
        bool measuresTask = countsUserTime || clock is ClockId.CLOCK_PROCESS_CPUTIME_ID or ClockId.CLOCK_THREAD_CPUTIME_ID;
        bool isWallClock = clock is ClockId.CLOCK_REALTIME or ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_BOOTTIME
            or ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_BOOTTIME_ALARM or ClockId.CLOCK_TAI;
        if (!isWallClock && (!measuresTask || _tasks.Find(owner) is null))
            return Errno.EINVAL;
        if (countsUserTime)
            _tasks.Find(owner)!.Group.SplitsCpuTime = true;
        var timer = new KernelTimer(new TimerId(++_last), clock, measuresTask ? owner : 0, target);
        (_timers ??= []).Add(timer.Id.Value, timer);
        return timer.Id;
    }

    public void Arm(TimerId timer, long expiryNanoseconds, long intervalNanoseconds)
    {
        if (Find(timer) is not { } found)
            return;
        Disarm(found);
        found.HasFired = false;
        found.Interval = intervalNanoseconds;
        found.Expiry = expiryNanoseconds;
        if (expiryNanoseconds != long.MaxValue)
            Start(found);
    }

    public bool TryGet(TimerId timer, out TimerSetting setting)
    {
        setting = default;
        if (Find(timer) is not { } found)
            return false;
        long remaining = 0;
        if (found.IsArmed)
        {
            // What is due is about to fire: 0 would mean that the timer stands still.
            remaining = Math.Max(1, found.Expiry - Now(found));
        }
        else if (found.HasFired && found.Interval > 0)
        {
            long late = Math.Max(0, Now(found) - found.Expiry);
            remaining = found.Interval - (late % found.Interval);
        }

        setting = new TimerSetting(remaining, found.Interval, found.HasFired);
        return true;
    }

    public long TakeExpirations(TimerId timer, long leastNanoseconds = 0)
    {
        if (Find(timer) is not { HasFired: true } found)
            return 0;
        found.HasFired = false;
        if (found.Interval <= 0)
            return 1;
        long count = 1 + (Math.Max(0, Now(found) + leastNanoseconds - found.Expiry) / found.Interval);
        found.Expiry += count * found.Interval;
        Start(found);
        return count;
    }

    public void Delete(TimerId timer)
    {
        if (_timers is null || !_timers.Remove(timer.Value, out KernelTimer? found))
            return;
        Disarm(found);
    }

    /// <summary>Fires every timer whose time has come.</summary>
    public void Expire()
    {
        if (_deadlines.Next != long.MaxValue)
        {
            // A timer that is set again while this runs gets a time after now.
            long now = Clock.MonotonicNanoseconds;
            while (_deadlines.Next <= now)
                Fire((KernelTimer)_deadlines.First);
        }

        if (_cpuTimers is not { Count: > 0 } cpuTimers)
            return;
        for (int i = cpuTimers.Count - 1; i >= 0; i--)
        {
            if (i < cpuTimers.Count && Now(cpuTimers[i]) >= cpuTimers[i].Expiry)
                Fire(cpuTimers[i]);
        }
    }

    private void Fire(KernelTimer timer)
    {
        Disarm(timer);
        timer.HasFired = true;
        TimerTarget target = timer.Target;
        if (target.Key.Kind != 0)
            _waits.Wake(target.Key);
        if (target.Pid != 0)
            _processes.Current.Send(target.Pid, target.Tid, target.Signal with { Timer = timer.Id });
    }

    private void Start(KernelTimer timer)
    {
        timer.IsArmed = true;
        if (timer.Owner != 0)
        {
            (_cpuTimers ??= []).Add(timer);
            return;
        }

        timer.Deadline = Clock.ToMonotonic(timer.Clock, timer.Expiry);
        _deadlines.Add(timer);
    }

    private void Disarm(KernelTimer timer)
    {
        timer.IsArmed = false;
        _deadlines.Remove(timer);
        if (timer.Owner != 0)
            _cpuTimers?.Remove(timer);
    }

    private KernelTimer? Find(TimerId timer) => _timers?.GetValueOrDefault(timer.Value);

    /// <summary>The time of a timer's clock; a task that is gone has no time any more.</summary>
    private long Now(KernelTimer timer)
    {
        GuestTask? owner = timer.Owner != 0 ? _tasks.Find(timer.Owner) : null;
        return Clock.Now(timer.Clock, owner).ValueOrDefault;
    }

    private sealed class KernelTimer(TimerId id, ClockId clock, int owner, in TimerTarget target) : DeadlineEntry
    {
        public TimerId Id { get; } = id;

        public ClockId Clock { get; } = clock;

        /// <summary>The tid of the task whose CPU time is measured; 0 for a wall clock.</summary>
        public int Owner { get; } = owner;

        public TimerTarget Target { get; } = target;

        /// <summary>When it expires, on its own clock.</summary>
        public long Expiry { get; set; } = long.MaxValue;

        public long Interval { get; set; }

        public bool IsArmed { get; set; }

        public bool HasFired { get; set; }
    }
}
