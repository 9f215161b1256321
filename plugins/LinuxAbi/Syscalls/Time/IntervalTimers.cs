using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>alarm(2), setitimer(2), getitimer(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Alarm(GuestTask task, uint seconds)
    {
        TimerSetting old = SetIntervalTimer(task, ITIMER_REAL, seconds * NanosecondsPerSecond, 0);
        long left = Math.DivRem(old.RemainingNanoseconds, NanosecondsPerSecond, out long rest);
        // Rounded, but never to 0 while the alarm is set.
        return left + ((left == 0 && rest > 0) || rest >= NanosecondsPerSecond / 2 ? 1 : 0);
    }

    private SysResult Setitimer(GuestTask task, int which, UserPointer<Itimerval> @new, UserPointer<Itimerval> old)
    {
        // NULL stops the timer, as Linux has always let it.
        Itimerval wanted = default;
        if (!@new.IsNull)
        {
            if (!@new.TryRead(out wanted, out SysResult stop))
                return stop;
            if (!IsValid(in wanted.it_value) || !IsValid(in wanted.it_interval))
                return Errno.EINVAL;
        }

        if (which is < ITIMER_REAL or > ITIMER_PROF)
            return Errno.EINVAL;
        TimerSetting before = SetIntervalTimer(task, which, ToNanoseconds(in wanted.it_value), ToNanoseconds(in wanted.it_interval));
        return old.IsNull ? SysResult.Zero : WriteSetting(old, in before);
    }

    private SysResult Getitimer(GuestTask task, int which, UserPointer<Itimerval> value)
    {
        if (which is < ITIMER_REAL or > ITIMER_PROF)
            return Errno.EINVAL;
        TimerSetting setting = IntervalTimerSetting(TimerOf(task.Group.Timers, which));
        return WriteSetting(value, in setting);
    }

    private TimerSetting SetIntervalTimer(GuestTask task, int which, long value, long interval)
    {
        ProcessTimers timers = task.Group.Timers;
        TimerId timer = TimerOf(timers, which);
        TimerSetting before = IntervalTimerSetting(timer);
        if (timer.IsNone)
        {
            if (value == 0 && interval == 0)
                return before;
            timer = CreateIntervalTimer(task, which);
            switch (which)
            {
                case ITIMER_REAL:
                    timers.Real = timer;
                    break;
                case ITIMER_VIRTUAL:
                    timers.Virtual = timer;
                    break;
                default:
                    timers.Profile = timer;
                    break;
            }
        }

        long now = _clock.Now(ClockOf(which), task).ValueOrDefault;
        // Without a value the CPU timers still keep their interval.
        long period = value == 0 && which == ITIMER_REAL ? 0 : interval;
        _timers.Arm(timer, value == 0 ? long.MaxValue : AddSaturating(now, value), period);
        return before;
    }

    private TimerId CreateIntervalTimer(GuestTask task, int which)
    {
        Signal signal = which switch
        {
            ITIMER_REAL => Signal.SIGALRM,
            ITIMER_VIRTUAL => Signal.SIGVTALRM,
            _ => Signal.SIGPROF,
        };
        int pid = task.Group.Pid;
        var target = new TimerTarget(default, pid, 0, new SignalInfo(signal, SignalCode.SI_KERNEL));
        return _timers.Create(ClockOf(which), pid, in target).ValueOrDefault;
    }

    private static ClockId ClockOf(int which) => which switch
    {
        ITIMER_REAL => ClockId.CLOCK_MONOTONIC,
        ITIMER_VIRTUAL => ClockId.ProcessUserTime,
        _ => ClockId.CLOCK_PROCESS_CPUTIME_ID,
    };

    private static TimerId TimerOf(ProcessTimers timers, int which) => which switch
    {
        ITIMER_REAL => timers.Real,
        ITIMER_VIRTUAL => timers.Virtual,
        _ => timers.Profile,
    };

    /// <summary>What a timer is set to. One that has fired stands still until its signal is taken.</summary>
    private TimerSetting IntervalTimerSetting(TimerId timer)
    {
        if (timer.IsNone || !_timers.TryGet(timer, out TimerSetting setting))
            return default;
        // Microseconds are the unit: what is about to fire has one left.
        return setting.HasFired ? setting with { RemainingNanoseconds = 0 }
            : setting.RemainingNanoseconds is > 0 and < 1000 ? setting with { RemainingNanoseconds = 1000 } : setting;
    }

    private static SysResult WriteSetting(UserPointer<Itimerval> target, in TimerSetting setting)
    {
        var value = new Itimerval { it_value = ToTimeval(setting.RemainingNanoseconds), it_interval = ToTimeval(setting.IntervalNanoseconds) };
        return target.TryWrite(in value, out SysResult stop) ? SysResult.Zero : stop;
    }

    private static bool IsValid(in Timeval time) => time.tv_sec >= 0 && time.tv_usec is >= 0 and < 1_000_000;

    private static long ToNanoseconds(in Timeval time) => ToNanoseconds(new Timespec { tv_sec = time.tv_sec, tv_nsec = time.tv_usec * 1000 });
}
