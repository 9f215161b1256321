using System.Buffers;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Testing;

/// <summary>Standard streams in memory: the input is given, both outputs are kept. They look like pipes, as those of a native run do.</summary>
public sealed class MemoryConsole : IHostConsole
{
    private const long StandardInput = 1;
    private const long StandardOutput = 2;
    private readonly byte[] _input;
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly ArrayBufferWriter<byte> _error = new();
    private int _position;

    /// <summary>Streams with this input.</summary>
    public MemoryConsole(byte[] input)
    {
        _input = input;
    }

    /// <summary>What was written to standard output.</summary>
    public byte[] Output => _output.WrittenSpan.ToArray();

    /// <summary>What was written to standard error.</summary>
    public byte[] Error => _error.WrittenSpan.ToArray();

    /// <inheritdoc/>
    public Result<int> Read(HostFileId stream, Span<byte> destination)
    {
        if (stream.Value != StandardInput)
            return Errno.EBADF;
        int count = Math.Min(destination.Length, _input.Length - _position);
        _input.AsSpan(_position, count).CopyTo(destination);
        _position += count;
        return count;
    }

    /// <inheritdoc/>
    public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source)
    {
        if (stream.Value == StandardInput)
            return Errno.EBADF;
        (stream.Value == StandardOutput ? _output : _error).Write(source);
        return source.Length;
    }

    /// <summary>Writes a line of KPIO's own where the command would: to standard error.</summary>
    public void Report(string message) => _error.Write(System.Text.Encoding.UTF8.GetBytes($"kpio: {message}\n"));

    /// <inheritdoc/>
    public PollEvents Poll(HostFileId stream, PollEvents interests)
    {
        PollEvents ready = stream.Value == StandardInput ? PollEvents.POLLIN : PollEvents.POLLOUT;
        return interests & ready;
    }

    /// <inheritdoc/>
    public Result<NodeAttributes> Stat(HostFileId stream) => new NodeAttributes
    {
        Device = 13,
        Inode = (ulong)(1000 + stream.Value),
        Kind = FileKind.Fifo,
        Permissions = 0x180, // 0600
        Links = 1,
        BlockSize = 4096,
    };

    /// <inheritdoc/>
    public Result<long> Seek(HostFileId stream, long offset, int whence) => Errno.ESPIPE;

    /// <inheritdoc/>
    public Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data) => Errno.ENOTTY;

    /// <inheritdoc/>
    public bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size)
    {
        size = default;
        return false;
    }
}

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
        _interrupt.WaitOne(timeoutNanoseconds < 0 ? System.Threading.Timeout.InfiniteTimeSpan : TimeSpan.FromTicks((timeoutNanoseconds + 99) / 100));
        return default;
    }

    /// <inheritdoc/>
    public void Interrupt() => _interrupt.Set();

    /// <inheritdoc/>
    public void Dispose() => _interrupt.Dispose();
}
