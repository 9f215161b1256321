using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>chmod(2), chown(2), truncate(2) and their kin, umask(2). Who may is the VFS's to say.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Chmod(GuestTask task, UserString path, uint mode) => Fchmodat(task, WorkingDirectory, path, mode);

    private SysResult Fchmodat(GuestTask task, Fd dirfd, UserString path, uint mode) =>
        ChangeAt(task, dirfd, path, WalkFlags.None, new AttributeChange { Permissions = mode & PermissionBits });

    private SysResult Fchmod(GuestTask task, Fd fd, uint mode) =>
        ChangeFile(task, fd, new AttributeChange { Permissions = mode & PermissionBits });

    private SysResult Chown(GuestTask task, UserString path, uint owner, uint group) => Fchownat(task, WorkingDirectory, path, owner, group, 0);

    private SysResult Lchown(GuestTask task, UserString path, uint owner, uint group) =>
        Fchownat(task, WorkingDirectory, path, owner, group, AT_SYMLINK_NOFOLLOW);

    private SysResult Fchownat(GuestTask task, Fd dirfd, UserString path, uint owner, uint group, int flags) =>
        (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0
            ? Errno.EINVAL
            : ChangeAt(task, dirfd, path, ToWalkFlags(flags), OwnerChange(owner, group));

    private SysResult Fchown(GuestTask task, Fd fd, uint owner, uint group) => ChangeFile(task, fd, OwnerChange(owner, group));

    private SysResult Truncate(GuestTask task, UserString path, long length)
    {
        const uint W_OK = 2;
        if (length < 0)
            return Errno.EINVAL;
        if (!TryGetPath(task, WorkingDirectory, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        if ((ulong)length > task.Group.Limits[(int)RLIMIT_FSIZE].Soft
            && _vfs.Current.Stat(in start, text, WalkFlags.None).TryGet(out NodeAttributes attributes, out _)
            && _mounts.Current.CheckAccess(in start, text, W_OK, WalkFlags.None) == Errno.None
            && !TryLimitSize(task, in attributes, length, out stop))
        {
            return stop;
        }

        Errno error = _vfs.Current.SetAttributes(in start, text, WalkFlags.None, new AttributeChange { Size = length });
        return error == Errno.EAGAIN ? AwaitLease(task) : error;
    }

    private SysResult Ftruncate(GuestTask task, Fd fd, long length)
    {
        if (length < 0)
            return Errno.EINVAL;
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if ((ulong)length > task.Group.Limits[(int)RLIMIT_FSIZE].Soft
            && IsLimited(file, out NodeAttributes attributes)
            && !TryLimitSize(task, in attributes, length, out SysResult stop))
        {
            return stop;
        }

        return _control.Current.SetAttributes(task, file, new AttributeChange { Size = length });
    }

    private SysResult Umask(GuestTask task, uint mask)
    {
        uint old = task.FileSystem.Umask;
        task.FileSystem.Umask = mask & 0x1FF;
        return old;
    }

    private SysResult ChangeAt(GuestTask task, Fd dirfd, UserString path, WalkFlags walk, in AttributeChange change)
    {
        if (!TryGetPath(task, dirfd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        return _vfs.Current.SetAttributes(in start, text, walk, in change);
    }

    private SysResult ChangeFile(GuestTask task, Fd fd, in AttributeChange change) =>
        TryGetFile(task, fd, out FileId file) ? _control.Current.SetAttributes(task, file, in change) : Errno.EBADF;

    private static AttributeChange OwnerChange(uint owner, uint group) => new()
    {
        User = owner == Unchanged ? null : owner,
        Group = group == Unchanged ? null : group,
    };
}
