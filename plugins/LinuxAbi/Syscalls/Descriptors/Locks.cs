using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>flock(2), and the locks of fcntl(2): records of processes and of open files.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Flock(GuestTask task, Fd fd, int operation)
    {
        int what = operation & ~LOCK_NB;
        if (what is not (LOCK_SH or LOCK_EX or LOCK_UN))
            return Errno.EINVAL;
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out Errno error))
            return error;
        if ((flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        var wanted = new FileLock(LockKind.Whole, what == LOCK_EX, 0, long.MaxValue);
        return what == LOCK_UN ? _locks.Current.Unlock(task, file, in wanted) : TakeLock(task, file, in wanted, (operation & LOCK_NB) == 0);
    }

    private SysResult TakeLock(GuestTask task, FileId file, in FileLock wanted, bool wait)
    {
        Errno error = _locks.Current.Lock(task, file, in wanted, wait);
        if (error != Errno.EAGAIN || !wait)
            return error;
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        return SysResult.Wait(task.Wait.Begin(InterruptKind.Restartable).On(_locks.Current.KeyOf(file)));
    }

    private SysResult GetLock(GuestTask task, FileId file, UserPointer<Flock> pointer, bool isOpenFileLock)
    {
        if (!TryReadLock(task, file, pointer, isOpenFileLock, out Flock request, out FileLock wanted, out SysResult stop))
            return stop;
        if (request.l_type == F_UNLCK)
            return Errno.EINVAL;
        if (_locks.Current.TryFindConflict(task, file, in wanted, out FileLock found))
        {
            request.l_type = (short)(found.IsExclusive ? F_WRLCK : F_RDLCK);
            request.l_whence = (short)SEEK_SET;
            request.l_start = found.Start;
            request.l_len = found.End == long.MaxValue ? 0 : found.End - found.Start + 1;
            request.l_pid = found.Pid;
        }
        else
        {
            request.l_type = (short)F_UNLCK;
        }

        return pointer.TryWrite(in request, out stop) ? SysResult.Zero : stop;
    }

    private SysResult SetLock(GuestTask task, FileId file, UserPointer<Flock> pointer, bool isOpenFileLock, bool wait)
    {
        if (!TryReadLock(task, file, pointer, isOpenFileLock, out Flock request, out FileLock wanted, out SysResult stop))
            return stop;
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out Errno error))
            return error;
        OpenFlags access = flags & OpenFlags.O_ACCMODE;
        return request.l_type switch
        {
            (short)F_RDLCK when access == OpenFlags.O_WRONLY => Errno.EBADF,
            (short)F_WRLCK when access == OpenFlags.O_RDONLY => Errno.EBADF,
            (short)F_UNLCK => _locks.Current.Unlock(task, file, in wanted),
            _ => TakeLock(task, file, in wanted, wait),
        };
    }

    private bool TryReadLock(
        GuestTask task, FileId file, UserPointer<Flock> pointer, bool isOpenFileLock, out Flock request, out FileLock wanted, out SysResult stop)
    {
        wanted = default;
        if (!pointer.TryRead(out request, out stop))
            return false;
        stop = Errno.EINVAL;
        if (isOpenFileLock && request.l_pid != 0)
            return false;
        if (request.l_type is not ((short)F_RDLCK or (short)F_WRLCK or (short)F_UNLCK))
            return false;
        long origin;
        switch (request.l_whence)
        {
            case SEEK_SET:
                origin = 0;
                break;
            case SEEK_CUR:
                origin = _files.Current.Seek(file, 0, SEEK_CUR).ValueOrDefault;
                break;
            case SEEK_END:
                origin = _files.Current.Stat(file).ValueOrDefault.Size;
                break;
            default:
                return false;
        }

        if (request.l_start > long.MaxValue - origin)
        {
            stop = Errno.EOVERFLOW;
            return false;
        }

        long start = origin + request.l_start;
        if (start < 0 || (request.l_len < 0 && start + request.l_len < 0))
            return false;
        if (request.l_len > 0 && request.l_len - 1 > long.MaxValue - start)
        {
            stop = Errno.EOVERFLOW;
            return false;
        }

        // A negative length is what lies before the start.
        long end = request.l_len > 0 ? start + request.l_len - 1 : request.l_len == 0 ? long.MaxValue : start - 1;
        if (request.l_len < 0)
            start += request.l_len;
        wanted = new FileLock(isOpenFileLock ? LockKind.OpenFileRecord : LockKind.Record, request.l_type == F_WRLCK, start, end);
        stop = default;
        return true;
    }
}
