using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles;
using Kpio.Plugins.Vfs.OpenFiles.Watches;

namespace Kpio.Plugins.Vfs.Names;

/// <summary>Paths: everything that takes one. The order of checks is Linux's, so that the error is the same when several apply.</summary>
internal sealed partial class VfsNames : IVfs
{
    private readonly VfsCore _core;
    private readonly PathWalker _walker;

    public VfsNames(VfsCore core)
    {
        _core = core;
        _walker = core.Walker;
    }

    public Result<NodeAttributes> Stat(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags)
    {
        Errno error = Resolve(start, path, flags, out WalkTarget target);
        if (error != Errno.None)
            return error;
        return target.File is { } file ? file.Driver.Stat(file) : target.Location.Attributes;
    }

    public Errno Create(in PathStart start, ReadOnlySpan<byte> path, in NewNode node)
    {
        GuestTask task = start.Task;
        Errno error = _walker.ResolveParent(start, path, out ParentPath parent);
        if (error != Errno.None)
            return error;
        error = BeginCreate(task, parent, node.Kind == FileKind.Directory);
        if (error != Errno.None)
            return error;
        if (node.Kind is FileKind.CharacterDevice or FileKind.BlockDevice && task.Credentials.FileSystemUser != 0)
            return Errno.EPERM; // CAP_MKNOD
        if (node.Kind == FileKind.SymbolicLink && node.LinkTarget is not { Length: > 0 and < 4096 })
            return node.LinkTarget is { Length: >= 4096 } ? Errno.ENAMETOOLONG : Errno.ENOENT;
        uint permissions = node.Kind == FileKind.SymbolicLink ? 0x1FF : node.Permissions & 0xFFF & ~task.FileSystem.Umask;
        NewNode made = node with
        {
            Permissions = permissions,
            User = task.Credentials.FileSystemUser,
            Group = task.Credentials.FileSystemGroup,
        };
        error = parent.Directory.Mount.Names!.Create(parent.Directory.Node, parent.Name, made).Error;
        if (error == Errno.None)
            _core.Watches.TellOfName(parent.Directory, parent.Name, WatchEvents.Create, node.Kind == FileKind.Directory);
        return error;
    }

    public Errno Remove(in PathStart start, ReadOnlySpan<byte> path, bool isDirectory)
    {
        GuestTask task = start.Task;
        Errno error = _walker.ResolveParent(start, path, out ParentPath parent);
        if (error != Errno.None)
            return error;
        if (parent.Last != LastComponent.Name)
        {
            if (!isDirectory)
                return Errno.EISDIR;
            return parent.Last switch
            {
                LastComponent.DotDot => Errno.ENOTEMPTY,
                LastComponent.Dot => Errno.EINVAL,
                _ => Errno.EBUSY,
            };
        }

        error = CheckWritable(parent.Directory.Mount);
        if (error != Errno.None)
            return error;
        error = PathWalker.LookupIn(parent.Directory, parent.Name, out Location node, out bool isPoint);
        if (error != Errno.None)
            return error;
        if (!isDirectory && parent.HasTrailingSlash)
            return node.Kind == FileKind.Directory ? Errno.EISDIR : Errno.ENOTDIR;
        error = CheckRemove(task, parent.Directory, node, isDirectory);
        if (error != Errno.None)
            return error;
        if (isPoint)
            return Errno.EBUSY;
        error = parent.Directory.Mount.Names!.Remove(parent.Directory.Node, parent.Name, isDirectory);
        if (error != Errno.None || !_core.Watches.Any)
            return error;
        if (!isDirectory)
            _core.Watches.TellOfNode(node.Mount, node.Node, WatchEvents.Attributes);
        _core.Watches.TellOfName(parent.Directory, parent.Name, WatchEvents.Delete, isDirectory);
        _core.Watches.TellIfGone(node.Mount, node.Node);
        return Errno.None;
    }

    public Errno Rename(in PathStart sourceStart, ReadOnlySpan<byte> source, in PathStart targetStart, ReadOnlySpan<byte> target, uint flags)
    {
        const uint NoReplace = 1;
        const uint Exchange = 2;
        const uint Whiteout = 4;
        uint whiteout = flags & Whiteout;
        flags &= ~Whiteout;
        if (flags is not (0 or NoReplace or Exchange) || (whiteout != 0 && flags == Exchange))
            return Errno.EINVAL;
        GuestTask task = sourceStart.Task;
        Errno error = _walker.ResolveParent(sourceStart, source, out ParentPath from);
        if (error != Errno.None)
            return error;
        error = _walker.ResolveParent(targetStart, target, out ParentPath to);
        if (error != Errno.None)
            return error;
        Mount mount = from.Directory.Mount;
        if (mount != to.Directory.Mount)
            return Errno.EXDEV;
        if (from.Last != LastComponent.Name)
            return Errno.EBUSY;
        if (to.Last != LastComponent.Name)
            return flags == NoReplace ? Errno.EEXIST : Errno.EBUSY;
        error = CheckWritable(mount);
        if (error != Errno.None)
            return error;
        error = PathWalker.LookupIn(from.Directory, from.Name, out Location node, out bool isPoint);
        if (error != Errno.None)
            return error;
        error = PathWalker.LookupIn(to.Directory, to.Name, out Location replaced, out bool isReplacedPoint);
        bool exists = error == Errno.None;
        if (!exists && error != Errno.ENOENT)
            return error;
        if (exists && flags == NoReplace)
            return Errno.EEXIST;
        if (!exists && flags == Exchange)
            return Errno.ENOENT;
        error = CheckRenameKinds(from, to, node, replaced, exists, flags == Exchange);
        if (error != Errno.None)
            return error;
        if (exists && node.IsSameAs(replaced))
            return Errno.None;
        error = CheckRenameRights(task, from.Directory, to.Directory, node, replaced, exists, flags == Exchange);
        if (error != Errno.None)
            return error;
        if (isPoint || (exists && isReplacedPoint))
            return Errno.EBUSY;
        error = mount.Names!.Rename(from.Directory.Node, from.Name, to.Directory.Node, to.Name, flags | whiteout);
        if (error == Errno.None && _core.Watches.Any)
            TellOfRename(from, to, node, replaced, exists, flags == Exchange);
        return error;
    }

    public Errno Link(in PathStart sourceStart, ReadOnlySpan<byte> source, WalkFlags flags, in PathStart targetStart, ReadOnlySpan<byte> target)
    {
        GuestTask task = sourceStart.Task;
        Errno error = Resolve(sourceStart, source, flags, out WalkTarget old);
        if (error != Errno.None)
            return error;
        error = _walker.ResolveParent(targetStart, target, out ParentPath parent);
        if (error != Errno.None)
            return error;
        error = BeginCreate(task, parent, false, out Errno deferred);
        if (error != Errno.None)
            return error;
        if (old.File is not null || old.Location.Mount != parent.Directory.Mount)
            return Errno.EXDEV;
        if (deferred != Errno.None)
            return deferred;
        if (old.Location.Kind == FileKind.Directory)
            return Errno.EPERM;
        error = parent.Directory.Mount.Names!.Link(parent.Directory.Node, parent.Name, old.Location.Node);
        if (error != Errno.None || !_core.Watches.Any)
            return error;
        _core.Watches.TellOfNode(old.Location.Mount, old.Location.Node, WatchEvents.Attributes);
        _core.Watches.TellOfName(parent.Directory, parent.Name, WatchEvents.Create, false);
        return Errno.None;
    }

    public Result<byte[]> ReadLink(in PathStart start, ReadOnlySpan<byte> path)
    {
        // An empty path names the link that was opened with O_PATH | O_NOFOLLOW itself (readlink(2)).
        Errno error = Resolve(start, path, WalkFlags.NoFollow | (start.Directory.IsNone ? 0 : WalkFlags.EmptyPath), out WalkTarget target);
        if (error != Errno.None)
            return error;
        Location location = target.Location;
        if (target.File is not null || location.Kind != FileKind.SymbolicLink)
            return path.IsEmpty ? Errno.ENOENT : Errno.EINVAL;
        if (location.Mount.Links is { } links)
        {
            if (!links.Follow(location.Node, start.Task).TryGet(out LinkTarget place, out error))
                return error;
            if (place.Path is not null)
                return place.Path;
        }

        return location.Mount.Tree.ReadLink(location.Node);
    }

    public Errno SetAttributes(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags, in AttributeChange change)
    {
        Errno error = Resolve(start, path, flags, out WalkTarget target);
        if (error != Errno.None)
            return error;
        if (target.File is not null)
            return Errno.EINVAL;
        Location location = target.Location;
        if (!location.Attributes.TryGet(out NodeAttributes attributes, out error))
            return error;
        if (change.Size is not null && location.Kind != FileKind.Regular)
            return location.Kind == FileKind.Directory ? Errno.EISDIR : Errno.EINVAL;
        if (change.Permissions is not null && location.Kind == FileKind.SymbolicLink)
            return Errno.EOPNOTSUPP;
        if (location.Mount.IsReadOnly)
            return Errno.EROFS;
        AttributeChange checkedChange = change;
        error = Permission.CheckChange(attributes, start.Task.Credentials, _core.Clock.Now, false, ref checkedChange);
        if (error == Errno.None && change.Size is not null && _core.Programs.Runs(location.Mount, location.Node))
            error = Errno.ETXTBSY;
        if (error == Errno.None && change.Size is not null)
            error = _core.Leases.Break(start.Task, location.Mount, location.Node, writes: true);
        return error != Errno.None ? error : _core.ChangeAttributes(location.Mount, location.Node, checkedChange);
    }

    /// <summary>Finds what a path names, with the flags of the *at calls.</summary>
    public Errno Resolve(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags, out WalkTarget target)
    {
        if (!path.IsEmpty || (flags & WalkFlags.EmptyPath) == 0)
            return _walker.Resolve(start, path, (flags & WalkFlags.NoFollow) == 0, out target, (flags & WalkFlags.RealIds) != 0);
        target = default;
        FileId id = start.Directory.IsNone ? start.Task.FileSystem.WorkingDirectory : start.Directory;
        if (_core.Files.Find(id) is not { } file)
            return Errno.EBADF;
        if (file.Mount is null)
        {
            target.File = file;
            return Errno.None;
        }

        if (!file.Mount.Tree.GetAttributes(file.Node).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        target.Location = new Location(file.Mount, file.Node, attributes.Kind);
        return Errno.None;
    }

    private void TellOfRename(scoped in ParentPath from, scoped in ParentPath to, in Location node, in Location replaced, bool exists, bool exchanges)
    {
        NodeWatches watches = _core.Watches;
        uint cookie = ++watches.LastCookie;
        bool isDirectory = node.Kind == FileKind.Directory;
        if (from.Directory.Mount == to.Directory.Mount && from.Directory.Node == to.Directory.Node)
            watches.Notices.TellOfRename(from.Directory.Mount, from.Directory.Node);
        watches.TellOfName(from.Directory, from.Name, WatchEvents.MovedFrom, isDirectory, cookie);
        watches.TellOfName(to.Directory, to.Name, WatchEvents.MovedTo, isDirectory, cookie);
        if (exists && !exchanges)
            watches.TellOfNode(replaced.Mount, replaced.Node, WatchEvents.Attributes);
        watches.TellOfNode(node.Mount, node.Node, WatchEvents.MoveSelf);
        if (!exists)
            return;
        if (!exchanges)
        {
            watches.TellIfGone(replaced.Mount, replaced.Node);
            return;
        }

        cookie = ++watches.LastCookie;
        isDirectory = replaced.Kind == FileKind.Directory;
        watches.TellOfName(to.Directory, to.Name, WatchEvents.MovedFrom, isDirectory, cookie);
        watches.TellOfName(from.Directory, from.Name, WatchEvents.MovedTo, isDirectory, cookie);
        watches.TellOfNode(replaced.Mount, replaced.Node, WatchEvents.MoveSelf);
    }

    private static Errno BeginCreate(GuestTask task, scoped in ParentPath parent, bool isDirectory)
    {
        Errno error = BeginCreate(task, parent, isDirectory, out Errno deferred);
        return error != Errno.None ? error : deferred;
    }

    // Checks that a name can be made. What link(2) checks after the mounts is deferred.
    private static Errno BeginCreate(GuestTask task, scoped in ParentPath parent, bool isDirectory, out Errno deferred)
    {
        deferred = Errno.None;
        if (parent.Last != LastComponent.Name)
            return Errno.EEXIST;
        Errno error = PathWalker.LookupIn(parent.Directory, parent.Name, out _, out _);
        if (error != Errno.ENOENT)
            return error == Errno.None ? Errno.EEXIST : error;
        if (parent.HasTrailingSlash && !isDirectory)
            return Errno.ENOENT;
        error = CheckWritable(parent.Directory.Mount);
        if (error != Errno.None)
            return error;
        deferred = CheckDirectoryWrite(task, parent.Directory);
        return Errno.None;
    }

    private static Errno CheckDirectoryWrite(GuestTask task, in Location directory)
    {
        if (!directory.Attributes.TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (attributes.Links == 0)
            return Errno.ENOENT;
        return Permission.Check(attributes, task.Credentials, Permission.Write | Permission.Execute);
    }

    private static Errno CheckRemove(GuestTask task, in Location directory, in Location node, bool isDirectory)
    {
        if (!directory.Attributes.TryGet(out NodeAttributes directoryAttributes, out Errno error)
            || !node.Attributes.TryGet(out NodeAttributes attributes, out error))
        {
            return error;
        }

        error = Permission.CheckRemove(directoryAttributes, attributes, task.Credentials);
        if (error != Errno.None)
            return error;
        if (isDirectory != (node.Kind == FileKind.Directory))
            return isDirectory ? Errno.ENOTDIR : Errno.EISDIR;
        return Errno.None;
    }

    private static Errno CheckRenameKinds(
        scoped in ParentPath from, scoped in ParentPath to, in Location node, in Location replaced, bool exists, bool exchanges)
    {
        if (exists && exchanges && replaced.Kind != FileKind.Directory && to.HasTrailingSlash)
            return Errno.ENOTDIR;
        if (node.Kind != FileKind.Directory)
        {
            if (from.HasTrailingSlash || (!exchanges && to.HasTrailingSlash))
                return Errno.ENOTDIR;
        }
        else if (IsWithin(to.Directory, node))
        {
            return Errno.EINVAL;
        }

        if (!exists)
            return Errno.None;
        if (replaced.Kind == FileKind.Directory && IsWithin(from.Directory, replaced))
            return exchanges ? Errno.EINVAL : Errno.ENOTEMPTY;
        return Errno.None;
    }

    private static Errno CheckRenameRights(
        GuestTask task, in Location from, in Location to, in Location node, in Location replaced, bool exists, bool exchanges)
    {
        bool isDirectory = node.Kind == FileKind.Directory;
        Errno error = CheckRemove(task, from, node, isDirectory);
        if (error != Errno.None)
            return error;
        if (!exists)
            error = CheckDirectoryWrite(task, to);
        else
            error = CheckRemove(task, to, replaced, exchanges ? replaced.Kind == FileKind.Directory : isDirectory);
        if (error != Errno.None || from.IsSameAs(to))
            return error;

        // A directory that moves gets a new "..": that is a write to it.
        if (isDirectory)
            error = CheckWrite(task, node);
        if (error == Errno.None && exchanges && replaced.Kind == FileKind.Directory)
            error = CheckWrite(task, replaced);
        return error;
    }

    private static Errno CheckWrite(GuestTask task, in Location node) =>
        node.Attributes.TryGet(out NodeAttributes attributes, out Errno error)
            ? Permission.Check(attributes, task.Credentials, Permission.Write)
            : error;

    // Whether a directory is another or lies below it, within one mount.
    private static bool IsWithin(in Location location, in Location directory)
    {
        NodeId node = location.Node;
        while (node != directory.Node)
        {
            if (node == location.Mount.Root || !location.Mount.Tree.Locate(node).TryGet(out NodeLocation place, out _) || place.Directory == node)
                return false;
            node = place.Directory;
        }

        return true;
    }

    private static Errno CheckWritable(Mount mount)
    {
        if (mount.IsReadOnly)
            return Errno.EROFS;
        return mount.Names is null ? Errno.EPERM : Errno.None;
    }
}
