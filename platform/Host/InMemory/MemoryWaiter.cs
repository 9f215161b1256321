using Kpio.Contracts.Host;
using Kpio.Contracts.Values;

namespace Kpio.Platform.Host.InMemory;

/// <summary>A machine's sleep while its streams are in memory: they never have anything to wait for, only time and interrupts do.</summary>
public sealed class MemoryWaiter : IHostWaiter, IDisposable
{
    private readonly AutoResetEvent _interrupt = new(false);

    /// <inheritdoc/>
    public HostFileId Wait(ReadOnlySpan<HostFileId> handles, long timeoutNanoseconds)
    {
        // Streams in memory are always ready: whoever waits for one finds it so.
        if (handles.Length > 0)
            return handles[0];
        _interrupt.WaitOne(timeoutNanoseconds < 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromTicks((timeoutNanoseconds + 99) / 100));
        return default;
    }

    /// <inheritdoc/>
    public void Interrupt() => _interrupt.Set();

    /// <inheritdoc/>
    public void Dispose() => _interrupt.Dispose();
}
