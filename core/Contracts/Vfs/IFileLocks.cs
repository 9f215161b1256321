using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>The kinds of advisory locks. Those of flock(2) know nothing of the others.</summary>
public enum LockKind : byte
{
    /// <summary>flock(2): the whole file, owned by the open file.</summary>
    Whole,

    /// <summary>fcntl(2), F_SETLK: a range, owned by the process, or whoever shares its descriptors.</summary>
    Record,

    /// <summary>fcntl(2), F_OFD_SETLK: a range, owned by the open file.</summary>
    OpenFileRecord,
}

/// <summary>What is to be locked, or is.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="IsExclusive">Whether nobody else may lock it (F_WRLCK, LOCK_EX), or all may who share it.</param>
/// <param name="Start">The first byte.</param>
/// <param name="End">The last byte; <see cref="long.MaxValue"/> for all that follow.</param>
/// <param name="Pid">The process that holds it; -1 for locks of open files. Not looked at in requests.</param>
public readonly record struct FileLock(LockKind Kind, bool IsExclusive, long Start, long End, int Pid = 0);

/// <summary>Advisory locks (flock(2), fcntl(2)). They go with their owner: records when the process closes any descriptor of the file, the others with the open file.</summary>
public interface IFileLocks
{
    /// <summary>
    /// Locks. EAGAIN when somebody else's lock is in the way; when the caller means to wait for it (<paramref name="willWait"/>), on
    /// <see cref="KeyOf"/>, EDEADLK if that could never end.
    /// </summary>
    Errno Lock(GuestTask task, FileId file, in FileLock wanted, bool willWait);

    /// <summary>Unlocks what of the range the owner has locked.</summary>
    Errno Unlock(GuestTask task, FileId file, in FileLock range);

    /// <summary>The lock that would be in the way; false when there is none.</summary>
    bool TryFindConflict(GuestTask task, FileId file, in FileLock wanted, out FileLock found);

    /// <summary>The key that is woken when a lock of the file is released.</summary>
    WaitKey KeyOf(FileId file);
}
