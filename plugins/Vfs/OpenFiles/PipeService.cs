using System.Numerics;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>Pipes for the calls that know that they deal with one.</summary>
internal sealed class PipeService : IPipes
{
    /// <summary>/proc/sys/fs/pipe-max-size: what anybody may ask for.</summary>
    private const uint MostCapacity = 1 << 20;

    /// <summary>What root may ask for: Linux's limit is memory, this one keeps a ring within bounds.</summary>
    private const uint MostPrivilegedCapacity = 1 << 26;

    private readonly VfsCore _core;

    public PipeService(VfsCore core) => _core = core;

    public Result<(FileId Read, FileId Write)> Create(GuestTask task, OpenFlags flags, int capacity)
    {
        const OpenFlags Kept = OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT;
        OpenFile? reader = _core.NewFile(_core.Pipes, OpenFlags.O_RDONLY | (flags & OpenFlags.O_NONBLOCK));
        OpenFile? writer = _core.NewFile(_core.Pipes, OpenFlags.O_WRONLY | (flags & Kept));
        if (reader is null || writer is null)
        {
            if (reader is not null)
                _core.Files.Remove(reader);
            return Errno.ENFILE;
        }

        Pipe pipe = _core.Pipes.Create(capacity, task.Credentials.FileSystemUser, task.Credentials.FileSystemGroup);
        _core.Pipes.Attach(reader, pipe);
        _core.Pipes.Attach(writer, pipe);
        return (reader.Id, writer.Id);
    }

    public Result<int> Size(GuestTask task, FileId id, uint newSize)
    {
        if (PipeOf(id) is not { } pipe)
            return Errno.EBADF;
        if (newSize == 0)
            return pipe.Capacity;
        if (newSize > 1u << 31)
            return Errno.EINVAL;
        uint size = Math.Max(Pipe.PageSize, BitOperations.RoundUpToPowerOf2(newSize));
        if (size > pipe.Capacity && size > (task.Credentials.IsPrivileged ? MostPrivilegedCapacity : MostCapacity))
            return Errno.EPERM;
        bool wasFull = pipe.IsFull;
        Errno error = pipe.Resize((int)(size / Pipe.PageSize));
        if (error != Errno.None)
            return error;
        if (wasFull && !pipe.IsFull)
            PipeDriver.Wake(_core.Wakes, pipe.Writers, PollEvents.POLLOUT | PollEvents.POLLWRNORM);
        return pipe.Capacity;
    }

    public bool IsPipe(FileId file) => PipeOf(file) is not null;

    public bool IsSame(FileId first, FileId second) => PipeOf(first) is { } pipe && pipe == PipeOf(second);

    public bool IsAwaitingPartner(FileId id)
    {
        // An unnamed pipe that is opened through /proc/PID/fd never waits: fifo(7) speaks of names alone.
        if (_core.Files.Find(id) is not { Pipe: { } pipe } file || file.CanRead == file.CanWrite || pipe.Mount is null)
            return false;
        return file.CanRead
            ? pipe.Writers.Count == 0 && pipe.Opened.Writers == file.PartnersBefore
            : pipe.Readers.Count == 0 && pipe.Opened.Readers == file.PartnersBefore;
    }

    public Result<int> Peek(FileId id, Span<byte> destination)
    {
        if (_core.Files.Find(id) is not { Pipe: { } pipe, CanRead: true })
            return Errno.EBADF;
        if (pipe.IsEmpty)
            return pipe.Writers.Count == 0 ? 0 : Errno.EAGAIN;
        return pipe.Peek(destination);
    }

    public Result<int> Room(FileId id)
    {
        if (_core.Files.Find(id) is not { Pipe: { } pipe, CanWrite: true })
            return Errno.EBADF;
        if (pipe.Readers.Count == 0)
            return Errno.EPIPE;
        int room = (pipe.SlotCount - pipe.UsedSlots) * Pipe.PageSize;
        return room > 0 ? room : Errno.EAGAIN;
    }

    private Pipe? PipeOf(FileId id) => _core.Files.Find(id) is { } file && (file.Flags & OpenFlags.O_PATH) == 0 ? file.Pipe : null;
}
