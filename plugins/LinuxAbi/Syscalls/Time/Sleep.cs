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
        return !IsValid(in duration) ? Errno.EINVAL : Sleep(task, ClockId.CLOCK_MONOTONIC, task, in duration, isAbsolute: false, remaining);
    }

    private SysResult ClockNanosleep(GuestTask task, int clockid, int flags, UserPointer<Timespec> request, UserPointer<Timespec> remaining)
    {
        ClockId clock = default;
        GuestTask? owner = task;
        switch (clockid)
        {
            case CLOCK_REALTIME or CLOCK_MONOTONIC or CLOCK_BOOTTIME or CLOCK_TAI or CLOCK_PROCESS_CPUTIME_ID or CLOCK_REALTIME_ALARM or CLOCK_BOOTTIME_ALARM:
                clock = (ClockId)clockid;
                break;
            case < 0 when (clockid & 7) == 3:
                return Errno.EOPNOTSUPP; // a clock that is a file
            case < 0:
                if (!TryGetSleepClock(task, clockid, out clock, out owner))
                    owner = null;
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
        return owner is null ? Errno.EINVAL : Sleep(task, clock, owner, in time, (flags & TIMER_ABSTIME) != 0, remaining);
    }

    /// <summary>The CPU-time clock that a negative id names: of a process, or of another thread of the caller's. Nobody can wait until he has run himself (posix_cpu_nsleep).</summary>
    private bool TryGetSleepClock(GuestTask task, int clockid, out ClockId clock, out GuestTask owner)
    {
        if (!TryGetClock(task, clockid, out clock, out owner))
            return false;
        return clock is ClockId.CLOCK_THREAD_CPUTIME_ID or ClockId.ThreadUserTime
            ? !ReferenceEquals(owner, task) && ReferenceEquals(owner.Group, task.Group)
            : owner.Tid == owner.Group.Pid || ReferenceEquals(owner, task);
    }

    private SysResult Sleep(GuestTask task, ClockId clock, GuestTask owner, in Timespec time, bool isAbsolute, UserPointer<Timespec> remaining)
    {
        if (!_clock.Now(clock, owner).TryGet(out long now, out Errno error))
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
        return SysResult.Wait(task.Wait.Begin(kind).Until(clock, restart.DeadlineNanoseconds, owner.Tid));
    }
}
