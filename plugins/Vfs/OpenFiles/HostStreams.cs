using System.Buffers.Binary;
using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>
/// The host's standard streams, as descriptors of the first process and as /dev/tty and /dev/console. The kernel watches the host's
/// handle while a task waits for such a file. The terminal's settings are the host's; its foreground process group is the machine's own.
/// </summary>
internal sealed class HostStreamDriver : FileDriver
{
    private const uint TCGETS = 0x5401;
    private const uint TCSETSF = 0x5404;
    private const uint TCSBRK = 0x5409;
    private const uint TCXONC = 0x540A;
    private const uint TCFLSH = 0x540B;
    private const uint TIOCSCTTY = 0x540E;
    private const uint TIOCGPGRP = 0x540F;
    private const uint TIOCSPGRP = 0x5410;
    private const uint TIOCGWINSZ = 0x5413;
    private const uint TIOCSWINSZ = 0x5414;
    private const uint TIOCNOTTY = 0x5422;
    private const uint TCSBRKP = 0x5425;
    private const uint TIOCGSID = 0x5429;

    private readonly IHostConsole _console;
    private readonly IWaitQueues _waits;
    private readonly bool _isDeterministic;

    public HostStreamDriver(IHostConsole console, IWaitQueues waits, bool isDeterministic)
    {
        _console = console;
        _waits = waits;
        _isDeterministic = isDeterministic;
    }

    public override OpenFileKind Kind => OpenFileKind.HostStream;

    /// <summary>tcsetpgrp(3); 0 before the first.</summary>
    public int ForegroundProcessGroup { get; set; }

    /// <summary>The first of the streams that is a terminal; none when no one is.</summary>
    public HostFileId FindTerminal()
    {
        for (int id = 1; id <= 3; id++)
        {
            if (IsTerminal(new HostFileId(id)))
                return new HostFileId(id);
        }

        return default;
    }

    public void Attach(OpenFile file, HostFileId stream)
    {
        file.Stream = stream;
        var key = new WaitKey(WaitKind.File, (ulong)file.Id.Value);
        _waits.Unwatch(key); // After a swap the kernel still has the predecessor's.
        _waits.Watch(key, stream);
    }

    public override bool CanPoll(OpenFile file) =>
        !_console.Stat(file.Stream).TryGet(out NodeAttributes attributes, out _) || attributes.Kind is not (FileKind.Regular or FileKind.Directory);

    public override void AddHostHandles(OpenFile file, List<HostFileId> handles) => handles.Add(file.Stream);

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        file.Reads++;
        if (offset < 0)
            return _console.Read(file.Stream, destination);

        // The host's streams have no read at a position: move there and back.
        if (!_console.Seek(file.Stream, 0, 1).TryGet(out long before, out Errno error)
            || !_console.Seek(file.Stream, offset, 0).TryGet(out _, out error))
        {
            return error;
        }

        Result<int> result = _console.Read(file.Stream, destination);
        return _console.Seek(file.Stream, before, 0).TryGet(out _, out error) ? result : error;
    }

    public override Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task)
    {
        if (offset < 0)
            return _console.Write(file.Stream, source);
        if (!_console.Seek(file.Stream, 0, 1).TryGet(out long before, out Errno error)
            || !_console.Seek(file.Stream, offset, 0).TryGet(out _, out error))
        {
            return error;
        }

        Result<int> result = _console.Write(file.Stream, source);
        return _console.Seek(file.Stream, before, 0).TryGet(out _, out error) ? result : error;
    }

    public override Result<long> Seek(OpenFile file, long offset, int whence) => _console.Seek(file.Stream, offset, whence);

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        // A deterministic machine must not depend on how fast the host's input comes: a read then waits for it.
        if (_isDeterministic)
            return base.Poll(file, interests, task);
        return _console.Poll(file.Stream, interests);
    }

    public override Result<NodeAttributes> Stat(OpenFile file)
    {
        if (file.Mount is not null)
            return base.Stat(file);
        if (!_console.Stat(file.Stream).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        return _isDeterministic
            ? new NodeAttributes
            {
                Device = 1,
                Inode = (ulong)file.Stream.Value,
                Kind = attributes.Kind,
                Permissions = 0x180,
                Links = 1,
                SpecialDevice = attributes.SpecialDevice,
                Size = attributes.Kind == FileKind.Regular ? attributes.Size : 0,
                BlockSize = attributes.BlockSize,
            }
            : attributes;
    }

    public override Errno Synchronize(OpenFile file) =>
        Stat(file).TryGet(out NodeAttributes attributes, out Errno error)
            ? attributes.Kind == FileKind.Regular ? Errno.None : Errno.EINVAL
            : error;

    public override Result<long> Control(OpenFile file, uint request, ulong argument, Span<byte> data, GuestTask? task)
    {
        if (request == RegularFileDriver.FIONREAD && data.Length >= 4)
        {
            // The host says whether there is something, not how much: one byte is what a reader may count on.
            bool isReady = (_console.Poll(file.Stream, PollEvents.POLLIN) & PollEvents.POLLIN) != 0;
            BinaryPrimitives.WriteInt32LittleEndian(data, isReady ? 1 : 0);
            return 0;
        }

        if (!IsTerminal(file.Stream))
            return Errno.ENOTTY;
        switch (request)
        {
            case >= TCGETS and <= TCSETSF:
                Errno error = _console.TerminalSettings(file.Stream, request, data);
                return error == Errno.None ? 0L : error;
            case TIOCGWINSZ when data.Length >= 8:
                _console.TryGetTerminalSize(file.Stream, out (int Columns, int Rows) size);
                data[..8].Clear();
                BinaryPrimitives.WriteUInt16LittleEndian(data, (ushort)size.Rows);
                BinaryPrimitives.WriteUInt16LittleEndian(data[2..], (ushort)size.Columns);
                return 0;
            case TIOCGPGRP or TIOCGSID when data.Length >= 4:
                BinaryPrimitives.WriteInt32LittleEndian(data, ForegroundProcessGroup != 0 ? ForegroundProcessGroup : task?.Group.ProcessGroup ?? 0);
                return 0;
            case TIOCSPGRP when data.Length >= 4:
                ForegroundProcessGroup = BinaryPrimitives.ReadInt32LittleEndian(data);
                return 0;
            case TCSBRK or TCSBRKP or TCXONC or TCFLSH or TIOCSCTTY or TIOCNOTTY or TIOCSWINSZ:
                return 0; // Nothing is buffered here, and the window is the host's.
            default:
                return Errno.ENOTTY;
        }
    }

    public override void Close(OpenFile file)
    {
        _waits.Unwatch(new WaitKey(WaitKind.File, (ulong)file.Id.Value));
        file.Mount?.Content?.Close(file.Node);
    }

    private bool IsTerminal(HostFileId stream) => _console.TryGetTerminalSize(stream, out _);
}
