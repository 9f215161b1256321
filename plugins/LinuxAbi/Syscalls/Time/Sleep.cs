using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>nanosleep(2) and clock_nanosleep(2): a wait with a deadline and no key.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Nanosleep(GuestTask task, UserPointer<Timespec> request, UserPointer<Timespec> remaining)
    {
        if (!request.TryRead(out Timespec duration, out SysResult stop))
            return stop;
        return !IsValid(in duration) ? Errno.EINVAL : Sleep(task, ClockId.CLOCK_MONOTONIC, in duration, isAbsolute: false, remaining);
    }

    private SysResult ClockNanosleep(GuestTask task, int clockid, int flags, UserPointer<Timespec> request, UserPointer<Timespec> remaining)
    {
        switch (clockid)
        {
            case CLOCK_REALTIME or CLOCK_MONOTONIC or CLOCK_BOOTTIME or CLOCK_TAI or CLOCK_PROCESS_CPUTIME_ID or CLOCK_REALTIME_ALARM or CLOCK_BOOTTIME_ALARM:
                break;
            case CLOCK_THREAD_CPUTIME_ID or CLOCK_MONOTONIC_RAW or CLOCK_REALTIME_COARSE or CLOCK_MONOTONIC_COARSE:
                return Errno.EOPNOTSUPP;
            default:
                return Errno.EINVAL;
        }

        if (!request.TryRead(out Timespec time, out SysResult stop))
            return stop;
        if (!IsValid(in time))
            return Errno.EINVAL;
        return Sleep(task, (ClockId)clockid, in time, (flags & TIMER_ABSTIME) != 0, remaining);
    }

    private SysResult Sleep(GuestTask task, ClockId clock, in Timespec time, bool isAbsolute, UserPointer<Timespec> remaining)
    {
        if (!_clock.Now(clock, task).TryGet(out long now, out Errno error))
            return error;
        RestartState restart = task.Restart;
        if (restart.Reason == WakeReason.None)
            restart.DeadlineNanoseconds = isAbsolute ? ToNanoseconds(in time) : AddSaturating(now, ToNanoseconds(in time));
        if (restart.Reason == WakeReason.TimedOut || now >= restart.DeadlineNanoseconds)
            return SysResult.Zero;
        if (restart.Reason == WakeReason.Interrupted)
        {
            if (!isAbsolute && !remaining.IsNull && !remaining.TryWrite(ToTimespec(restart.DeadlineNanoseconds - now), out SysResult stop))
                return stop;
            return Errno.EINTR;
        }

        // EINTR after a handler in both cases; without one an absolute sleep is simply made again.
        InterruptKind kind = isAbsolute ? InterruptKind.RestartUnlessHandled : InterruptKind.RestartBlock;
        return SysResult.Wait(task.Wait.Begin(kind).Until(clock, restart.DeadlineNanoseconds));
    }
}
