using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>timerfd_create(2), timerfd_settime(2), timerfd_gettime(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult TimerfdCreate(GuestTask task, int clockid, int flags)
    {
        if ((flags & ~(TFD_CLOEXEC | TFD_NONBLOCK)) != 0)
            return Errno.EINVAL;
        if (clockid is not (CLOCK_REALTIME or CLOCK_MONOTONIC or CLOCK_BOOTTIME or CLOCK_REALTIME_ALARM or CLOCK_BOOTTIME_ALARM))
            return Errno.EINVAL;
        if (clockid is CLOCK_REALTIME_ALARM or CLOCK_BOOTTIME_ALARM && !task.Credentials.IsPrivileged)
            return Errno.EPERM; // CAP_WAKE_ALARM
        return InstallNew(task, _special.Current.CreateTimer((ClockId)clockid, (OpenFlags)flags & OpenFlags.O_NONBLOCK), flags);
    }

    private SysResult TimerfdSettime(GuestTask task, Fd fd, int flags, UserPointer<Itimerspec> wanted, UserPointer<Itimerspec> old)
    {
        if (!wanted.TryRead(out Itimerspec setting, out SysResult stop))
            return stop;
        if ((flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) != 0 || !IsValid(in setting.it_value) || !IsValid(in setting.it_interval))
            return Errno.EINVAL;
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_special.Current.GetTimer(file).TryGet(out (TimerSetting, ClockId Clock) before, out Errno error))
            return error;
        long expiry = ToNanoseconds(in setting.it_value);
        if (expiry == 0)
            expiry = long.MaxValue;
        else if ((flags & TFD_TIMER_ABSTIME) == 0)
            expiry = AddSaturating(_clock.Now(before.Clock).ValueOrDefault, expiry);
        if (!_special.Current.SetTimer(file, expiry, ToNanoseconds(in setting.it_interval)).TryGet(out TimerSetting replaced, out error))
            return error;
        return old.IsNull || old.TryWrite(ToItimerspec(in replaced), out stop) ? SysResult.Zero : stop;
    }

    private SysResult TimerfdGettime(GuestTask task, Fd fd, UserPointer<Itimerspec> value)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_special.Current.GetTimer(file).TryGet(out (TimerSetting Setting, ClockId) timer, out Errno error))
            return error;
        return value.TryWrite(ToItimerspec(in timer.Setting), out SysResult stop) ? SysResult.Zero : stop;
    }

    private static Itimerspec ToItimerspec(in TimerSetting setting) =>
        new() { it_interval = ToTimespec(setting.IntervalNanoseconds), it_value = ToTimespec(setting.RemainingNanoseconds) };
}
