using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Kernel.Tests;

/// <summary>Streams, clock and waiter of a host that exists in memory alone.</summary>
internal sealed class TestConsole : IHostConsole, IHostWaiter, IHostClock, IDisposable
{
    private readonly AutoResetEvent _interrupted = new(false);
    private readonly Lock _lock = new();
    private readonly Queue<byte> _input = new();
    private readonly MemoryStream[] _outputs = [new(), new()];
    private bool _inputEnded;

    public long RealtimeNanoseconds => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    public long MonotonicNanoseconds => Environment.TickCount64 * 1_000_000;

    public long CoarseMonotonicNanoseconds => MonotonicNanoseconds;

    public int Waits { get; private set; }

    public string Output => Encoding.UTF8.GetString(_outputs[0].ToArray());

    public void Type(string text, bool end = false)
    {
        lock (_lock)
        {
            foreach (byte value in Encoding.UTF8.GetBytes(text))
                _input.Enqueue(value);
            _inputEnded |= end;
        }

        _interrupted.Set();
    }

    public Result<int> Read(HostFileId stream, Span<byte> destination)
    {
        lock (_lock)
        {
            if (_input.Count == 0)
                return _inputEnded ? 0 : Errno.EAGAIN;
            int count = 0;
            while (count < destination.Length && _input.TryDequeue(out byte value))
                destination[count++] = value;
            return count;
        }
    }

    public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source)
    {
        lock (_lock)
            _outputs[stream.Value - 2].Write(source);
        return source.Length;
    }

    public PollEvents Poll(HostFileId stream, PollEvents interests) => interests & (IsReady ? PollEvents.POLLIN : PollEvents.None);

    public Result<NodeAttributes> Stat(HostFileId stream) => new NodeAttributes { Kind = FileKind.Fifo, Permissions = 0x180 };

    public Result<long> Seek(HostFileId stream, long offset, int whence) => Errno.ESPIPE;

    public Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data) => Errno.ENOTTY;

    public bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size)
    {
        size = default;
        return false;
    }

    public HostFileId Wait(ReadOnlySpan<HostFileId> handles, long timeoutNanoseconds)
    {
        Waits++;
        if (handles.Contains(new HostFileId(1)) && IsReady)
            return new HostFileId(1);
        _interrupted.WaitOne(timeoutNanoseconds < 0 ? Timeout.Infinite : (int)Math.Min(int.MaxValue, (timeoutNanoseconds + 999_999) / 1_000_000));
        return handles.Contains(new HostFileId(1)) && IsReady ? new HostFileId(1) : default;
    }

    public void Interrupt() => _interrupted.Set();

    public void Dispose() => _interrupted.Dispose();

    private bool IsReady
    {
        get
        {
            lock (_lock)
                return _input.Count > 0 || _inputEnded;
        }
    }
}
