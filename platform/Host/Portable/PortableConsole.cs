using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Platform.Host.Portable;

/// <summary>
/// The standard streams by the base library. Its reads wait, so a thread of its own reads ahead into one buffer from the first time
/// that standard input is asked for; writes wait for the host. Streams look like pipes, or like terminals where they are.
/// </summary>
internal sealed class PortableConsole : IHostConsole
{
    private readonly byte[] _buffer = new byte[4096];
    private Stream? _input;
    private Stream? _output;
    private Stream? _error;
    private int _start;
    private int _count;
    private bool _hasEnded;

    /// <summary>Is told, from the reading thread, when input has come.</summary>
    public event Action? InputReady;

    public Result<int> Read(HostFileId stream, Span<byte> destination)
    {
        if (stream.Value != 1)
            return Errno.EBADF;
        lock (_buffer)
        {
            StartReading();
            if (_count == 0)
                return _hasEnded ? 0 : Errno.EAGAIN;
            int length = Math.Min(_count, destination.Length);
            _buffer.AsSpan(_start, length).CopyTo(destination);
            _start += length;
            _count -= length;
            if (_count == 0)
                Monitor.PulseAll(_buffer);
            return length;
        }
    }

    public Result<int> Write(HostFileId stream, ReadOnlySpan<byte> source)
    {
        Stream target;
        switch (stream.Value)
        {
            case 2:
                target = _output ??= Console.OpenStandardOutput();
                break;
            case 3:
                target = _error ??= Console.OpenStandardError();
                break;
            default:
                return Errno.EBADF;
        }

        try
        {
            target.Write(source);
            target.Flush();
            return source.Length;
        }
        catch (IOException)
        {
            return Errno.EPIPE; // The base library says no more than that nobody reads.
        }
    }

    public PollEvents Poll(HostFileId stream, PollEvents interests)
    {
        if (stream.Value != 1)
            return stream.Value is 2 or 3 ? interests & (PollEvents.POLLOUT | PollEvents.POLLWRNORM) : PollEvents.POLLNVAL;
        lock (_buffer)
        {
            StartReading();
            return _count > 0 || _hasEnded ? interests & (PollEvents.POLLIN | PollEvents.POLLRDNORM) : PollEvents.None;
        }
    }

    public Result<NodeAttributes> Stat(HostFileId stream)
    {
        if (stream.Value is < 1 or > 3)
            return Errno.EBADF;
        bool isRedirected = stream.Value switch
        {
            1 => Console.IsInputRedirected,
            2 => Console.IsOutputRedirected,
            _ => Console.IsErrorRedirected,
        };
        return new NodeAttributes
        {
            Inode = (ulong)stream.Value,
            Kind = isRedirected ? FileKind.Fifo : FileKind.CharacterDevice,
            Permissions = 0x180, // 0600
            Links = 1,
            SpecialDevice = isRedirected ? 0 : 0x8800UL, // The first terminal of Unix 98, 136:0.
            BlockSize = 4096,
        };
    }

    public Result<long> Seek(HostFileId stream, long offset, int whence) => Errno.ESPIPE;

    public Errno TerminalSettings(HostFileId stream, uint request, Span<byte> data) => Errno.ENOTTY;

    public bool TryGetTerminalSize(HostFileId stream, out (int Columns, int Rows) size)
    {
        size = default;
        if (!Stat(stream).TryGet(out NodeAttributes attributes, out _) || attributes.Kind != FileKind.CharacterDevice || Console.IsOutputRedirected)
            return false;
        size = (Console.WindowWidth, Console.WindowHeight);
        return true;
    }

    private void StartReading()
    {
        if (_input is not null)
            return;
        _input = Console.OpenStandardInput();
        new Thread(ReadAhead) { IsBackground = true, Name = "standard input" }.Start();
    }

    private void ReadAhead()
    {
        var chunk = new byte[_buffer.Length];
        while (true)
        {
            int length;
            try
            {
                length = _input!.Read(chunk);
            }
            catch (IOException)
            {
                length = 0; // A stream that broke has no more to give: the guest sees its end.
            }

            lock (_buffer)
            {
                chunk.AsSpan(0, length).CopyTo(_buffer);
                _start = 0;
                _count = length;
                _hasEnded = length == 0;
            }

            InputReady?.Invoke();
            if (length == 0)
                return;
            lock (_buffer)
            {
                while (_count > 0)
                    Monitor.Wait(_buffer);
            }
        }
    }
}
