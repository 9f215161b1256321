using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Host;

// Changes of names on the host, for trees that were mounted for writing.
internal sealed partial class HostTree
{
    public Result<NodeId> Create(NodeId directoryId, ReadOnlySpan<byte> name, in NewNode wanted)
    {
        Span<byte> buffer = stackalloc byte[PathLength(NodeOf(directoryId), name)];
        Errno error = BeginChange(directoryId, name, buffer, out ReadOnlySpan<byte> path);
        if (error == Errno.None)
            error = _setup.Host.Names.Create(_setup.Root, path, wanted);
        if (error != Errno.None)
            return error;
        error = LookupWithAttributes(directoryId, name, out NodeId node, out NodeAttributes attributes);
        if (error != Errno.None)
            return error;
        if (attributes.User != wanted.User || attributes.Group != wanted.Group)
        {
            // Where the host's user may not give files away they stay his.
            error = _setup.Host.Names.SetAttributes(_setup.Root, path, new AttributeChange { User = wanted.User, Group = wanted.Group });
            if (error is not (Errno.None or Errno.EPERM))
                return error;
        }

        return node;
    }

    public Errno Link(NodeId directoryId, ReadOnlySpan<byte> name, NodeId id)
    {
        Span<byte> buffer = stackalloc byte[PathLength(NodeOf(directoryId), name)];
        Errno error = BeginChange(directoryId, name, buffer, out ReadOnlySpan<byte> path);
        if (error != Errno.None)
            return error;
        if (NodeOf(id) is not { } node)
            return Errno.ESTALE;
        if (node.Kind == FileKind.Directory)
            return Errno.EPERM;
        Span<byte> sourceBuffer = stackalloc byte[PathLength(node)];
        if (!TryGetPath(node, sourceBuffer, out ReadOnlySpan<byte> source, out error))
            return error;
        return _setup.Host.Names.Link(_setup.Root, source, path);
    }

    public Errno Remove(NodeId directoryId, ReadOnlySpan<byte> name, bool isDirectory)
    {
        Span<byte> buffer = stackalloc byte[PathLength(NodeOf(directoryId), name)];
        Errno error = BeginChange(directoryId, name, buffer, out ReadOnlySpan<byte> path);
        if (error != Errno.None)
            return error;
        error = _setup.Host.Names.Remove(_setup.Root, path, isDirectory);
        if (error == Errno.None)
            Forget(NodeOf(directoryId)!, name);
        return error;
    }

    public Errno Rename(NodeId sourceId, ReadOnlySpan<byte> sourceName, NodeId targetId, ReadOnlySpan<byte> targetName, uint flags)
    {
        const uint Known = 3;
        if ((flags & ~Known) != 0)
            return Errno.EINVAL; // A whiteout is a device, which the host is not asked to make.
        Span<byte> sourceBuffer = stackalloc byte[PathLength(NodeOf(sourceId), sourceName)];
        Span<byte> targetBuffer = stackalloc byte[PathLength(NodeOf(targetId), targetName)];
        Errno error = BeginChange(sourceId, sourceName, sourceBuffer, out ReadOnlySpan<byte> source);
        if (error != Errno.None)
            return error;
        error = BeginChange(targetId, targetName, targetBuffer, out ReadOnlySpan<byte> target);
        if (error != Errno.None)
            return error;
        error = _setup.Host.Names.Rename(_setup.Root, source, target, flags);
        if (error != Errno.None)
            return error;
        HostNode from = NodeOf(sourceId)!;
        HostNode to = NodeOf(targetId)!;
        HostNode? moved = from.Children?.Find(sourceName);
        HostNode? replaced = to.Children?.Find(targetName);
        if (moved is not null && moved == replaced)
            return Errno.None;
        if (replaced is not null && moved is not null && replaced.HostInode == moved.HostInode && replaced.HostDevice == moved.HostDevice)
            return Errno.None; // Two names of one file: the host did nothing.
        Forget(from, sourceName);
        Forget(to, targetName);
        if (flags == 2 && replaced is not null)
            Place(replaced, from, sourceName);
        if (moved is not null)
            Place(moved, to, targetName);
        return Errno.None;
    }

    private static void Place(HostNode node, HostNode directory, ReadOnlySpan<byte> name)
    {
        node.Parent = directory;
        node.Name = name.ToArray();
        node.IsRemoved = false;
        (directory.Children ??= new NameTable<HostNode>()).Set(node.Name, node);
    }

    private void Forget(HostNode directory, ReadOnlySpan<byte> name)
    {
        if (directory.Children?.Find(name) is not { } node)
            return;
        node.IsRemoved = true;
        directory.Children.Remove(name);
        if (node.Opens == 0)
            CloseHandle(node);
    }

    private Errno BeginChange(NodeId directoryId, ReadOnlySpan<byte> name, Span<byte> buffer, out ReadOnlySpan<byte> path)
    {
        path = default;
        if (NodeOf(directoryId) is not { } directory)
            return Errno.ESTALE;
        if (_setup.IsReadOnly)
            return Errno.EROFS;
        if (directory.HidesContent || directory.Mask?.Find(name) is not null)
            return Errno.EACCES; // What is hidden from the guest is not the guest's to change.
        return TryGetPath(directory, name, buffer, out path, out Errno error) ? Errno.None : error;
    }
}
