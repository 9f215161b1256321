using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>utimensat(2), utimes(2), futimesat(2), utime(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const long UTIME_NOW = 0x3FFF_FFFF;
    private const long UTIME_OMIT = 0x3FFF_FFFE;

    private SysResult Utimensat(GuestTask task, Fd dirfd, UserString path, ulong times, int flags)
    {
        var now = new Timespec { tv_nsec = UTIME_NOW };
        Timespec access = now;
        Timespec modify = now;
        if (times != 0)
        {
            var pointer = new UserPointer<Timespec>(task, times);
            if (!pointer.TryRead(out access, out SysResult stop) || !pointer.At(1).TryRead(out modify, out stop))
                return stop;
            if (access.tv_nsec == UTIME_OMIT && modify.tv_nsec == UTIME_OMIT)
                return SysResult.Zero;
        }

        if (!IsValidFileTime(in access) || !IsValidFileTime(in modify))
            return Errno.EINVAL;
        if (path.Address == 0 && dirfd.Number != Fd.AT_FDCWD)
            return flags != 0 ? Errno.EINVAL : ChangeFile(task, dirfd, TimeChange(in access, in modify));
        if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0)
            return Errno.EINVAL;
        return ChangeAt(task, dirfd, path, ToWalkFlags(flags), TimeChange(in access, in modify));
    }

    private SysResult Futimesat(GuestTask task, Fd dirfd, UserString path, ulong times)
    {
        var now = new Timespec { tv_nsec = UTIME_NOW };
        Timespec access = now;
        Timespec modify = now;
        if (times != 0)
        {
            var pointer = new UserPointer<Timeval>(task, times);
            if (!pointer.TryRead(out Timeval first, out SysResult stop) || !pointer.At(1).TryRead(out Timeval second, out stop))
                return stop;
            // Microseconds out of range cannot be carried into the calls above: 1,000,000 times 1000 might be UTIME_NOW.
            if ((ulong)first.tv_usec >= 1_000_000 || (ulong)second.tv_usec >= 1_000_000)
                return Errno.EINVAL;
            access = new Timespec { tv_sec = first.tv_sec, tv_nsec = first.tv_usec * 1000 };
            modify = new Timespec { tv_sec = second.tv_sec, tv_nsec = second.tv_usec * 1000 };
        }

        if (path.Address == 0 && dirfd.Number != Fd.AT_FDCWD)
            return ChangeFile(task, dirfd, TimeChange(in access, in modify));
        return ChangeAt(task, dirfd, path, WalkFlags.None, TimeChange(in access, in modify));
    }

    private SysResult Utimes(GuestTask task, UserString path, ulong times) => Futimesat(task, WorkingDirectory, path, times);

    private SysResult Utime(GuestTask task, UserString path, UserPointer<Utimbuf> times)
    {
        var access = new Timespec { tv_nsec = UTIME_NOW };
        Timespec modify = access;
        if (!times.IsNull)
        {
            if (!times.TryRead(out Utimbuf wanted, out SysResult stop))
                return stop;
            access = new Timespec { tv_sec = wanted.actime };
            modify = new Timespec { tv_sec = wanted.modtime };
        }

        return ChangeAt(task, WorkingDirectory, path, WalkFlags.None, TimeChange(in access, in modify));
    }

    private static bool IsValidFileTime(in Timespec time) =>
        time.tv_nsec is UTIME_NOW or UTIME_OMIT || (ulong)time.tv_nsec < NanosecondsPerSecond;

    // What becomes the present is left to the VFS: write permission is enough for that.
    private static AttributeChange TimeChange(in Timespec access, in Timespec modify) => new()
    {
        AccessTime = ToFileTime(in access),
        ModifyTime = ToFileTime(in modify),
        AccessTimeNow = access.tv_nsec == UTIME_NOW,
        ModifyTimeNow = modify.tv_nsec == UTIME_NOW,
    };

    private static FileTime? ToFileTime(in Timespec time) =>
        time.tv_nsec is UTIME_NOW or UTIME_OMIT ? null : new FileTime(time.tv_sec, (int)time.tv_nsec);
}
