using System.Text;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems;
using Kpio.Plugins.Vfs.Names;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.Mounts;

/// <summary>The mount table, and questions about paths that it answers.</summary>
internal sealed class MountService : IVfsMounts
{
    private readonly VfsCore _core;
    private readonly VfsNames _names;
    private readonly IReadOnlyList<IFileSystemType> _ownTypes;

    public MountService(VfsCore core, VfsNames names, IReadOnlyList<IFileSystemType> ownTypes)
    {
        _core = core;
        _names = names;
        _ownTypes = ownTypes;
    }

    public IReadOnlyList<MountInfo> Mounts => _core.Mounts.Described;

    public Errno MountMachine(MachineMounts mounts) => MachineMounter.Mount(this, _core.Mounts, mounts);

    public Errno Mount(string type, MountOptions options, ReadOnlySpan<byte> path)
    {
        if (FindType(type) is not { } found)
            return Errno.ENODEV;
        bool isRoot = !_core.Mounts.HasRoot;
        if (isRoot && !path.SequenceEqual("/"u8))
            return Errno.ENOENT;
        int id = _core.Mounts.NextId;
        ulong device = (ulong)id + 20; // Anonymous devices have the major number 0; the first minors are Linux's own.
        if (!found.Mount(Request(options, device)).TryGet(out IFileSystem? tree, out Errno mountError))
            return mountError;
        Location point = default;
        if (!isRoot)
        {
            FileKind kind = tree.GetAttributes(tree.Root).ValueOrDefault.Kind;
            Errno error = FindPoint(path, out point);
            if (error == Errno.ENOENT)
                error = MakePoint(path, 0x1ED, kind, out point);
            if (error != Errno.None)
                return error;
            if ((kind == FileKind.Directory) != (point.Kind == FileKind.Directory))
                return Errno.ENOTDIR;
        }

        var mount = new Mount(new MountId(id), type, options, path.ToArray(), device, tree);
        if (point.Mount is not null)
        {
            // The point must stay for as long as the mount stands on it.
            Errno error = point.Mount.Content?.Open(point.Node, OpenFlags.O_RDONLY) ?? Errno.None;
            if (error != Errno.None)
                return error;
            mount.StandOn(point.Mount, point.Node);
        }

        _core.Mounts.Add(mount);
        _core.Mounts.NextId++;
        return Errno.None;
    }

    /// <summary>Makes a mount that stands nowhere, for files without a path.</summary>
    public Result<Mount> MountInternal(string type, MountOptions options)
    {
        if (FindType(type) is not { } found)
            return Errno.ENODEV;
        int id = _core.Mounts.NextId;
        ulong device = (ulong)id + 20;
        if (!found.Mount(Request(options, device)).TryGet(out IFileSystem? tree, out Errno error))
            return error;
        var mount = new Mount(new MountId(id), type, options, [], device, tree);
        _core.Mounts.Add(mount);
        _core.Mounts.NextId++;
        return mount;
    }

    public Result<FileId> OpenRoot()
    {
        if (!_core.Mounts.HasRoot)
            return Errno.ENOENT;
        return _core.OpenAt(_core.Mounts.Root, OpenFlags.O_DIRECTORY, 0);
    }

    public Result<FileId> OpenHostStream(HostFileId stream, OpenFlags flags)
    {
        if (_core.Terminals.Console is { } console && console.IsBehind(stream))
            return _core.OpenConsole();
        if (_core.NewFile(_core.Streams, flags) is not { } file)
            return Errno.ENFILE;
        _core.Streams.Attach(file, stream);
        return file.Id;
    }

    public Result<byte[]> GetPath(GuestTask task, FileId id)
    {
        if (_core.Files.Find(id) is not { } file)
            return Errno.EBADF;
        return FilePaths.Of(_core, task, file, false);
    }

    public Errno CheckAccess(in PathStart start, ReadOnlySpan<byte> path, uint mode, WalkFlags flags)
    {
        if (mode > 7)
            return Errno.EINVAL;
        Errno error = _names.Resolve(start, path, flags, out WalkTarget target);
        if (error != Errno.None || target.File is not null)
            return error;
        if (!target.Location.Attributes.TryGet(out NodeAttributes attributes, out error))
            return error;
        if ((mode & Permission.Write) != 0
            && target.Location.Mount.IsReadOnly
            && attributes.Kind is FileKind.Regular or FileKind.Directory or FileKind.SymbolicLink)
        {
            return Errno.EROFS;
        }

        return Permission.Check(attributes, start.Task.Credentials, mode, (flags & WalkFlags.RealIds) != 0);
    }

    public Result<FileSystemStatistics> GetStatistics(FileId id)
    {
        if (_core.Files.Find(id) is not { } file)
            return Errno.EBADF;
        if (file.Mount is not { } mount)
            return new FileSystemStatistics(0x50495045, 4096, 0, 0, 0, 0, 255, 0x20, 0); // PIPEFS_MAGIC
        const ulong ReadOnlyFlag = 1; // ST_RDONLY
        FileSystemStatistics statistics = mount.Tree.Statistics;
        return mount.IsReadOnly ? statistics with { Flags = statistics.Flags | ReadOnlyFlag } : statistics;
    }

    /// <summary>The request that a mount's options make.</summary>
    public static MountRequest Request(MountOptions options, ulong device) =>
        new(options.Source, options.ReadOnly, device, options.Options ?? new Dictionary<string, string>());

    /// <summary>A type by its name: of any plugin, or of this one when it stands alone; or a stack of types, <c>ABOVE+BELOW</c>.</summary>
    public IFileSystemType? FindType(string name)
    {
        int plus = name.IndexOf('+', StringComparison.Ordinal);
        if (plus >= 0)
        {
            return FindType(name[..plus]) is IStackedFileSystemType above && FindType(name[(plus + 1)..]) is { } below
                ? new StackedType(name, above, below)
                : null;
        }

        foreach (IFileSystemType type in _ownTypes)
        {
            if (type.Name == name)
                return type;
        }

        if (_core.Services.Types is { } types)
        {
            foreach (IFileSystemType type in types.Current)
            {
                if (type.Name == name)
                    return type;
            }
        }

        return null;
    }

    /// <summary>Makes a directory of the machine's root when it is not there yet, for a mount to stand on.</summary>
    internal Errno MakePoint(ReadOnlySpan<byte> path, uint permissions)
    {
        Errno error = FindPoint(path, out Location point);
        if (error == Errno.ENOENT)
            error = MakePoint(path, permissions, FileKind.Directory, out point);
        return error == Errno.None && point.Kind != FileKind.Directory ? Errno.ENOTDIR : error;
    }

    // Makes what is missing of the way to a mount point, and the point itself: a directory, or an empty file for a file to cover.
    private Errno MakePoint(ReadOnlySpan<byte> path, uint permissions, FileKind kind, out Location point)
    {
        point = default;
        path = path.TrimEnd((byte)'/');
        int slash = ByteSearch.Last(path, (byte)'/');
        if (slash < 0)
            return Errno.EINVAL;
        ReadOnlySpan<byte> above = slash == 0 ? "/"u8 : path[..slash];
        Errno error = FindPoint(above, out Location parent);
        if (error == Errno.ENOENT)
            error = MakePoint(above, 0x1ED, FileKind.Directory, out parent);
        if (error != Errno.None)
            return error;
        if (parent.Mount.Names is not { } names || parent.Mount.IsReadOnly)
            return Errno.EROFS;
        FileKind made = kind == FileKind.Directory ? FileKind.Directory : FileKind.Regular;
        if (!names.Create(parent.Node, path[(slash + 1)..], new NewNode(made, permissions, 0, 0)).TryGet(out NodeId node, out error))
            return error;
        point = new Location(parent.Mount, node, made);
        return Errno.None;
    }

    // Mount points are named from the machine's root, by nobody: the walk checks no permissions.
    private Errno FindPoint(ReadOnlySpan<byte> path, out Location point)
    {
        Errno error = _core.Walker.ResolveFromRoot(path, out WalkTarget target);
        point = target.Location;
        return error;
    }
}
