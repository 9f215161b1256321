using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>Pipes and fifos (pipe(7), fifo(7)). As everywhere nothing waits here: EAGAIN, and the caller waits for the file's key.</summary>
public interface IPipes
{
    /// <summary>Makes a pipe of <paramref name="capacity"/> bytes (whole pages): the read end and the write end, one reference each. <paramref name="flags"/> may hold O_NONBLOCK and O_DIRECT.</summary>
    Result<(FileId Read, FileId Write)> Create(GuestTask task, OpenFlags flags, int capacity);

    /// <summary>The size of a pipe's buffer in bytes, or a new one when <paramref name="newSize"/> is positive (F_GETPIPE_SZ, F_SETPIPE_SZ). EBADF for no pipe, EBUSY, EPERM, EINVAL.</summary>
    Result<int> Size(GuestTask task, FileId file, uint newSize);

    /// <summary>Whether the file is an end of a pipe.</summary>
    bool IsPipe(FileId file);

    /// <summary>Whether two files are ends of one pipe.</summary>
    bool IsSame(FileId first, FileId second);

    /// <summary>Whether a fifo just opened still lacks the other side, for which open(2) waits unless O_NONBLOCK is set. False for every other file.</summary>
    bool IsAwaitingPartner(FileId file);

    /// <summary>Copies unread bytes of a pipe without taking them (tee(2)). 0 at the end, EAGAIN when there may be more later.</summary>
    Result<int> Peek(FileId file, Span<byte> destination);

    /// <summary>How many bytes a pipe would take at least (splice(2)). EAGAIN when it is full, EPIPE without a reader.</summary>
    Result<int> Room(FileId file);
}
