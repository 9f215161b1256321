using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>fcntl(2) and flock(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Fcntl(GuestTask task, Fd fd, int command, ulong argument)
    {
        if (!task.Descriptors.TryGet(fd.Number, out Descriptor descriptor))
            return Errno.EBADF;
        FileId file = descriptor.File;
        switch (command)
        {
            case F_DUPFD or F_DUPFD_CLOEXEC:
                if (argument >= DescriptorLimit(task) || argument > int.MaxValue)
                    return Errno.EINVAL;
                return Duplicate(task, fd, (int)argument, command == F_DUPFD_CLOEXEC);
            case F_GETFD:
                return descriptor.CloseOnExec ? (long)FD_CLOEXEC : 0;
            case F_SETFD:
                task.Descriptors.Set(fd.Number, descriptor with { CloseOnExec = (argument & FD_CLOEXEC) != 0 });
                return SysResult.Zero;
            case F_GETFL:
                return _control.Current.GetFlags(file).TryGet(out OpenFlags flags, out Errno error) ? (long)flags : error;
            case F_SETFL:
                return _control.Current.SetFlags(file, (OpenFlags)(uint)argument);
            case F_GETLK or F_OFD_GETLK:
                return GetLock(task, file, new UserPointer<Flock>(task, argument), command == F_OFD_GETLK);
            case F_SETLK or F_SETLKW or F_OFD_SETLK or F_OFD_SETLKW:
                return SetLock(file, new UserPointer<Flock>(task, argument), command is F_OFD_SETLK or F_OFD_SETLKW);
            case F_GETPIPE_SZ:
                return SysResult.From(_pipes.Current.Size(task, file, 0));
            case F_SETPIPE_SZ:
                return SysResult.From(_pipes.Current.Size(task, file, Math.Max(1, (uint)argument)));
            case F_ADD_SEALS:
                return (argument & ~(ulong)AllSeals) != 0 ? Errno.EINVAL : _memoryFiles.Current.AddSeals(file, (FileSeals)(uint)argument);
            case F_GET_SEALS:
                return _memoryFiles.Current.GetSeals(file).TryGet(out FileSeals seals, out error) ? (long)seals : error;
            case F_GETOWN or F_GETSIG:
                return SysResult.Zero;
            case F_SETOWN:
                return SysResult.Zero;
            case F_SETSIG:
                return argument > SignalNumbers.Count ? Errno.EINVAL : SysResult.Zero;
            default:
                return Errno.EINVAL;
        }
    }

    /// <summary>Locks of one process do not conflict with each other: a range is always free.</summary>
    private SysResult GetLock(GuestTask task, FileId file, UserPointer<Flock> pointer, bool isOpenFileLock)
    {
        if (!TryReadLock(file, pointer, isOpenFileLock, out Flock request, out SysResult stop))
            return stop;
        if (request.l_type == F_UNLCK && !isOpenFileLock)
            return Errno.EINVAL;
        request.l_type = (short)F_UNLCK;
        return pointer.TryWrite(in request, out stop) ? SysResult.Zero : stop;
    }

    private SysResult SetLock(FileId file, UserPointer<Flock> pointer, bool isOpenFileLock)
    {
        if (!TryReadLock(file, pointer, isOpenFileLock, out Flock request, out SysResult stop))
            return stop;
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out Errno error))
            return error;
        OpenFlags access = flags & OpenFlags.O_ACCMODE;
        return request.l_type switch
        {
            (short)F_RDLCK when access == OpenFlags.O_WRONLY => Errno.EBADF,
            (short)F_WRLCK when access == OpenFlags.O_RDONLY => Errno.EBADF,
            _ => SysResult.Zero,
        };
    }

    private bool TryReadLock(FileId file, UserPointer<Flock> pointer, bool isOpenFileLock, out Flock request, out SysResult stop)
    {
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

        stop = default;
        return true;
    }

    private SysResult Flock(GuestTask task, Fd fd, int operation)
    {
        if (!TryGetFile(task, fd, out _))
            return Errno.EBADF;
        return (operation & ~LOCK_NB) is LOCK_SH or LOCK_EX or LOCK_UN ? SysResult.Zero : Errno.EINVAL;
    }
}
