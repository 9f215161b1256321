using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>
/// RLIMIT_CPU (getrlimit(2)): at the soft limit a process gets SIGXCPU, each second of processor time again, and SIGKILL at the hard one. A
/// timer of the process's CPU-time clock fires for both; the limits themselves are contract data.
/// </summary>
internal sealed class CpuLimits
{
    private const int RLIMIT_CPU = 0;
    private const ulong NanosecondsPerSecond = 1_000_000_000;

    private readonly ProcessServices _services;

    public CpuLimits(ProcessServices services) => _services = services;

    /// <summary>Sets the timer to the limit that the process has now: after it was changed, and for a process that has just been made.</summary>
    public void Apply(ThreadGroup group)
    {
        ResourceLimit limit = group.Limits[RLIMIT_CPU];
        if (limit.Soft == ResourceLimit.Infinity && group.Timers.CpuLimit.IsNone)
            return;
        if (group.Timers.CpuLimit.IsNone)
        {
            var target = new TimerTarget(default, group.Pid, 0, new SignalInfo(Signal.SIGXCPU, SignalCode.SI_KERNEL));
            if (!_services.Timers.Create(ClockId.CLOCK_PROCESS_CPUTIME_ID, group.Pid, in target).TryGet(out TimerId timer, out _))
                return;
            group.Timers.CpuLimit = timer;
        }

        ulong seconds = Math.Min(limit.Soft, limit.Hard);
        _services.Timers.Arm(group.Timers.CpuLimit, seconds > long.MaxValue / NanosecondsPerSecond ? long.MaxValue : (long)(seconds * NanosecondsPerSecond), 0);
    }

    /// <summary>The timer has fired: the signal to be sent. The soft limit goes up by a second, as the kernel lets it (check_process_timers).</summary>
    public Signal Expire(ThreadGroup group)
    {
        ResourceLimit limit = group.Limits[RLIMIT_CPU];
        long used = _services.Tasks.Find(group.Pid) is { } leader ? _services.Clock.Now(ClockId.CLOCK_PROCESS_CPUTIME_ID, leader).ValueOrDefault : 0;
        if ((ulong)used / NanosecondsPerSecond >= limit.Hard)
            return Signal.SIGKILL;
        group.Limits[RLIMIT_CPU] = limit with { Soft = ((ulong)used / NanosecondsPerSecond) + 1 };
        Apply(group);
        return Signal.SIGXCPU;
    }
}
