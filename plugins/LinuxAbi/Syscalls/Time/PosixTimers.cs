using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>timer_create(2), timer_settime(2), timer_gettime(2), timer_getoverrun(2), timer_delete(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult TimerCreate(GuestTask task, int clockid, UserPointer<Sigevent> @event, UserPointer<int> timerid)
    {
        var wanted = new Sigevent { sigev_signo = (int)Signal.SIGALRM };
        if (!@event.IsNull && !@event.TryRead(out wanted, out SysResult stop))
            return stop;
        Errno error = CheckTimerClock(task, clockid, out ClockId clock, out int owner);
        if (error != Errno.None)
            return error;
        ProcessTimers timers = task.Group.Timers;
        if ((ulong)timers.Posix.Count >= task.Group.Limits[(int)RLIMIT_SIGPENDING].Soft)
            return Errno.EAGAIN;
        if (!TryGetReceiver(task, in wanted, out int receiver))
            return Errno.EINVAL;
        int id = timers.NextPosixId;
        while (timers.Find(id) is not null)
            id = id == int.MaxValue ? 0 : id + 1;
        if (!timerid.TryWrite(in id, out stop))
            return stop;
        timers.NextPosixId = id == int.MaxValue ? 0 : id + 1;
        ulong value = @event.IsNull ? (ulong)(uint)id : wanted.sigev_value;
        var info = new SignalInfo((Signal)wanted.sigev_signo, SignalCode.SI_TIMER, Pid: id, Value: value);
        TimerTarget target = wanted.sigev_notify == SIGEV_NONE ? default : new TimerTarget(default, task.Group.Pid, receiver, info);
        if (!_timers.Create(clock, owner, in target).TryGet(out TimerId timer, out error))
            return error;
        timers.Posix.Add(new PosixTimer(id, timer, clock, owner));
        return SysResult.Zero;
    }

    private SysResult TimerSettime(GuestTask task, int timerid, int flags, UserPointer<Itimerspec> @new, UserPointer<Itimerspec> old)
    {
        if (@new.IsNull)
            return Errno.EINVAL;
        if (!@new.TryRead(out Itimerspec wanted, out SysResult stop))
            return stop;
        if (!IsValid(in wanted.it_interval) || !IsValid(in wanted.it_value) || task.Group.Timers.Find(timerid) is not { } timer)
            return Errno.EINVAL;
        _timers.TryGet(timer.Timer, out TimerSetting before);
        timer.Overrun = 0;
        long value = ToNanoseconds(in wanted.it_value);
        long expiry = value;
        if (value == 0)
            expiry = long.MaxValue;
        else if ((flags & TIMER_ABSTIME) == 0)
            expiry = AddSaturating(_clock.Now(timer.Clock, _tasks.Find(timer.Owner)).ValueOrDefault, value);
        _timers.Arm(timer.Timer, expiry, ToNanoseconds(in wanted.it_interval));
        return old.IsNull ? SysResult.Zero : WriteSetting(old, in before);
    }

    private SysResult TimerGettime(GuestTask task, int timerid, UserPointer<Itimerspec> value)
    {
        if (task.Group.Timers.Find(timerid) is not { } timer || !_timers.TryGet(timer.Timer, out TimerSetting setting))
            return Errno.EINVAL;
        return WriteSetting(value, in setting);
    }

    private SysResult TimerGetoverrun(GuestTask task, int timerid) =>
        task.Group.Timers.Find(timerid) is { } timer ? timer.Overrun : Errno.EINVAL;

    private SysResult TimerDelete(GuestTask task, int timerid)
    {
        if (task.Group.Timers.Find(timerid) is not { } timer)
            return Errno.EINVAL;
        _timers.Delete(timer.Timer);
        task.Group.Timers.Posix.Remove(timer);
        return SysResult.Zero;
    }

    /// <summary>The clocks that can have timers; EOPNOTSUPP for those that exist and cannot, the alarm clocks of a machine without an RTC among them.</summary>
    private Errno CheckTimerClock(GuestTask task, int clockid, out ClockId clock, out int owner)
    {
        owner = task.Tid;
        if (!TryGetClock(task, clockid, out clock, out GuestTask measured))
            return Errno.EINVAL;
        switch (clock)
        {
            case ClockId.CLOCK_REALTIME or ClockId.CLOCK_MONOTONIC or ClockId.CLOCK_BOOTTIME or ClockId.CLOCK_TAI:
                return Errno.None;
            case ClockId.CLOCK_THREAD_CPUTIME_ID or ClockId.ThreadUserTime:
                owner = measured.Tid;
                return measured.Group == task.Group ? Errno.None : Errno.EINVAL;
            case ClockId.CLOCK_PROCESS_CPUTIME_ID or ClockId.ProcessUserTime:
                owner = measured.Group.Pid;
                return Errno.None;
            case ClockId.CLOCK_MONOTONIC_RAW or ClockId.CLOCK_REALTIME_COARSE or ClockId.CLOCK_MONOTONIC_COARSE:
            case ClockId.CLOCK_REALTIME_ALARM or ClockId.CLOCK_BOOTTIME_ALARM:
                return Errno.EOPNOTSUPP;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>The thread that gets the signal, or 0 for the process (good_sigevent).</summary>
    private bool TryGetReceiver(GuestTask task, in Sigevent wanted, out int receiver)
    {
        receiver = 0;
        switch (wanted.sigev_notify)
        {
            case SIGEV_NONE:
                return true;
            case SIGEV_SIGNAL or SIGEV_THREAD:
                break;
            case SIGEV_SIGNAL | SIGEV_THREAD_ID:
                receiver = wanted.sigev_notify_thread_id;
                if (_tasks.Find(receiver) is not { } thread || thread.Group != task.Group)
                    return false;
                break;
            default:
                return false;
        }

        return wanted.sigev_signo is > 0 and <= SignalNumbers.Count;
    }

    private static SysResult WriteSetting(UserPointer<Itimerspec> target, in TimerSetting setting)
    {
        var value = new Itimerspec { it_value = ToTimespec(setting.RemainingNanoseconds), it_interval = ToTimespec(setting.IntervalNanoseconds) };
        return target.TryWrite(in value, out SysResult stop) ? SysResult.Zero : stop;
    }
}
