using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Platform.Host.Portable;

/// <summary>Sleeps on an event that standard input and <see cref="Interrupt"/> set.</summary>
internal sealed class PortableWaiter : IHostWaiter, IDisposable
{
    private readonly AutoResetEvent _event = new(false);
    private readonly PortableConsole _console;

    public PortableWaiter(PortableConsole console)
    {
        _console = console;
        console.InputReady += Interrupt;
    }

    public HostFileId Wait(ReadOnlySpan<HostFileId> handles, long timeoutNanoseconds)
    {
        HostFileId ready = FindReady(handles);
        if (!ready.IsNone)
            return ready;
        int milliseconds = timeoutNanoseconds < 0
            ? Timeout.Infinite
            : (int)Math.Min(int.MaxValue, (timeoutNanoseconds + 999_999) / 1_000_000);
        return _event.WaitOne(milliseconds) ? FindReady(handles) : default;
    }

    public void Interrupt() => _event.Set();

    public void Dispose()
    {
        _console.InputReady -= Interrupt;
        _event.Dispose();
    }

    private HostFileId FindReady(ReadOnlySpan<HostFileId> handles)
    {
        foreach (HostFileId handle in handles)
        {
            if (_console.Poll(handle, handle.Value == 1 ? PollEvents.POLLIN : PollEvents.POLLOUT) != PollEvents.None)
                return handle;
        }

        return default;
    }
}
