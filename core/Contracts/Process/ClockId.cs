namespace Kpio.Contracts.Process;

/// <summary>Clocks by Linux's number (clock_gettime(2)).</summary>
public enum ClockId
{
#pragma warning disable CS1591 // clock_gettime(2) documents each.
    CLOCK_REALTIME = 0,
    CLOCK_MONOTONIC = 1,
    CLOCK_PROCESS_CPUTIME_ID = 2,
    CLOCK_THREAD_CPUTIME_ID = 3,
    CLOCK_MONOTONIC_RAW = 4,
    CLOCK_REALTIME_COARSE = 5,
    CLOCK_MONOTONIC_COARSE = 6,
    CLOCK_BOOTTIME = 7,
    CLOCK_REALTIME_ALARM = 8,
    CLOCK_BOOTTIME_ALARM = 9,
    CLOCK_TAI = 11,
#pragma warning restore CS1591

    /// <summary>The time that a process's threads have run in ring 3. No number of Linux's: ITIMER_VIRTUAL and CPUCLOCK_VIRT count it.</summary>
    ProcessUserTime = 32,

    /// <summary>The same of one thread.</summary>
    ThreadUserTime = 33,

    /// <summary>How long the machine's processor had nothing to do, from the machine's start.</summary>
    IdleTime = 34,
}
