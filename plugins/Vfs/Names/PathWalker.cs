using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.Names;

/// <summary>What the last component of a path is.</summary>
internal enum LastComponent : byte
{
    /// <summary>A name.</summary>
    Name,

    /// <summary>The root: the path has no component.</summary>
    Root,

    /// <summary>".".</summary>
    Dot,

    /// <summary>"..".</summary>
    DotDot,
}

/// <summary>A path up to its last component.</summary>
internal ref struct ParentPath
{
    /// <summary>The directory that the last component is in.</summary>
    public Location Directory;

    /// <summary>The last component's name.</summary>
    public ReadOnlySpan<byte> Name;

    public LastComponent Last;

    /// <summary>Whether slashes follow the last component: it must be a directory.</summary>
    public bool HasTrailingSlash;
}

/// <summary>Where a path led.</summary>
internal struct WalkTarget
{
    public Location Location;

    /// <summary>The file itself, when the path went through a link to an open file that lies in no tree (/proc/self/fd/0 of a pipe).</summary>
    public OpenFile? File;
}

/// <summary>
/// Walks paths (path_resolution(7)): component by component from the task's root or working directory, over mounts and symbolic links,
/// never above the task's root. Nothing is allocated on the way but targets of links that their tree makes up.
/// </summary>
internal sealed class PathWalker
{
    private const int PathMaximum = 4096;
    private const int NameMaximum = 255;
    private const int MostLinks = 40;

    private readonly MountTable _mounts;
    private readonly OpenFileTable _files;

    public PathWalker(MountTable mounts, OpenFileTable files)
    {
        _mounts = mounts;
        _files = files;
    }

    /// <summary>Finds what a path names.</summary>
    public Errno Resolve(in PathStart start, ReadOnlySpan<byte> path, bool follow, out WalkTarget target, bool realIds = false)
    {
        target = default;
        Errno error = Begin(start, path, out Walk walk);
        if (error != Errno.None)
            return error;
        walk.RealIds = realIds;
        error = WalkParent(ref walk, path, out ParentPath parent);
        if (error == Errno.None)
            error = Finish(ref walk, parent, follow);
        target.Location = walk.Current;
        target.File = walk.File;
        return error;
    }

    /// <summary>Finds what an absolute path names from the machine's root, for the machine itself: no permissions are asked, and links that depend on a task lead nowhere.</summary>
    public Errno ResolveFromRoot(ReadOnlySpan<byte> path, out WalkTarget target)
    {
        var walk = new Walk { Root = _mounts.Root, Current = _mounts.Root };
        Errno error = WalkParent(ref walk, path, out ParentPath parent);
        if (error == Errno.None)
            error = Finish(ref walk, parent, true);
        target = new WalkTarget { Location = walk.Current, File = walk.File };
        return error;
    }

    /// <summary>Finds the directory of a path's last component, which is not looked up.</summary>
    public Errno ResolveParent(in PathStart start, ReadOnlySpan<byte> path, out ParentPath parent)
    {
        parent = default;
        Errno error = Begin(start, path, out Walk walk);
        return error != Errno.None ? error : WalkParent(ref walk, path, out parent);
    }

    /// <summary>
    /// Finds the directory of the name that opening for creation would make: a last symbolic link is followed, also to a name that is not
    /// there. Answers ENOENT with <paramref name="parent"/> filled in when the last name is missing.
    /// </summary>
    public Errno ResolveForCreate(in PathStart start, ReadOnlySpan<byte> path, bool follow, out ParentPath parent, out WalkTarget target)
    {
        parent = default;
        target = default;
        Errno error = Begin(start, path, out Walk walk);
        if (error != Errno.None)
            return error;
        while (true)
        {
            error = WalkParent(ref walk, path, out parent);
            if (error != Errno.None)
            {
                parent = default;
                return error;
            }

            if (parent.Last != LastComponent.Name)
            {
                error = Finish(ref walk, parent, follow);
                target.Location = walk.Current;
                return error;
            }

            if (parent.HasTrailingSlash)
            {
                parent = default;
                return Errno.EISDIR; // A directory cannot be made by opening it.
            }

            error = Step(ref walk, parent.Name);
            if (error != Errno.None)
            {
                if (error != Errno.ENOENT)
                    parent = default;
                return error;
            }

            target.Location = walk.Current;
            if (walk.Current.Kind != FileKind.SymbolicLink || !follow)
                return Errno.None;
            error = ReadTarget(ref walk, parent.Directory, out path);
            if (error != Errno.None || walk.File is not null)
            {
                parent = default;
                target.File = walk.File;
                target.Location = walk.Current;
                return error;
            }

            if (walk.HasJumped)
            {
                target.Location = walk.Current;
                return Errno.None;
            }
        }
    }

    /// <summary>
    /// Looks a name up in a directory whose search permission was checked, for a change of the name: the node itself, and whether
    /// another mount covers it.
    /// </summary>
    public static Errno LookupIn(in Location directory, ReadOnlySpan<byte> name, out Location node, out bool isPoint)
    {
        node = default;
        isPoint = false;
        if (name.Length > NameMaximum)
            return Errno.ENAMETOOLONG;
        if (!directory.Mount.Tree.Lookup(directory.Node, name).TryGet(out FoundNode found, out Errno error))
            return error;
        node = new Location(directory.Mount, found.Node, found.Kind);
        isPoint = directory.Mount.HasPoints && directory.Mount.CoveringOf(found.Node) is not null;
        return Errno.None;
    }

    /// <summary>The location of a task's root.</summary>
    public Location RootOf(GuestTask? task) =>
        task is not null && _files.Find(task.FileSystem.Root) is { Mount: { } mount } file
            ? new Location(mount, file.Node, FileKind.Directory)
            : _mounts.Root;

    private Errno Begin(in PathStart start, ReadOnlySpan<byte> path, out Walk walk)
    {
        walk = new Walk { Task = start.Task, Restrictions = start.Restrictions };
        if (path.IsEmpty)
            return Errno.ENOENT;
        if (path.Length >= PathMaximum)
            return Errno.ENAMETOOLONG;
        walk.Root = RootOf(start.Task);
        if (walk.IsScoped)
            return BeginScoped(start, path, ref walk);
        if (path[0] == (byte)'/')
        {
            walk.Current = walk.Root;
            return Errno.None;
        }

        OpenFile? file = _files.Find(start.Directory.IsNone ? start.Task.FileSystem.WorkingDirectory : start.Directory);
        if (file is null)
        {
            if (!start.Directory.IsNone)
                return Errno.EBADF;
            walk.Current = walk.Root;
            return Errno.None;
        }

        if (file.Mount is null || !file.IsDirectory)
            return Errno.ENOTDIR;
        walk.Current = new Location(file.Mount, file.Node, FileKind.Directory);
        return Errno.None;
    }

    // The walk stays below its start: that is its root.
    private Errno BeginScoped(in PathStart start, ReadOnlySpan<byte> path, ref Walk walk)
    {
        if (path[0] == (byte)'/' && (walk.Restrictions & WalkRestrictions.Beneath) != 0)
            return Errno.EXDEV;
        OpenFile? file = _files.Find(start.Directory.IsNone ? start.Task.FileSystem.WorkingDirectory : start.Directory);
        if (file is null)
            return Errno.EBADF;
        if (file.Mount is null || !file.IsDirectory)
            return Errno.ENOTDIR;
        walk.Root = walk.Current = new Location(file.Mount, file.Node, FileKind.Directory);
        return Errno.None;
    }

    // Not TrimStart: for bytes it is not precompiled, and every start comes here.
    private static int LeadingSlashes(ReadOnlySpan<byte> path)
    {
        int slashes = 0;
        while (slashes < path.Length && path[slashes] == (byte)'/')
            slashes++;
        return slashes;
    }

    // Goes through all components but the last. On return walk.Current is the last one's directory.
    private Errno WalkParent(scoped ref Walk walk, ReadOnlySpan<byte> path, out ParentPath parent)
    {
        parent = default;
        while (true)
        {
            path = path[LeadingSlashes(path)..];
            if (path.IsEmpty)
            {
                parent.Directory = walk.Current;
                parent.Last = LastComponent.Root;
                return Errno.None;
            }

            // Searching the directory is checked before the name is looked at.
            Errno error = CheckSearch(ref walk);
            if (error != Errno.None)
                return error;
            int end = ByteSearch.First(path, (byte)'/');
            ReadOnlySpan<byte> name = end < 0 ? path : path[..end];
            ReadOnlySpan<byte> rest = end < 0 ? default : path[end..];
            if (LeadingSlashes(rest) == rest.Length)
            {
                parent.Directory = walk.Current;
                parent.Name = name;
                parent.HasTrailingSlash = !rest.IsEmpty;
                parent.Last = IsDot(name) ? LastComponent.Dot : IsDotDot(name) ? LastComponent.DotDot : LastComponent.Name;
                return Errno.None;
            }

            error = StepAndFollow(ref walk, name);
            if (error != Errno.None)
                return error;
            path = rest;
        }
    }

    // The last component, once its directory is known.
    private Errno Finish(scoped ref Walk walk, scoped in ParentPath parent, bool follow)
    {
        switch (parent.Last)
        {
            case LastComponent.Root or LastComponent.Dot:
                return Errno.None;
            case LastComponent.DotDot:
                return StepUp(ref walk);
        }

        Errno error = Step(ref walk, parent.Name);
        if (error != Errno.None)
            return error;
        if (walk.Current.Kind == FileKind.SymbolicLink && (follow || parent.HasTrailingSlash))
        {
            error = FollowLink(ref walk, parent.Directory);
            if (error != Errno.None)
                return error;
        }

        return parent.HasTrailingSlash && (walk.File is not null || walk.Current.Kind != FileKind.Directory) ? Errno.ENOTDIR : Errno.None;
    }

    // A component that others follow: it must lead to a directory.
    private Errno StepAndFollow(scoped ref Walk walk, ReadOnlySpan<byte> name)
    {
        if (IsDot(name))
            return Errno.None;
        if (IsDotDot(name))
            return StepUp(ref walk);
        Location directory = walk.Current;
        Errno error = Step(ref walk, name);
        if (error != Errno.None)
            return error;
        if (walk.Current.Kind == FileKind.SymbolicLink)
        {
            error = FollowLink(ref walk, directory);
            if (error != Errno.None)
                return error;
        }

        return walk.File is not null || walk.Current.Kind != FileKind.Directory ? Errno.ENOTDIR : Errno.None;
    }

    private static Errno Step(scoped ref Walk walk, ReadOnlySpan<byte> name)
    {
        if (name.Length > NameMaximum)
            return Errno.ENAMETOOLONG;
        Location directory = walk.Current;
        Result<FoundNode> found = directory.Mount.Tree.Lookup(directory.Node, name);
        if (!found.TryGet(out FoundNode node, out Errno error))
            return error;
        var child = new Location(directory.Mount, node.Node, node.Kind);
        walk.Current = directory.Mount.HasPoints ? child.Covered : child;
        return walk.Current.Mount != directory.Mount && (walk.Restrictions & WalkRestrictions.NoMounts) != 0 ? Errno.EXDEV : Errno.None;
    }

    private static Errno StepUp(scoped ref Walk walk)
    {
        Location current = walk.Current;
        while (true)
        {
            if (current.IsSameAs(walk.Root))
                return (walk.Restrictions & WalkRestrictions.Beneath) != 0 ? Errno.EXDEV : Errno.None;
            if (!current.IsMountRoot)
                break;
            if (current.Mount.Parent is not { } parent)
                return Errno.None;
            if ((walk.Restrictions & WalkRestrictions.NoMounts) != 0)
                return Errno.EXDEV;
            current = new Location(parent, current.Mount.Point, FileKind.Directory);
        }

        if (!current.Mount.Tree.Locate(current.Node).TryGet(out NodeLocation place, out Errno error))
            return error;
        walk.Current = new Location(current.Mount, place.Directory, FileKind.Directory).Covered;
        return Errno.None;
    }

    // Follows the link at walk.Current, which lies in directory, to its end.
    private Errno FollowLink(scoped ref Walk walk, in Location directory)
    {
        Errno error = ReadTarget(ref walk, directory, out ReadOnlySpan<byte> path);
        if (error != Errno.None || walk.File is not null || walk.HasJumped)
            return error;
        error = WalkParent(ref walk, path, out ParentPath parent);
        return error == Errno.None ? Finish(ref walk, parent, true) : error;
    }

    // Reads the link at walk.Current and puts walk.Current to where its target starts.
    private Errno ReadTarget(scoped ref Walk walk, scoped in Location directory, out ReadOnlySpan<byte> path)
    {
        path = default;
        walk.HasJumped = false;
        if (++walk.Links > MostLinks || (walk.Restrictions & WalkRestrictions.NoLinks) != 0)
            return Errno.ELOOP;
        Location link = walk.Current;
        byte[]? target;
        if (link.Mount.Links is { } links && walk.Task is not null)
        {
            if (!links.Follow(link.Node, walk.Task).TryGet(out LinkTarget place, out Errno error))
                return error;
            if (place.Path is null)
                return Jump(ref walk, place.File);
            target = place.Path;
        }
        else if (!link.Mount.Tree.ReadLink(link.Node).TryGet(out target, out Errno error))
        {
            return error;
        }

        if (target.Length == 0)
            return Errno.ENOENT;
        path = target;
        if (target[0] == (byte)'/')
        {
            bool leaves = (walk.Restrictions & WalkRestrictions.NoMounts) != 0 && walk.Root.Mount != directory.Mount;
            if (leaves || (walk.Restrictions & WalkRestrictions.Beneath) != 0)
                return Errno.EXDEV;
        }

        walk.Current = target[0] == (byte)'/' ? walk.Root : directory;
        return Errno.None;
    }

    private Errno Jump(scoped ref Walk walk, FileId id)
    {
        if ((walk.Restrictions & WalkRestrictions.NoMagicLinks) != 0)
            return Errno.ELOOP;
        if (walk.IsScoped)
            return Errno.EXDEV;
        if (_files.Find(id) is not { } file)
            return Errno.ENOENT;
        if ((walk.Restrictions & WalkRestrictions.NoMounts) != 0 && file.Mount != walk.Current.Mount)
            return Errno.EXDEV;
        walk.HasJumped = true;
        if (file.Mount is null || file.Stream.Value != 0)
        {
            walk.File = file;
            return Errno.None;
        }

        if (!file.Mount.Tree.GetAttributes(file.Node).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        walk.Current = new Location(file.Mount, file.Node, attributes.Kind);
        return Errno.None;
    }

    private static Errno CheckSearch(scoped ref Walk walk)
    {
        if (walk.Current.Kind != FileKind.Directory)
            return Errno.ENOTDIR;
        if (walk.Task is null)
            return Errno.None; // The machine itself.
        Credentials who = walk.Task.Credentials;
        if ((walk.RealIds ? who.RealUser : who.FileSystemUser) == 0)
            return Errno.None; // CAP_DAC_READ_SEARCH
        if (!walk.Current.Attributes.TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        return Permission.Check(attributes, who, Permission.Execute, walk.RealIds);
    }

    private static bool IsDot(ReadOnlySpan<byte> name) => name.Length == 1 && name[0] == (byte)'.';

    private static bool IsDotDot(ReadOnlySpan<byte> name) => name.Length == 2 && name[0] == (byte)'.' && name[1] == (byte)'.';

    private struct Walk
    {
        public GuestTask? Task;
        public Location Root;
        public Location Current;
        public OpenFile? File;
        public int Links;
        public bool HasJumped;
        public bool RealIds;
        public WalkRestrictions Restrictions;

        public readonly bool IsScoped => (Restrictions & (WalkRestrictions.Beneath | WalkRestrictions.InRoot)) != 0;
    }
}
