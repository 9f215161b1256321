using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>
/// Open file descriptions by handle. Nothing here waits: what would have to answers EAGAIN, whether or not O_NONBLOCK is set, and
/// the caller waits on the key (<see cref="WaitKind.File"/>, the file's id), which is woken when the readiness changes (for a stream
/// of the host by the kernel's watch). Files whose readiness is somebody else's to say have another key: <see cref="IFileEvents.KeyOf"/>.
/// </summary>
public interface IOpenFiles
{
    /// <summary>
    /// Reads at the file's position, or at <paramref name="offset"/> when it is not negative (pread(2): ESPIPE on pipes). 0 at the end.
    /// <paramref name="task"/> is who reads, for files that answer each reader differently (signalfd(2), terminals); null for the kernel.
    /// </summary>
    Result<int> Read(FileId file, Span<byte> destination, long offset = -1, GuestTask? task = null);

    /// <summary>Writes at the file's position, or at <paramref name="offset"/>. EPIPE without a reader: the caller raises SIGPIPE.</summary>
    Result<int> Write(FileId file, ReadOnlySpan<byte> source, long offset = -1, GuestTask? task = null);

    /// <summary>Moves the position (lseek(2)): SEEK_SET 0, SEEK_CUR 1, SEEK_END 2, SEEK_DATA 3, SEEK_HOLE 4.</summary>
    Result<long> Seek(FileId file, long offset, int whence);

    /// <summary>The attributes of the file (fstat(2)).</summary>
    Result<NodeAttributes> Stat(FileId file);

    /// <summary>Gives directory entries from the position on, "." and ".." first, and moves the position past those taken (getdents64(2)).</summary>
    Errno ReadDirectory(FileId file, IDirectorySink sink);

    /// <summary>The readiness now, of the events asked for plus POLLERR and POLLHUP, as <paramref name="task"/> sees it.</summary>
    PollEvents Poll(FileId file, PollEvents interests, GuestTask? task = null);

    /// <summary>Adds a reference: a descriptor more (dup(2), fork(2)), a mapping, a working directory.</summary>
    void AddReference(FileId file);

    /// <summary>Drops a reference; the last one closes the file.</summary>
    void Release(FileId file);
}

/// <summary>What else can be asked of open files.</summary>
public interface IFileControl
{
    /// <summary>The status flags and access mode (F_GETFL).</summary>
    Result<OpenFlags> GetFlags(FileId file);

    /// <summary>Sets the status flags that can change: O_APPEND, O_DIRECT, O_NOATIME, O_NONBLOCK (F_SETFL); O_ASYNC is <see cref="IFileSignals"/>'s.</summary>
    Errno SetFlags(FileId file, OpenFlags flags);

    /// <summary>
    /// A device or pipe request (ioctl(2)); ENOTTY when the file knows no such request. The argument's bytes are copied in and
    /// out by the caller, by the size that the request has. <paramref name="task"/> is who asks.
    /// </summary>
    Result<long> Control(FileId file, uint request, ulong argument, Span<byte> data, GuestTask? task = null);

    /// <summary>Changes attributes (fchmod(2), fchown(2), ftruncate(2), futimens(3)), with Linux's rules for the task and the file's mode.</summary>
    Errno SetAttributes(GuestTask task, FileId file, in AttributeChange change);

    /// <summary>
    /// Moves what lies from a position on by <paramref name="distance"/> bytes: to its end, where zeros come in between, or, when that is negative,
    /// over the bytes before it, which go (fallocate(2), FALLOC_FL_INSERT_RANGE and FALLOC_FL_COLLAPSE_RANGE). The range has been checked.
    /// </summary>
    Errno MoveContent(GuestTask task, FileId file, long offset, long distance) => Errno.EOPNOTSUPP;

    /// <summary>Makes pages of a file a hole, for its mappings too (madvise(2), MADV_REMOVE; fallocate(2), FALLOC_FL_PUNCH_HOLE); <paramref name="end"/> is exclusive. EOPNOTSUPP where the file system has no holes.</summary>
    Errno PunchHole(FileId file, long first, long end) => Errno.EOPNOTSUPP;

    /// <summary>Makes written data durable (fsync(2), fdatasync(2)). EINVAL for what cannot.</summary>
    Errno Synchronize(FileId file);
}
