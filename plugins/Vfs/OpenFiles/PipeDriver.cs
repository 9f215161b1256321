using System.Buffers.Binary;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles.Signals;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>
/// Pipes and fifos (pipe(7), fifo(7)) as open files. Opening a fifo does not wait here, as no call into the VFS does: the file is
/// attached, and <see cref="PipeService.IsAwaitingPartner"/> says whether the caller has to wait.
/// </summary>
internal sealed class PipeDriver : FileDriver
{
    private const int DefaultCapacity = 65536;

    /// <summary>The st_dev of pipes without a name.</summary>
    private const ulong PipeDevice = 14;

    private readonly FileWakes _wakes;
    private readonly TreeClock _clock;
    private readonly PlainList<Pipe> _pipes = new();

    public PipeDriver(FileWakes wakes, TreeClock clock)
    {
        _wakes = wakes;
        _clock = clock;
    }

    public override OpenFileKind Kind => OpenFileKind.Pipe;

    public ulong NextInode { get; set; } = 1;

    /// <summary>The pipes that have an open end.</summary>
    public PlainList<Pipe> Pipes => _pipes;

    public Pipe Create(int capacity, uint user, uint group)
    {
        var pipe = new Pipe(capacity)
        {
            Inode = NextInode++,
            Time = _clock.Now,
            User = user,
            Group = group,
        };
        _pipes.Add(pipe);
        return pipe;
    }

    /// <summary>The pipe behind a fifo's node.</summary>
    public Pipe OfFifo(Mount mount, NodeId node)
    {
        if (FindFifo(mount, node) is { } found)
            return found;
        var made = new Pipe(DefaultCapacity) { Inode = NextInode++, Mount = mount, Node = node, Time = _clock.Now };
        _pipes.Add(made);
        return made;
    }

    /// <summary>The pipe behind a fifo's node, when anybody has it open.</summary>
    public Pipe? FindFifo(Mount mount, NodeId node)
    {
        foreach (Pipe pipe in _pipes)
        {
            if (pipe.Mount == mount && pipe.Node == node)
                return pipe;
        }

        return null;
    }

    /// <summary>Adds an open file to a pipe's ends. It remembers how often the other side had been opened before.</summary>
    public void Attach(OpenFile file, Pipe pipe)
    {
        file.Pipe = pipe;
        (int readers, int writers) = pipe.Opened;
        file.PartnersBefore = file.CanRead ? writers : readers;
        pipe.Opened = (readers + (file.CanRead ? 1 : 0), writers + (file.CanWrite ? 1 : 0));
        if (file.CanRead)
        {
            pipe.Readers.Add(file);
            Wake(pipe.Writers, PollEvents.POLLOUT);
        }

        if (file.CanWrite)
        {
            pipe.Writers.Add(file);
            Wake(pipe.Readers, PollEvents.POLLIN);
        }
    }

    public override bool CanPoll(OpenFile file) => true;

    // Packets (O_DIRECT) are written and read one at a time.
    public override TransferKind TransferOf(OpenFile file, bool isWrite)
    {
        bool isPacket = isWrite ? (file.Flags & OpenFlags.O_DIRECT) != 0 : file.Pipe is { IsEmpty: false } pipe && pipe.At(0).IsPacket;
        return isPacket ? TransferKind.Whole : TransferKind.Stream;
    }

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        Pipe pipe = file.Pipe!;
        if (destination.IsEmpty)
            return 0;
        if (pipe.IsEmpty)
        {
            // Linux tells the writers after every read that does not wait, whatever came of it (pipe_read).
            if (pipe.Writers.Count > 0 && DoesNotWait(file))
                _wakes.Signals.Tell(pipe.Writers, FileBand.Output);
            return pipe.Writers.Count == 0 ? 0 : Errno.EAGAIN;
        }

        bool wasFull = pipe.IsFull;
        int count = pipe.Take(destination);
        if (wasFull && !pipe.IsFull)
            Wake(pipe.Writers, PollEvents.POLLOUT | PollEvents.POLLWRNORM);
        _wakes.Signals.Tell(pipe.Writers, FileBand.Output);
        return count;
    }

    public override Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        Pipe pipe = file.Pipe!;
        if (source.IsEmpty)
            return 0; // before anything else, a pipe without readers included (pipe_write)
        if (pipe.Readers.Count == 0)
            return Errno.EPIPE;
        int count = pipe.Put(source, (file.Flags & OpenFlags.O_DIRECT) != 0);
        if (count > 0)
            Wake(pipe.Readers, PollEvents.POLLIN | PollEvents.POLLRDNORM);
        if (count > 0 || DoesNotWait(file))
            _wakes.Signals.Tell(pipe.Readers, FileBand.Input);
        return count > 0 ? count : Errno.EAGAIN;
    }

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        Pipe pipe = file.Pipe!;
        PollEvents ready = PollEvents.None;
        if (file.CanRead)
        {
            if (!pipe.IsEmpty)
                ready |= PollEvents.POLLIN | PollEvents.POLLRDNORM;
            if (pipe.Writers.Count == 0 && pipe.Opened.Writers != file.PartnersBefore)
                ready |= PollEvents.POLLHUP;
        }

        if (file.CanWrite)
        {
            if (!pipe.IsFull)
                ready |= PollEvents.POLLOUT | PollEvents.POLLWRNORM;
            if (pipe.Readers.Count == 0)
                ready |= PollEvents.POLLERR;
        }

        return ready & (interests | PollEvents.POLLERR | PollEvents.POLLHUP);
    }

    public override Result<FileOwner> SendsSignals(OpenFile file) => default(FileOwner);

    public override Result<long> Control(OpenFile file, uint request, ulong argument, Span<byte> data, GuestTask? task)
    {
        if (request != RegularFileDriver.FIONREAD || data.Length < 4)
            return Errno.ENOTTY;
        BinaryPrimitives.WriteInt32LittleEndian(data, file.Pipe!.Count);
        return 0;
    }

    public override Result<NodeAttributes> Stat(OpenFile file)
    {
        if (file.Mount is not null)
            return base.Stat(file);
        Pipe pipe = file.Pipe!;
        return new NodeAttributes
        {
            Device = PipeDevice,
            Inode = pipe.Inode,
            Kind = FileKind.Fifo,
            Permissions = 0x180,
            Links = 1,
            User = pipe.User,
            Group = pipe.Group,
            BlockSize = Pipe.PageSize,
            AccessTime = pipe.Time,
            ModifyTime = pipe.Time,
            ChangeTime = pipe.Time,
        };
    }

    public override void Close(OpenFile file)
    {
        Pipe pipe = file.Pipe!;
        if (pipe.Readers.Remove(file) && pipe.Readers.Count == 0)
            Wake(pipe.Writers, PollEvents.POLLERR | PollEvents.POLLOUT);
        if (pipe.Writers.Remove(file) && pipe.Writers.Count == 0)
            Wake(pipe.Readers, PollEvents.POLLHUP | PollEvents.POLLIN);
        if (pipe.Readers.Count == 0 != (pipe.Writers.Count == 0))
        {
            _wakes.Signals.Tell(pipe.Readers, FileBand.Input);
            _wakes.Signals.Tell(pipe.Writers, FileBand.Output);
        }

        if (pipe.Readers.Count == 0 && pipe.Writers.Count == 0)
            _pipes.Remove(pipe);
        file.Mount?.Content?.Close(file.Node);
    }

    /// <summary>Tells one side of a pipe that it became ready.</summary>
    public static void Wake(FileWakes wakes, PlainList<OpenFile> files, PollEvents became)
    {
        for (int i = 0; i < files.Count; i++)
            wakes.Wake(files[i], became);
    }

    private static bool DoesNotWait(OpenFile file) => (file.Flags & OpenFlags.O_NONBLOCK) != 0;

    private void Wake(PlainList<OpenFile> files, PollEvents became) => Wake(_wakes, files, became);
}
