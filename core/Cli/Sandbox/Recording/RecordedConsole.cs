using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Platform.Host.InMemory;

namespace Kpio.Cli.Sandbox.Recording;

/// <summary>Standard streams of a recorded run: the input is shared with other runs, both outputs are kept in memory.</summary>
internal sealed class RecordedConsole(SharedInput input, int mostBytes) : IHostConsole
{
    private const long StandardInput = 1;
    private readonly MemoryConsole _memory = new([]) { MostBytes = mostBytes };
    private int _position;

    /// <summary>What was written to standard output.</summary>
    public byte[] Output => _memory.Output;

    /// <summary>What was written to standard error.</summary>
    public byte[] Error => _memory.Error;

    /// <summary>Called when more was written than is kept.</summary>
    public Action? Overflowed
    {
        get => _memory.Overflowed;
        set => _memory.Overflowed = value;
    }

    public Result<int> Read(HostFileId stream, Span<byte> destination)
    {
        if (stream.Value != StandardInput)
            return Errno.EBADF;
        int count = input.Read(_position, destination);
        _position += count;
        return count;
    }

    public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source) => _memory.Write(stream, source);

    public PollEvents Poll(HostFileId stream, PollEvents interests) => _memory.Poll(stream, interests);

    public Result<NodeAttributes> Stat(HostFileId stream) => _memory.Stat(stream);

    public Result<long> Seek(HostFileId stream, long offset, int whence) => _memory.Seek(stream, offset, whence);

    public Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data) => _memory.TerminalSettings(stream, request, data);

    public bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size) => _memory.TryGetTerminalSize(stream, out size);
}
