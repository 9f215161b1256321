using Kpio.Contracts.Values;

namespace Kpio.Contracts.Process;

/// <summary>
/// The machine's timers, by id: alarm(2), setitimer(2), timer_create(2) and timerfd_create(2) are made of them. Owned by the kernel
/// and plain data, so that they go on over a swap of any plugin. They follow the machine's clock: the host's, the cycle count's, and
/// its jumps when every task sleeps. As in Linux a periodic timer that has fired counts on only when somebody takes its expirations.
/// </summary>
public interface IKernelTimers
{
    /// <summary>
    /// Makes a timer that is not running. For the CPU-time and user-time clocks <paramref name="owner"/> is the tid whose thread or process is
    /// measured; else it does not matter. EINVAL for a clock that no timer can have (clock_getres(2), the coarse and raw ones).
    /// </summary>
    Result<TimerId> Create(ClockId clock, int owner, in TimerTarget target);

    /// <summary>
    /// Starts the timer for an absolute time of its clock, and then every <paramref name="intervalNanoseconds"/> (0: once). A time
    /// that has passed fires at once; <see cref="long.MaxValue"/> stops the timer. Expirations that were not taken are forgotten.
    /// </summary>
    void Arm(TimerId timer, long expiryNanoseconds, long intervalNanoseconds);

    /// <summary>What a timer is set to; false when there is no such timer.</summary>
    bool TryGet(TimerId timer, out TimerSetting setting);

    /// <summary>
    /// How often the timer has expired since this was last asked; a periodic timer is set to its next time. With
    /// <paramref name="leastNanoseconds"/> that time is at least so far away: for timers whose signal is ignored.
    /// </summary>
    long TakeExpirations(TimerId timer, long leastNanoseconds = 0);

    /// <summary>Ends a timer. Its id is never used again.</summary>
    void Delete(TimerId timer);
}

/// <summary>What happens when a timer expires: a key is woken, or a signal sent, or both.</summary>
/// <param name="Key">The key; the default for none.</param>
/// <param name="Pid">The process that gets <paramref name="Signal"/>; 0 for no signal.</param>
/// <param name="Tid">The thread that gets it; 0 for the process as a whole.</param>
/// <param name="Signal">The signal. The kernel sets <see cref="SignalInfo.Timer"/>; whoever takes the signal asks for the expirations.</param>
public readonly record struct TimerTarget(WaitKey Key, int Pid, int Tid, SignalInfo Signal);

/// <summary>What a timer is set to.</summary>
/// <param name="RemainingNanoseconds">The time until it expires; 0 when it is stopped, or has fired and is not set again yet.</param>
/// <param name="IntervalNanoseconds">Its period; 0 for none.</param>
/// <param name="HasFired">Whether it has expired and nobody has taken that.</param>
public readonly record struct TimerSetting(long RemainingNanoseconds, long IntervalNanoseconds, bool HasFired);
