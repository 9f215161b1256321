using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>adjtimex(2) and clock_adjtime(2) of a clock that nobody has adjusted since the start: unsynchronised, with the largest error.</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>Microseconds between two ticks of USER_HZ.</summary>
    private const long TypicalTick = 10_000;

    private SysResult Adjtimex(GuestTask task, UserPointer<Timex> timex) => AdjustClock(task, timex);

    private SysResult ClockAdjtime(GuestTask task, int clockid, UserPointer<Timex> timex)
    {
        if (clockid == CLOCK_REALTIME)
            return AdjustClock(task, timex);
        return TryGetClock(task, clockid, out ClockId clock, out GuestTask owner) && _clock.Now(clock, owner).TryGet(out _, out _)
            ? Errno.EOPNOTSUPP
            : Errno.EINVAL;
    }

    private SysResult AdjustClock(GuestTask task, UserPointer<Timex> timex)
    {
        if (!timex.TryRead(out Timex state, out SysResult stop))
            return stop;
        Errno error = CheckAdjustment(task, in state);
        if (error != Errno.None)
            return error;
        if (!_clock.Now(ClockId.CLOCK_REALTIME).TryGet(out long now, out error))
            return error;

        const long LargestError = 16_000_000; // NTP_PHASE_LIMIT, microseconds
        const long Tolerance = 500 << 16; // MAXFREQ: parts per million, with 16 bits behind the point
        state.offset = 0;
        state.freq = 0;
        state.maxerror = LargestError;
        state.esterror = LargestError;
        state.status = STA_UNSYNC;
        state.constant = 2;
        state.precision = 1;
        state.tolerance = Tolerance;
        state.time = ToTimeval(now);
        state.tick = TypicalTick;
        state.ppsfreq = state.jitter = state.stabil = state.jitcnt = state.calcnt = state.errcnt = state.stbcnt = 0;
        state.shift = state.tai = 0;
        return timex.TryWrite(in state, out stop) ? TIME_ERROR : stop;
    }

    /// <summary>timekeeping_validate_timex. The clock is the machine's: whatever would change it gives EPERM.</summary>
    private static Errno CheckAdjustment(GuestTask task, in Timex wanted)
    {
        const uint Adjtime = 0x8000; // ADJ_ADJTIME: the mode is one of adjtime(3)'s
        const uint ReadOnly = 0x2000; // ADJ_OFFSET_READONLY, with ADJ_ADJTIME
        uint modes = wanted.modes;
        if ((modes & Adjtime) != 0)
        {
            if ((modes & ADJ_OFFSET) == 0)
                return Errno.EINVAL;
            return (modes & ReadOnly) != 0 ? Errno.None : Errno.EPERM;
        }

        if (modes == 0)
            return Errno.None;
        bool impossible = task.Credentials.IsPrivileged
            && (modes & ADJ_TICK) != 0
            && wanted.tick is < TypicalTick * 9 / 10 or > TypicalTick * 11 / 10;
        return impossible ? Errno.EINVAL : Errno.EPERM;
    }
}
