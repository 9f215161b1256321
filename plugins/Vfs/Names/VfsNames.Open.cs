using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles.Watches;

namespace Kpio.Plugins.Vfs.Names;

// open(2).
internal sealed partial class VfsNames
{
    public Result<FileId> Open(in PathStart start, ReadOnlySpan<byte> path, OpenFlags flags, uint mode)
    {
        if ((flags & OpenFlags.O_PATH) != 0)
            flags &= OpenFlags.O_PATH | OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_CLOEXEC;
        if ((flags & OpenFlags.O_TMPFILE) == OpenFlags.O_TMPFILE)
            return OpenUnnamed(start, path, flags, mode);
        if ((flags & OpenFlags.O_CREAT) != 0)
            return OpenOrCreate(start, path, flags, mode);
        Errno error = _walker.Resolve(start, path, (flags & OpenFlags.O_NOFOLLOW) == 0, out WalkTarget target);
        return error != Errno.None ? error : OpenFound(start.Task, target, flags);
    }

    private Result<FileId> OpenOrCreate(in PathStart start, ReadOnlySpan<byte> path, OpenFlags flags, uint mode)
    {
        if ((flags & OpenFlags.O_DIRECTORY) != 0)
            return Errno.EINVAL; // Since Linux 6.4; a directory cannot be made this way.
        bool isExclusive = (flags & OpenFlags.O_EXCL) != 0;
        bool follow = (flags & (OpenFlags.O_NOFOLLOW | OpenFlags.O_EXCL)) == 0;
        Errno error = _walker.ResolveForCreate(start, path, follow, out ParentPath parent, out WalkTarget target);
        if (error == Errno.None)
        {
            if (isExclusive)
                return Errno.EEXIST;
            if (target.File is null && target.Location.Kind == FileKind.Directory)
                return Errno.EISDIR;
            return OpenFound(start.Task, target, flags);
        }

        if (error != Errno.ENOENT || parent.Directory.Mount is not { } mount)
            return error;
        error = CheckWritable(mount);
        if (error == Errno.None)
            error = CheckDirectoryWrite(start.Task, parent.Directory);
        if (error != Errno.None)
            return error;
        NewNode wanted = NewFile(start.Task, mode);
        if (!mount.Names!.Create(parent.Directory.Node, parent.Name, wanted).TryGet(out NodeId node, out error))
            return error;
        _core.Watches.TellOfName(parent.Directory, parent.Name, WatchEvents.Create, false);

        // A file just made is opened whatever its mode says (open(2)).
        return _core.OpenAt(new Location(mount, node, FileKind.Regular), flags, 0);
    }

    private Result<FileId> OpenUnnamed(in PathStart start, ReadOnlySpan<byte> path, OpenFlags flags, uint mode)
    {
        if ((flags & OpenFlags.O_ACCMODE) == OpenFlags.O_RDONLY)
            return Errno.EINVAL;
        Errno error = _walker.Resolve(start, path, (flags & OpenFlags.O_NOFOLLOW) == 0, out WalkTarget target);
        if (error != Errno.None)
            return error;
        Location directory = target.Location;
        if (target.File is not null || directory.Kind != FileKind.Directory)
            return Errno.ENOTDIR;
        error = CheckWritable(directory.Mount);
        if (error == Errno.EPERM)
            return Errno.EOPNOTSUPP;
        if (error == Errno.None)
            error = CheckDirectoryWrite(start.Task, directory);
        if (error != Errno.None)
            return error;
        if (!directory.Mount.Names!.CreateUnnamed(directory.Node, NewFile(start.Task, mode)).TryGet(out NodeId node, out error))
            return error;
        return _core.OpenAt(new Location(directory.Mount, node, FileKind.Regular), flags, 0);
    }

    private Result<FileId> OpenFound(GuestTask task, in WalkTarget target, OpenFlags flags)
    {
        if (target.File is { } file)
            return _core.Reopen(file, flags);
        Location location = target.Location;
        if ((flags & OpenFlags.O_DIRECTORY) != 0 && location.Kind != FileKind.Directory)
            return Errno.ENOTDIR;
        if ((flags & OpenFlags.O_PATH) != 0)
            return _core.OpenAt(location, flags, 0);
        if (location.Kind == FileKind.SymbolicLink)
            return Errno.ELOOP;
        if (!location.Attributes.TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        OpenFlags access = flags & OpenFlags.O_ACCMODE;
        bool truncates = (flags & OpenFlags.O_TRUNC) != 0;
        uint wanted = access switch
        {
            OpenFlags.O_RDONLY => Permission.Read,
            OpenFlags.O_WRONLY => Permission.Write,
            _ => Permission.Read | Permission.Write,
        };
        if (truncates)
            wanted |= Permission.Write;
        bool writes = (wanted & Permission.Write) != 0;
        if (writes && location.Kind == FileKind.Directory)
            return Errno.EISDIR;
        if (writes && location.Mount.IsReadOnly && location.Kind == FileKind.Regular)
            return Errno.EROFS;
        error = Permission.Check(attributes, task.Credentials, wanted);
        if (error != Errno.None)
            return error;
        if ((flags & OpenFlags.O_NOATIME) != 0 && !Permission.IsOwner(attributes, task.Credentials))
            return Errno.EPERM;
        Result<FileId> opened = _core.OpenAt(location, flags, attributes.SpecialDevice, task);
        if (!truncates || location.Kind != FileKind.Regular || location.Mount.Generated is not null || !opened.TryGet(out FileId id, out _))
            return opened;
        var change = new AttributeChange { Size = 0 };
        error = Permission.CheckChange(attributes, task.Credentials, _core.Clock.Now, true, ref change);
        if (error == Errno.None)
            error = _core.ChangeAttributes(location.Mount, location.Node, change);
        if (error == Errno.None)
            return id;
        _core.Files.Release(_core.Files.Find(id)!);
        return error;
    }

    private static NewNode NewFile(GuestTask task, uint mode) => new(
        FileKind.Regular,
        mode & 0xFFF & ~task.FileSystem.Umask,
        task.Credentials.FileSystemUser,
        task.Credentials.FileSystemGroup);
}
