using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Iced.Intel.AssemblerRegisters;
using static Kpio.Kernel.Tests.TestMachine;

namespace Kpio.Kernel.Tests;

/// <summary>Timers on a virtual clock: what happens is a function of the program alone.</summary>
public sealed class KernelTimersTests : IDisposable
{
    private const long Millisecond = 1_000_000;
    private readonly TestMachine _machine = new(new MachineOptions { Deterministic = true });

    private IKernelTimers Timers => _machine.System.Get<IKernelTimers>();

    private IKernelClock Clock => _machine.Machine.Clock;

    private long Now => Clock.Now(ClockId.CLOCK_MONOTONIC).ValueOrDefault;

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_signal_comes_when_its_timer_is_due_not_a_turn_later()
    {
        Assert.Equal(Errno.None, _machine.Start(c =>
        {
            Iced.Intel.Label again = c.CreateLabel();
            c.Label(ref again);
            c.inc(rbx);
            c.jmp(again);
        }));
        GuestTask task = _machine.Machine.Tasks.All.Single();
        long due = Now + 12_345;
        Arm(new TimerTarget(default, task.Group.Pid, 0, new SignalInfo(Signal.SIGTERM, SignalCode.SI_KERNEL)), due, 0);
        Assert.Equal(128 + (int)Signal.SIGTERM, _machine.Machine.Run().ExitCode);
        Assert.InRange(Now, due, due + 100);
    }

    [Fact]
    public void Time_jumps_to_a_timer_while_every_task_sleeps()
    {
        Assert.Equal(Errno.None, _machine.Start(c => Call(c, TestSystem.Wait, 77)));
        GuestTask task = _machine.Machine.Tasks.All.Single();
        long due = Now + (3600L * 1000 * Millisecond);
        Arm(new TimerTarget(default, task.Group.Pid, 0, new SignalInfo(Signal.SIGTERM, SignalCode.SI_KERNEL)), due, 0);
        Assert.Equal(128 + (int)Signal.SIGTERM, _machine.Machine.Run().ExitCode);
        Assert.InRange(Now, due, due + Millisecond);
    }

    [Fact]
    public void A_periodic_timer_waits_until_its_expirations_are_taken()
    {
        Assert.Equal(Errno.None, _machine.Start(c =>
        {
            Call(c, TestSystem.Sleep, 10 * Millisecond);
            Call(c, TestSystem.Exit, 3);
        }));
        long start = Now;
        TimerId timer = Arm(default, start + Millisecond, 2 * Millisecond);
        Assert.True(Timers.TryGet(timer, out TimerSetting setting));
        Assert.Equal((Millisecond, 2 * Millisecond, false), (setting.RemainingNanoseconds, setting.IntervalNanoseconds, setting.HasFired));
        Assert.Equal(0, Timers.TakeExpirations(timer));
        Assert.Equal(3, _machine.Machine.Run().ExitCode);
        Timers.TryGet(timer, out setting);
        Assert.True(setting.HasFired);
        Assert.InRange(setting.RemainingNanoseconds, 1, 2 * Millisecond);
        long passed = Now - start;
        Assert.Equal(1 + ((passed - Millisecond) / (2 * Millisecond)), Timers.TakeExpirations(timer));
        Timers.TryGet(timer, out setting);
        Assert.False(setting.HasFired);
        Assert.Equal(0, Timers.TakeExpirations(timer));
    }

    [Fact]
    public void Clocks_without_timers_are_refused_and_deleted_timers_forgotten()
    {
        Assert.Equal(Errno.None, _machine.Start(c => Call(c, TestSystem.Exit, 0)));
        foreach (ClockId clock in (ClockId[])[ClockId.CLOCK_MONOTONIC_RAW, ClockId.CLOCK_REALTIME_COARSE, (ClockId)99])
            Assert.Equal(Errno.EINVAL, Timers.Create(clock, 0, default).Error);
        Assert.Equal(Errno.EINVAL, Timers.Create(ClockId.CLOCK_THREAD_CPUTIME_ID, 12345, default).Error);
        TimerId timer = Arm(default, Now + Millisecond, 0);
        Timers.Delete(timer);
        Timers.Delete(timer);
        Assert.False(Timers.TryGet(timer, out _));
        Assert.NotEqual(timer, Arm(default, Now + Millisecond, 0));
    }

    private TimerId Arm(in TimerTarget target, long expiry, long interval)
    {
        Assert.True(Timers.Create(ClockId.CLOCK_MONOTONIC, 0, in target).TryGet(out TimerId timer, out _));
        Timers.Arm(timer, expiry, interval);
        return timer;
    }
}
