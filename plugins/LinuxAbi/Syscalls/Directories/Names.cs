using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>Calls that make, remove and change names: mkdir(2), mknod(2), link(2), symlink(2), rename(2), unlink(2), rmdir(2) and their *at forms.</summary>
internal sealed partial class LinuxSyscalls
{
    private const uint FileTypeBits = 0xF000;

    private SysResult Mkdir(GuestTask task, UserString path, uint mode) => Mkdirat(task, WorkingDirectory, path, mode);

    private SysResult Mkdirat(GuestTask task, Fd dirfd, UserString path, uint mode)
    {
        if (!TryGetPath(task, dirfd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        // mkdir(2) takes the permission bits and the sticky bit; the set-id bits come from the parent alone.
        return _vfs.Current.Create(in start, text, NewNodeOf(task, FileKind.Directory, mode & 0x3FF));
    }

    private SysResult Mknod(GuestTask task, UserString path, uint mode, uint dev) => Mknodat(task, WorkingDirectory, path, mode, dev);

    private SysResult Mknodat(GuestTask task, Fd dirfd, UserString path, uint mode, uint dev)
    {
        uint type = mode & FileTypeBits;
        switch (type)
        {
            case 0:
                type = S_IFREG;
                break;
            case S_IFREG or S_IFIFO or S_IFSOCK:
                break;
            case S_IFCHR or S_IFBLK:
                break;
            case S_IFDIR:
                return Errno.EPERM;
            default:
                return Errno.EINVAL;
        }

        if (!TryGetPath(task, dirfd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        bool isDevice = type is S_IFCHR or S_IFBLK;
        if (isDevice && !task.Credentials.IsPrivileged)
            return RefuseDevice(in start, text);
        ulong device = isDevice ? dev : 0;
        return _vfs.Current.Create(in start, text, NewNodeOf(task, (FileKind)type, mode & PermissionBits) with { SpecialDevice = device });
    }

    /// <summary>Without CAP_MKNOD a device cannot be made; that the name is taken, or the directory closed, is said first (vfs_mknod).</summary>
    private Errno RefuseDevice(in PathStart start, ReadOnlySpan<byte> path)
    {
        if (_vfs.Current.Stat(in start, path, WalkFlags.NoFollow).IsOk)
            return Errno.EEXIST;
        int slash = path.LastIndexOf((byte)'/');
        ReadOnlySpan<byte> parent = slash < 0 ? "."u8 : slash == 0 ? "/"u8 : path[..slash];
        const uint WriteAndSearch = 3;
        Errno error = _mounts.Current.CheckAccess(in start, parent, WriteAndSearch, WalkFlags.None);
        return error != Errno.None ? error : Errno.EPERM;
    }

    private SysResult Symlink(GuestTask task, UserString target, UserString linkpath) => Symlinkat(task, target, WorkingDirectory, linkpath);

    private SysResult Symlinkat(GuestTask task, UserString target, Fd newdirfd, UserString linkpath)
    {
        if (!target.TryRead(_secondPath, out ReadOnlySpan<byte> content, out SysResult stop))
            return stop;
        if (content.IsEmpty)
            return Errno.ENOENT;
        if (!TryGetPath(task, newdirfd, linkpath, out PathStart start, out ReadOnlySpan<byte> text, out stop))
            return stop;
        return _vfs.Current.Create(in start, text, NewNodeOf(task, FileKind.SymbolicLink, 0x1FF) with { LinkTarget = content.ToArray() });
    }

    private SysResult Link(GuestTask task, UserString oldpath, UserString newpath) =>
        Linkat(task, WorkingDirectory, oldpath, WorkingDirectory, newpath, 0);

    private SysResult Linkat(GuestTask task, Fd olddirfd, UserString oldpath, Fd newdirfd, UserString newpath, int flags)
    {
        if ((flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) != 0)
            return Errno.EINVAL;
        if ((flags & AT_EMPTY_PATH) != 0 && !task.Credentials.IsPrivileged)
            return Errno.ENOENT;
        if (!TryGetPath(task, olddirfd, oldpath, _secondPath, out PathStart oldStart, out ReadOnlySpan<byte> oldText, out SysResult stop)
            || !TryGetPath(task, newdirfd, newpath, out PathStart newStart, out ReadOnlySpan<byte> newText, out stop))
            return stop;
        WalkFlags walk = ((flags & AT_SYMLINK_FOLLOW) == 0 ? WalkFlags.NoFollow : WalkFlags.None)
            | ((flags & AT_EMPTY_PATH) != 0 ? WalkFlags.EmptyPath : WalkFlags.None);
        return _vfs.Current.Link(in oldStart, oldText, walk, in newStart, newText);
    }

    private SysResult Unlink(GuestTask task, UserString path) => RemoveAt(task, WorkingDirectory, path, isDirectory: false);

    private SysResult Rmdir(GuestTask task, UserString path) => RemoveAt(task, WorkingDirectory, path, isDirectory: true);

    private SysResult Unlinkat(GuestTask task, Fd dirfd, UserString path, int flags) =>
        (flags & ~AT_REMOVEDIR) != 0 ? Errno.EINVAL : RemoveAt(task, dirfd, path, (flags & AT_REMOVEDIR) != 0);

    private SysResult RemoveAt(GuestTask task, Fd dirfd, UserString path, bool isDirectory)
    {
        if (!TryGetPath(task, dirfd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        return _vfs.Current.Remove(in start, text, isDirectory);
    }

    private SysResult Rename(GuestTask task, UserString oldpath, UserString newpath) =>
        Renameat2(task, WorkingDirectory, oldpath, WorkingDirectory, newpath, 0);

    private SysResult Renameat(GuestTask task, Fd olddirfd, UserString oldpath, Fd newdirfd, UserString newpath) =>
        Renameat2(task, olddirfd, oldpath, newdirfd, newpath, 0);

    private SysResult Renameat2(GuestTask task, Fd olddirfd, UserString oldpath, Fd newdirfd, UserString newpath, uint flags)
    {
        if ((flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT)) != 0)
            return Errno.EINVAL;
        if ((flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)) != 0 && (flags & RENAME_EXCHANGE) != 0)
            return Errno.EINVAL;
        if (!TryGetPath(task, olddirfd, oldpath, _secondPath, out PathStart oldStart, out ReadOnlySpan<byte> oldText, out SysResult stop)
            || !TryGetPath(task, newdirfd, newpath, out PathStart newStart, out ReadOnlySpan<byte> newText, out stop))
            return stop;
        if ((flags & RENAME_WHITEOUT) != 0 && !task.Credentials.IsPrivileged)
            return Errno.EPERM; // CAP_MKNOD: a device is made
        return _vfs.Current.Rename(in oldStart, oldText, in newStart, newText, flags);
    }

    /// <summary>A node owned by the ids that files are made with; the VFS applies the umask.</summary>
    private static NewNode NewNodeOf(GuestTask task, FileKind kind, uint permissions) =>
        new(kind, permissions, task.Credentials.FileSystemUser, task.Credentials.FileSystemGroup);
}
