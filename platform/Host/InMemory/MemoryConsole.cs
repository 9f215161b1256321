using System.Buffers;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Platform.Host.InMemory;

/// <summary>
/// Standard streams in memory: the input is given, both outputs are kept. They look like pipes, as those of a native run do. Belongs to
/// one machine; what was written is read when that has ended.
/// </summary>
public sealed class MemoryConsole : IHostConsole
{
    private const long StandardInput = 1;
    private const long StandardOutput = 2;
    private byte[] _input;
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

    /// <summary>How much of the input has been read.</summary>
    public int Position => _position;

    /// <summary>Begins anew, between two programs or before the first: another input, and nothing written yet.</summary>
    /// <param name="input">The input.</param>
    /// <param name="position">How much of it counts as read.</param>
    public void Renew(byte[] input, int position = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)position, (uint)input.Length);
        (_input, _position) = (input, position);
        _output.Clear();
        _error.Clear();
    }

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

    /// <summary>How many bytes are kept of each output; what comes after them is taken and dropped.</summary>
    public int MostBytes { get; init; } = int.MaxValue;

    /// <summary>Called when more than <see cref="MostBytes"/> are written.</summary>
    public Action? Overflowed { get; set; }

    /// <inheritdoc/>
    public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source)
    {
        if (stream.Value == StandardInput)
            return Errno.EBADF;
        ArrayBufferWriter<byte> output = stream.Value == StandardOutput ? _output : _error;
        if (source.Length <= MostBytes - output.WrittenCount)
            output.Write(source);
        else
            Overflowed?.Invoke();
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
