using System.Diagnostics;
using Kpio.Contracts.Host;

namespace Kpio.Platform.Host.Portable;

/// <summary>The clocks of the base library.</summary>
internal sealed class PortableClock : IHostClock
{
    public long RealtimeNanoseconds => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    public long MonotonicNanoseconds => (long)(Stopwatch.GetTimestamp() * (1_000_000_000.0 / Stopwatch.Frequency));

    public long CoarseMonotonicNanoseconds => Environment.TickCount64 * 1_000_000;
}
