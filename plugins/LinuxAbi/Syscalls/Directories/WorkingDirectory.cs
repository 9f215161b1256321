using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>getcwd(2), chdir(2), fchdir(2), chroot(2), readlink(2), access(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Getcwd(GuestTask task, UserBuffer buffer)
    {
        if (!_mounts.Current.GetPath(task, task.FileSystem.WorkingDirectory).TryGet(out byte[]? path, out Errno error))
            return error;
        ulong needed = (ulong)path.Length + 1;
        if (needed > buffer.Length)
            return Errno.ERANGE;
        path.CopyTo(_path, 0);
        _path[path.Length] = 0;
        return buffer.TryWrite(_path.AsSpan(0, (int)needed), out SysResult stop) ? (long)needed : stop;
    }

    private SysResult Chdir(GuestTask task, UserString path) => ChangeDirectory(task, path, isRoot: false);

    private SysResult Chroot(GuestTask task, UserString path) => ChangeDirectory(task, path, isRoot: true);

    private SysResult ChangeDirectory(GuestTask task, UserString path, bool isRoot)
    {
        if (!TryGetPath(task, WorkingDirectory, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        // Search permission is what both need, not read permission: hence O_PATH.
        const OpenFlags Flags = OpenFlags.O_PATH | OpenFlags.O_DIRECTORY;
        if (!_vfs.Current.Open(in start, text, Flags, 0).TryGet(out FileId directory, out Errno error))
            return error;
        var itself = new PathStart(task, directory);
        error = _mounts.Current.CheckAccess(in itself, "."u8, 1, WalkFlags.None);
        if (error == Errno.None && isRoot && !task.Credentials.IsPrivileged)
            error = Errno.EPERM;
        if (error != Errno.None)
        {
            _files.Current.Release(directory);
            return error;
        }

        FileSystemContext context = task.FileSystem;
        FileId old = isRoot ? context.Root : context.WorkingDirectory;
        if (isRoot)
            context.Root = directory;
        else
            context.WorkingDirectory = directory;
        _files.Current.Release(old);
        return SysResult.Zero;
    }

    private SysResult Fchdir(GuestTask task, Fd fd)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (attributes.Kind != FileKind.Directory)
            return Errno.ENOTDIR;
        var itself = new PathStart(task, file);
        error = _mounts.Current.CheckAccess(in itself, "."u8, 1, WalkFlags.None);
        if (error != Errno.None)
            return error;
        _files.Current.AddReference(file);
        _files.Current.Release(task.FileSystem.WorkingDirectory);
        task.FileSystem.WorkingDirectory = file;
        return SysResult.Zero;
    }

    private SysResult Readlink(GuestTask task, UserString path, UserBuffer buffer) => Readlinkat(task, WorkingDirectory, path, buffer);

    private SysResult Readlinkat(GuestTask task, Fd dirfd, UserString path, UserBuffer buffer)
    {
        if ((long)buffer.Length <= 0)
            return Errno.EINVAL;
        if (!TryGetPath(task, dirfd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        if (!_vfs.Current.ReadLink(in start, text).TryGet(out byte[]? target, out Errno error))
            return error;
        int length = (int)Math.Min((ulong)target.Length, buffer.Length);
        return buffer.TryWrite(target.AsSpan(0, length), out stop) ? length : stop;
    }

    private SysResult Access(GuestTask task, UserString path, int mode) => Faccessat2(task, WorkingDirectory, path, mode, 0);

    private SysResult Faccessat(GuestTask task, Fd dirfd, UserString path, int mode) => Faccessat2(task, dirfd, path, mode, 0);

    private SysResult Faccessat2(GuestTask task, Fd dirfd, UserString path, int mode, int flags)
    {
        if ((mode & ~7) != 0 || (flags & ~(Linux.AT_EACCESS | Linux.AT_SYMLINK_NOFOLLOW | Linux.AT_EMPTY_PATH)) != 0)
            return Errno.EINVAL;
        if (!TryGetPath(task, dirfd, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        WalkFlags walk = ToWalkFlags(flags & ~Linux.AT_EACCESS) | ((flags & Linux.AT_EACCESS) == 0 ? WalkFlags.RealIds : WalkFlags.None);
        return _mounts.Current.CheckAccess(in start, text, (uint)mode, walk);
    }
}
