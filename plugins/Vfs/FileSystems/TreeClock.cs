using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>
/// The times that trees need: the machine's for inodes, and the age of what is remembered of the host. A deterministic machine asks
/// the host once: nothing it remembers grows old.
/// </summary>
internal sealed class TreeClock
{
    /// <summary>How long an overlay goes by what it has seen of the host's tree.</summary>
    public const long FreshNanoseconds = 1_000_000_000;

    private readonly IKernelClock _clock;
    private readonly IHostClock _host;
    private readonly bool _isDeterministic;

    public TreeClock(IKernelClock clock, IHostClock host, bool isDeterministic)
    {
        _clock = clock;
        _host = host;
        _isDeterministic = isDeterministic;
    }

    public bool IsDeterministic => _isDeterministic;

    /// <summary>The machine's time, in the coarse clock that Linux takes for inodes (clock_gettime(2)).</summary>
    public FileTime Now =>
        _clock.Now(ClockId.CLOCK_REALTIME_COARSE).TryGet(out long nanoseconds, out _)
            ? FileTime.FromNanoseconds(nanoseconds)
            : FileTime.FromNanoseconds(_clock.Now(ClockId.CLOCK_REALTIME).ValueOrDefault);

    /// <summary>The present for <see cref="IsFresh"/>; never 0.</summary>
    public long Stamp => _isDeterministic ? 1 : _host.CoarseMonotonicNanoseconds + 1;

    /// <summary>Whether what was seen at <paramref name="stamp"/> (0: never) still counts.</summary>
    public bool IsFresh(long stamp) => stamp != 0 && (_isDeterministic || _host.CoarseMonotonicNanoseconds - stamp < FreshNanoseconds);
}
