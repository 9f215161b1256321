using System.Diagnostics;
using Kpio.Contracts.Host;

namespace Kpio.Platform.Host.Linux;

/// <summary>The clocks by clock_gettime(2).</summary>
internal sealed class LinuxClock : IHostClock
{
    public unsafe long RealtimeNanoseconds
    {
        get
        {
            TimeSpec time;
            _ = LibC.ClockGettime(0, &time); // CLOCK_REALTIME cannot fail.
            return time.Seconds * 1_000_000_000 + time.Nanoseconds;
        }
    }

    // Stopwatch counts nanoseconds of CLOCK_MONOTONIC on Linux.
    public long MonotonicNanoseconds => Stopwatch.GetTimestamp();

    public long CoarseMonotonicNanoseconds => Environment.TickCount64 * 1_000_000;
}
