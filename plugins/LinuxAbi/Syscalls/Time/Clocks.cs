using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>clock_gettime(2), clock_getres(2), gettimeofday(2), time(2), times(2), and the calls that set clocks.</summary>
internal sealed partial class LinuxSyscalls
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>USER_HZ: the unit of times(2) is a hundredth of a second.</summary>
    private const long ClockTick = NanosecondsPerSecond / 100;

    private SysResult ClockGettime(GuestTask task, int clockid, UserPointer<Timespec> tp)
    {
        if (!TryGetClock(task, clockid, out ClockId clock, out GuestTask owner))
            return Errno.EINVAL;
        if (!_clock.Now(clock, owner).TryGet(out long now, out Errno error))
            return error;
        return tp.TryWrite(ToTimespec(now), out SysResult stop) ? SysResult.Zero : stop;
    }

    private SysResult ClockGetres(GuestTask task, int clockid, UserPointer<Timespec> res)
    {
        if (!TryGetClock(task, clockid, out ClockId clock, out _))
            return Errno.EINVAL;
        if (!_clock.Resolution(clock).TryGet(out long resolution, out Errno error))
            return error;
        if (res.IsNull)
            return SysResult.Zero;
        return res.TryWrite(ToTimespec(resolution), out SysResult stop) ? SysResult.Zero : stop;
    }

    /// <summary>
    /// The clock that an id names. Negative ids are the CPU-time clocks of processes and threads that clock_getcpuclockid(3) makes:
    /// the complement of the pid above three bits, of which two say what is counted (include/linux/posix-timers.h).
    /// </summary>
    private bool TryGetClock(GuestTask task, int clockid, out ClockId clock, out GuestTask owner)
    {
        owner = task;
        clock = (ClockId)clockid;
        if (clockid >= 0)
            return clockid <= CLOCK_TAI;
        const int PerThread = 4;
        const int CPUCLOCK_VIRT = 1;
        if ((clockid & 3) == 3)
            return false;
        int id = ~(clockid >> 3);
        bool isUserTime = (clockid & 3) == CPUCLOCK_VIRT;
        if ((clockid & PerThread) != 0)
            clock = isUserTime ? ClockId.ThreadUserTime : ClockId.CLOCK_THREAD_CPUTIME_ID;
        else
            clock = isUserTime ? ClockId.ProcessUserTime : ClockId.CLOCK_PROCESS_CPUTIME_ID;
        if (id == 0)
            return true;
        if (_tasks.Find(id) is not { } found)
            return false;
        owner = found;
        return true;
    }

    private SysResult ClockSettime(GuestTask task, int clockid, UserPointer<Timespec> tp)
    {
        if (clockid is not (CLOCK_REALTIME or CLOCK_MONOTONIC or CLOCK_BOOTTIME))
            return Errno.EINVAL;
        if (!tp.TryRead(out Timespec wanted, out SysResult stop))
            return stop;
        return clockid != CLOCK_REALTIME || !IsValid(wanted) ? Errno.EINVAL : Errno.EPERM;
    }

    private SysResult Gettimeofday(GuestTask task, UserPointer<Timeval> tv, UserPointer<Structs.Timezone> tz)
    {
        if (!tv.IsNull)
        {
            if (!_clock.Now(ClockId.CLOCK_REALTIME).TryGet(out long now, out Errno error))
                return error;
            if (!tv.TryWrite(ToTimeval(now), out SysResult stop))
                return stop;
        }

        if (!tz.IsNull && !tz.TryWrite(default, out SysResult fault))
            return fault;
        return SysResult.Zero;
    }

    private SysResult Settimeofday(GuestTask task, UserPointer<Timeval> tv, UserPointer<Structs.Timezone> tz)
    {
        if (!tv.IsNull)
        {
            if (!tv.TryRead(out Timeval wanted, out SysResult stop))
                return stop;
            if (wanted.tv_usec is < 0 or > 1_000_000 || wanted.tv_sec < 0)
                return Errno.EINVAL;
        }

        return Errno.EPERM;
    }

    private SysResult Time(GuestTask task, UserPointer<long> tloc)
    {
        if (!_clock.Now(ClockId.CLOCK_REALTIME).TryGet(out long now, out Errno error))
            return error;
        long seconds = FileTimeOf(now);
        if (!tloc.IsNull && !tloc.TryWrite(in seconds, out SysResult stop))
            return stop;
        return seconds;
    }

    private SysResult Times(GuestTask task, UserPointer<Tms> buffer)
    {
        if (!buffer.IsNull)
        {
            (long user, long system) = CpuTimes(task);
            var result = new Tms
            {
                tms_utime = user / ClockTick,
                tms_stime = system / ClockTick,
                tms_cutime = task.Group.ChildrenUsage.UserNanoseconds / ClockTick,
                tms_cstime = task.Group.ChildrenUsage.SystemNanoseconds / ClockTick,
            };
            if (!buffer.TryWrite(in result, out SysResult stop))
                return stop;
        }

        return _clock.Now(ClockId.CLOCK_BOOTTIME).TryGet(out long now, out Errno error) ? now / ClockTick : error;
    }

    /// <summary>A process's CPU time in nanoseconds; the time of calls and faults is the user's where it was not measured (<see cref="ThreadGroup.SplitsCpuTime"/>).</summary>
    private (long User, long System) CpuTimes(GuestTask task)
    {
        long user = _clock.Now(ClockId.ProcessUserTime, task).ValueOrDefault;
        return (user, _clock.Now(ClockId.CLOCK_PROCESS_CPUTIME_ID, task).ValueOrDefault - user);
    }

    private static long FileTimeOf(long nanoseconds) => Contracts.Vfs.FileTime.FromNanoseconds(nanoseconds).Seconds;

    private static Timespec ToTimespec(long nanoseconds)
    {
        long seconds = Math.DivRem(nanoseconds, NanosecondsPerSecond, out long rest);
        return new Timespec { tv_sec = seconds, tv_nsec = rest };
    }

    private static Timeval ToTimeval(long nanoseconds)
    {
        long seconds = Math.DivRem(nanoseconds, NanosecondsPerSecond, out long rest);
        return new Timeval { tv_sec = seconds, tv_usec = rest / 1000 };
    }

    private static bool IsValid(in Timespec time) => time.tv_sec >= 0 && (ulong)time.tv_nsec < NanosecondsPerSecond;

    /// <summary>A valid time in nanoseconds; what does not fit is for ever.</summary>
    private static long ToNanoseconds(in Timespec time)
    {
        const long MostSeconds = (long.MaxValue / NanosecondsPerSecond) - 1;
        return time.tv_sec > MostSeconds ? long.MaxValue : (time.tv_sec * NanosecondsPerSecond) + time.tv_nsec;
    }

    private static long AddSaturating(long time, long duration) => duration > long.MaxValue - time ? long.MaxValue : time + duration;
}
