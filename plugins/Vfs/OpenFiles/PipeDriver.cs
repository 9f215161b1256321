using System.Buffers.Binary;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>
/// Pipes and fifos (pipe(7), fifo(7)). Opening a fifo does not wait for the other side, as no call into the VFS waits; instead the first
/// read waits until there has been a writer, and the first write until there has been a reader. A program sees the same bytes and ends.
/// </summary>
internal sealed class PipeDriver : FileDriver
{
    /// <summary>PIPE_BUF: writes up to this size are not torn.</summary>
    private const int AtomicSize = 4096;

    /// <summary>/proc/sys/fs/pipe-max-size.</summary>
    private const int MostCapacity = 1 << 20;

    private const int DefaultCapacity = 65536;

    /// <summary>The st_dev of pipes without a name.</summary>
    private const ulong PipeDevice = 14;

    private readonly IWaitQueues _waits;
    private readonly TreeClock _clock;
    private readonly List<Pipe> _pipes = [];

    public PipeDriver(IWaitQueues waits, TreeClock clock)
    {
        _waits = waits;
        _clock = clock;
    }

    public override OpenFileKind Kind => OpenFileKind.Pipe;

    public ulong NextInode { get; set; } = 1;

    /// <summary>The pipes that have an open end.</summary>
    public List<Pipe> Pipes => _pipes;

    public Pipe Create(int capacity, uint user, uint group)
    {
        var pipe = new Pipe
        {
            Inode = NextInode++,
            Capacity = capacity,
            HadReader = true,
            HadWriter = true,
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
        foreach (Pipe pipe in _pipes)
        {
            if (pipe.Mount == mount && pipe.Node == node)
                return pipe;
        }

        var made = new Pipe { Inode = NextInode++, Capacity = DefaultCapacity, Mount = mount, Node = node, Time = _clock.Now };
        _pipes.Add(made);
        return made;
    }

    /// <summary>Adds an open file to a pipe's ends.</summary>
    public void Attach(OpenFile file, Pipe pipe)
    {
        file.Pipe = pipe;
        if (file.CanRead)
        {
            pipe.Readers.Add(file);
            pipe.HadReader = true;
            Wake(pipe.Writers);
        }

        if (file.CanWrite)
        {
            pipe.Writers.Add(file);
            pipe.HadWriter = true;
            Wake(pipe.Readers);
        }
    }

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        Pipe pipe = file.Pipe!;
        if (destination.IsEmpty)
            return 0;
        if (pipe.Count == 0)
            return pipe.Writers.Count == 0 && (pipe.HadWriter || (file.Flags & OpenFlags.O_NONBLOCK) != 0) ? 0 : Errno.EAGAIN;
        int count = pipe.Take(destination);
        Wake(pipe.Writers);
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
            return pipe.HadReader ? Errno.EPIPE : Errno.EAGAIN;
        int free = pipe.Free;
        if (free == 0 || (source.Length <= AtomicSize && free < source.Length))
            return Errno.EAGAIN;
        int count = pipe.Put(source);
        Wake(pipe.Readers);
        return count;
    }

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        Pipe pipe = file.Pipe!;
        PollEvents ready = PollEvents.None;
        if (file.CanRead)
        {
            if (pipe.Count > 0)
                ready |= PollEvents.POLLIN | PollEvents.POLLRDNORM;
            if (pipe.Writers.Count == 0 && pipe.HadWriter)
                ready |= PollEvents.POLLHUP;
        }

        if (file.CanWrite)
        {
            if (pipe.Free >= Math.Min(AtomicSize, pipe.Capacity))
                ready |= PollEvents.POLLOUT | PollEvents.POLLWRNORM;
            if (pipe.Readers.Count == 0 && pipe.HadReader)
                ready |= PollEvents.POLLERR;
        }

        return ready & (interests | PollEvents.POLLERR | PollEvents.POLLHUP);
    }

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
            BlockSize = AtomicSize,
            AccessTime = pipe.Time,
            ModifyTime = pipe.Time,
            ChangeTime = pipe.Time,
        };
    }

    public override void Close(OpenFile file)
    {
        Pipe pipe = file.Pipe!;
        if (pipe.Readers.Remove(file) && pipe.Readers.Count == 0)
            Wake(pipe.Writers);
        if (pipe.Writers.Remove(file) && pipe.Writers.Count == 0)
            Wake(pipe.Readers);
        if (pipe.Readers.Count == 0 && pipe.Writers.Count == 0)
            _pipes.Remove(pipe);
        file.Mount?.Content?.Close(file.Node);
    }

    /// <summary>The capacity, or a new one (F_SETPIPE_SZ): a power of two of pages.</summary>
    public static Result<int> Resize(Pipe pipe, int newSize)
    {
        if (newSize <= 0)
            return pipe.Capacity;
        if (newSize > MostCapacity)
            return Errno.EPERM;
        int capacity = Math.Max(AtomicSize, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)newSize));
        Errno error = pipe.SetCapacity(capacity);
        return error == Errno.None ? capacity : error;
    }

    private void Wake(List<OpenFile> files)
    {
        foreach (OpenFile file in files)
            _waits.Wake(new WaitKey(WaitKind.File, (ulong)file.Id.Value));
    }
}
