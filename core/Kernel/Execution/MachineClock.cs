using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>
/// The machine's clocks. CLOCK_MONOTONIC counts from the machine's start, as on a computer that has just been switched on; it
/// starts at one second because programs take 0 for "no time".
/// </summary>
internal abstract class MachineClock : IKernelClock
{
    protected const long NanosecondsPerSecond = 1_000_000_000;
    private readonly ICpu _cpu;

    private readonly TaskTable _tasks;
    private long _idle;
    private long _idleSince;

    protected MachineClock(ICpu cpu, TaskTable tasks)
    {
        _cpu = cpu;
        _tasks = tasks;
    }

    public long Cycles => _cpu.Cycles;

    /// <summary>CLOCK_MONOTONIC, and CLOCK_BOOTTIME: the machine is never suspended.</summary>
    public abstract long MonotonicNanoseconds { get; }

    /// <summary>CLOCK_REALTIME.</summary>
    public abstract long RealtimeNanoseconds { get; }

    /// <summary>The task that runs now; its processor time is still counting.</summary>
    protected GuestTask? Running { get; private set; }

    /// <summary>Whether time stands still while nothing runs, so that somebody must let it jump.</summary>
    public abstract bool IsVirtual { get; }

    /// <summary>A processor takes another task on, or none: the old one's time is added up.</summary>
    public void SwitchTo(GuestTask? task)
    {
        if (Running is { } old)
        {
            old.CpuTimeNanoseconds += RunningNanoseconds;
            if (task is null)
                _idleSince = MonotonicNanoseconds;
        }
        else if (task is not null)
        {
            _idle += MonotonicNanoseconds - _idleSince;
        }

        Running = task;
        BeginRunning(0);
    }

    /// <summary>The clocks as they stand.</summary>
    public ClockState Capture() =>
        new(MonotonicNanoseconds, RealtimeNanoseconds, Running is null ? 0 : RunningNanoseconds, _idle, _idleSince);

    /// <summary>Goes on from another machine's time: with the cycles set already, and before anything runs.</summary>
    public void Restore(ClockState state, GuestTask? running)
    {
        Continue(state);
        Running = running;
        _idle = state.Idle;
        _idleSince = state.IdleSince;
        BeginRunning(state.Running);
    }

    /// <summary>Sets the clocks to those of another machine.</summary>
    protected abstract void Continue(ClockState state);

    /// <summary>Lets virtual time jump; a host's clock moves by itself.</summary>
    public abstract void JumpTo(long monotonicNanoseconds);

    public Result<long> Now(ClockId clock, GuestTask? task = null)
    {
        switch (clock)
        {
            case ClockId.CLOCK_REALTIME or ClockId.CLOCK_REALTIME_COARSE or ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_TAI:
                return RealtimeNanoseconds;
            case ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_MONOTONIC_RAW or ClockId.CLOCK_MONOTONIC_COARSE or ClockId.CLOCK_BOOTTIME or ClockId.CLOCK_BOOTTIME_ALARM:
                return MonotonicNanoseconds;
            case ClockId.CLOCK_THREAD_CPUTIME_ID when task is not null:
                return TimeOf(task);
            case ClockId.CLOCK_PROCESS_CPUTIME_ID when task is not null:
                return ProcessTimeOf(task.Group);
            case ClockId.ThreadUserTime when task is not null:
                return TimeOf(task) - task.SystemTimeNanoseconds;
            case ClockId.ProcessUserTime when task is not null:
                return ProcessTimeOf(task.Group) - SystemTimeOf(task.Group);
            case ClockId.IdleTime:
                return Running is null ? _idle + MonotonicNanoseconds - _idleSince : _idle;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>One nanosecond, or a tick of 4 ms for the coarse clocks: what Linux with high-resolution timers and HZ=250 answers.</summary>
    public Result<long> Resolution(ClockId clock) => clock switch
    {
        ClockId.CLOCK_REALTIME_COARSE or ClockId.CLOCK_MONOTONIC_COARSE => 4_000_000,
        >= ClockId.CLOCK_REALTIME and <= ClockId.CLOCK_BOOTTIME_ALARM or ClockId.CLOCK_TAI => 1,
        _ => Errno.EINVAL,
    };

    /// <summary>An absolute time of a clock as one of the monotonic clock.</summary>
    public long ToMonotonic(ClockId clock, long nanoseconds)
    {
        if (nanoseconds == long.MaxValue || clock is not (ClockId.CLOCK_REALTIME or ClockId.CLOCK_REALTIME_COARSE or ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_TAI))
            return nanoseconds;
        long rest = Math.Max(nanoseconds, 0) - RealtimeNanoseconds;
        long now = MonotonicNanoseconds;
        return rest > long.MaxValue - now ? long.MaxValue : now + rest;
    }

    /// <summary>The time that <see cref="Running"/> has run since it was put on the processor.</summary>
    protected abstract long RunningNanoseconds { get; }

    /// <summary>The time of <see cref="Running"/> counts from now, with what it has had already.</summary>
    protected abstract void BeginRunning(long alreadyNanoseconds);

    private long ProcessTimeOf(ThreadGroup group)
    {
        long sum = group.EndedThreadsCpuTimeNanoseconds;
        for (int i = 0; i < group.Threads.Count; i++)
        {
            if (_tasks.Find(group.Threads[i]) is { } thread)
                sum += TimeOf(thread);
        }

        return sum;
    }

    private long SystemTimeOf(ThreadGroup group)
    {
        long sum = group.EndedThreadsSystemTimeNanoseconds;
        for (int i = 0; i < group.Threads.Count; i++)
            sum += _tasks.Find(group.Threads[i])?.SystemTimeNanoseconds ?? 0;
        return sum;
    }

    private long TimeOf(GuestTask task) => task.CpuTimeNanoseconds + (ReferenceEquals(task, Running) ? RunningNanoseconds : 0);
}

/// <summary>Time as the host has it.</summary>
internal sealed class HostMachineClock : MachineClock
{
    private readonly IHostClock _host;
    private long _start;
    private long _runningSince;

    public HostMachineClock(IHostClock host, ICpu cpu, TaskTable tasks)
        : base(cpu, tasks)
    {
        _host = host;
        _start = host.MonotonicNanoseconds - NanosecondsPerSecond;
    }

    public override bool IsVirtual => false;

    public override long MonotonicNanoseconds => _host.MonotonicNanoseconds - _start;

    public override long RealtimeNanoseconds => _host.RealtimeNanoseconds;

    protected override long RunningNanoseconds => MonotonicNanoseconds - _runningSince;

    public override void JumpTo(long monotonicNanoseconds)
    {
    }

    protected override void BeginRunning(long alreadyNanoseconds) => _runningSince = MonotonicNanoseconds - alreadyNanoseconds;

    /// <summary>The monotonic clock goes on where it stood; what the wall clock says is the host's business.</summary>
    protected override void Continue(ClockState state) => _start = _host.MonotonicNanoseconds - state.Monotonic;
}

/// <summary>Time that the processor's cycles make, and jumps while nothing runs.</summary>
internal sealed class VirtualMachineClock : MachineClock
{
    /// <summary>2026-01-01T00:00:00Z: where deterministic machines start.</summary>
    public const long FixedStart = 1_767_225_600L * NanosecondsPerSecond;

    private readonly long _frequency;
    private long _realtimeStart;
    private long _jumped = NanosecondsPerSecond;
    private long _runningSince;

    public VirtualMachineClock(ICpu cpu, TaskTable tasks, long frequency, long realtimeStart)
        : base(cpu, tasks)
    {
        _frequency = frequency;
        _realtimeStart = realtimeStart - NanosecondsPerSecond;
    }

    public override bool IsVirtual => true;

    public override long MonotonicNanoseconds => CycleNanoseconds + _jumped;

    public override long RealtimeNanoseconds => _realtimeStart + MonotonicNanoseconds;

    protected override long RunningNanoseconds => CycleNanoseconds - _runningSince;

    private long CycleNanoseconds => _frequency == NanosecondsPerSecond
        ? Cycles
        : (long)((Int128)Cycles * NanosecondsPerSecond / _frequency);

    public override void JumpTo(long monotonicNanoseconds) => _jumped += Math.Max(0, monotonicNanoseconds - MonotonicNanoseconds);

    protected override void BeginRunning(long alreadyNanoseconds) => _runningSince = CycleNanoseconds - alreadyNanoseconds;

    protected override void Continue(ClockState state)
    {
        _jumped = state.Monotonic - CycleNanoseconds;
        _realtimeStart = state.Realtime - state.Monotonic;
    }
}
