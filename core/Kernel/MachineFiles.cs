using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel;

/// <summary>
/// The guests' files as the machine's owner sees them: with every permission, from the machine's root, through the same Vfs as the guests.
/// Paths are absolute and bytes. Under the kernel lock.
/// </summary>
public sealed class MachineFiles
{
    private const uint DirectoryPermissions = 0x1ED; // 0755
    private readonly KernelSlots _slots;
    private readonly GuestTask _owner;

    internal MachineFiles(KernelSlots slots, GuestTask first)
    {
        _slots = slots;

        // Nobody ever runs it: who walks a path must be a task, and the first one's directories are gone when it has ended.
        _owner = new GuestTask(0, new ThreadGroup(0, parentPid: 0), first.Cpu, first.Memory)
        {
            Descriptors = new DescriptorTable(),
            FileSystem = new FileSystemContext { Umask = 0 },
            Credentials = Credentials.Of(0, 0),
        };
    }

    /// <summary>A file's attributes; a link's own.</summary>
    public Result<NodeAttributes> Stat(ReadOnlySpan<byte> path) => Enter(out Errno error) ? _slots.Vfs.Current.Stat(new PathStart(_owner), path, WalkFlags.NoFollow) : error;

    /// <summary>Where a symbolic link leads.</summary>
    public Result<byte[]> ReadLink(ReadOnlySpan<byte> path) => Enter(out Errno error) ? _slots.Vfs.Current.ReadLink(new PathStart(_owner), path) : error;

    /// <summary>A regular file's content, at most <paramref name="most"/> bytes of it. EINVAL for what is no regular file: reading a pipe might never end.</summary>
    public Result<byte[]> Read(ReadOnlySpan<byte> path, int most = int.MaxValue)
    {
        if (!Enter(out Errno error))
            return error;
        var start = new PathStart(_owner);
        if (!_slots.Vfs.Current.Stat(start, path, WalkFlags.None).TryGet(out NodeAttributes attributes, out error))
            return error;
        if (attributes.Kind != FileKind.Regular)
            return Errno.EINVAL;
        if (!_slots.Vfs.Current.Open(start, path, OpenFlags.O_RDONLY, 0).TryGet(out FileId file, out error))
            return error;
        byte[] content = new byte[Math.Min(attributes.Size, most)];
        int position = 0;
        while (position < content.Length)
        {
            if (!_slots.OpenFiles.Current.Read(file, content.AsSpan(position), position).TryGet(out int count, out error))
                break;
            if (count == 0)
                break;
            position += count;
        }

        _slots.OpenFiles.Current.Release(file);
        if (error != Errno.None)
            return error;
        return position == content.Length ? content : content[..position];
    }

    /// <summary>The names in a directory, without "." and "..", in the order in which the directory gives them.</summary>
    public Result<IReadOnlyList<byte[]>> List(ReadOnlySpan<byte> path)
    {
        if (!Enter(out Errno error) || !_slots.Vfs.Current.Open(new PathStart(_owner), path, OpenFlags.O_DIRECTORY, 0).TryGet(out FileId file, out error))
            return error;
        var names = new NameList();
        error = _slots.OpenFiles.Current.ReadDirectory(file, names);
        _slots.OpenFiles.Current.Release(file);
        return error == Errno.None ? names.Names : error;
    }

    /// <summary>Makes a file with this content and these permissions, or gives an existing one both; makes the directories on the way.</summary>
    public Errno Write(ReadOnlySpan<byte> path, ReadOnlySpan<byte> content, uint permissions, uint user = 0, uint group = 0)
    {
        Errno error = MakeParents(path, user, group);
        if (error != Errno.None)
            return error;
        var start = new PathStart(_owner);
        if (!_slots.Vfs.Current.Open(start, path, OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_TRUNC, permissions).TryGet(out FileId file, out error))
            return error;
        for (int position = 0; position < content.Length && error == Errno.None;)
        {
            if (_slots.OpenFiles.Current.Write(file, content[position..]).TryGet(out int count, out error))
                position += count;
        }

        _slots.OpenFiles.Current.Release(file);
        return error != Errno.None
            ? error
            : _slots.Vfs.Current.SetAttributes(start, path, WalkFlags.None, new AttributeChange { Permissions = permissions, User = user, Group = group });
    }

    /// <summary>Makes a directory with these permissions, and those on the way.</summary>
    public Errno MakeDirectory(ReadOnlySpan<byte> path, uint permissions = DirectoryPermissions, uint user = 0, uint group = 0)
    {
        Errno error = MakeParents(path, user, group);
        return error != Errno.None ? error : Make(path, new NewNode(FileKind.Directory, permissions, user, group));
    }

    /// <summary>Makes a symbolic link, and the directories on the way.</summary>
    public Errno MakeLink(ReadOnlySpan<byte> path, byte[] target)
    {
        Errno error = MakeParents(path, 0, 0);
        return error != Errno.None ? error : _slots.Vfs.Current.Create(new PathStart(_owner), path, new NewNode(FileKind.SymbolicLink, 0x1FF, 0, 0, LinkTarget: target));
    }

    private Errno MakeParents(ReadOnlySpan<byte> path, uint user, uint group)
    {
        if (!Enter(out Errno error))
            return error;
        for (int end = 1; end < path.Length; end++)
        {
            if (path[end] != (byte)'/' || path[end - 1] == (byte)'/')
                continue;
            error = Make(path[..end], new NewNode(FileKind.Directory, DirectoryPermissions, user, group));
            if (error != Errno.None)
                return error;
        }

        return Errno.None;
    }

    /// <summary>Makes a directory where there is none, with the owner that it is to have: a walk makes nodes its own.</summary>
    private Errno Make(ReadOnlySpan<byte> path, in NewNode node)
    {
        var start = new PathStart(_owner);
        Errno error = _slots.Vfs.Current.Create(start, path, node);
        if (error == Errno.EEXIST)
            return Errno.None;
        return error != Errno.None
            ? error
            : _slots.Vfs.Current.SetAttributes(start, path, WalkFlags.None, new AttributeChange { Permissions = node.Permissions, User = node.User, Group = node.Group });
    }

    /// <summary>Has the owner stand in the root of now.</summary>
    private bool Enter(out Errno error)
    {
        error = Errno.None;
        if (!_owner.FileSystem.Root.IsNone)
            return true;
        if (!_slots.Mounts.Current.OpenRoot().TryGet(out FileId root, out error))
            return false;
        _slots.OpenFiles.Current.AddReference(root);
        (_owner.FileSystem.Root, _owner.FileSystem.WorkingDirectory) = (root, root);
        return true;
    }

    private sealed class NameList : IDirectorySink
    {
        public List<byte[]> Names { get; } = [];

        public bool Add(in DirectoryEntry entry, ReadOnlySpan<byte> name)
        {
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                Names.Add(name.ToArray());
            return true;
        }
    }
}
