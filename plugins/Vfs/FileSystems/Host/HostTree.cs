using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Memory;

namespace Kpio.Plugins.Vfs.FileSystems.Host;

/// <summary>The host's services for trees.</summary>
internal sealed record HostAccess(IHostFiles Files, IHostFileContent Content, IHostFileNames Names);

/// <summary>What a host tree is made with.</summary>
internal sealed record HostTreeSetup
{
    public required HostAccess Host { get; init; }

    public required TreeClock Clock { get; init; }

    public required HostFileId Root { get; init; }

    public required ulong Device { get; init; }

    public required bool IsReadOnly { get; init; }

    public HostMask? Mask { get; init; }

    /// <summary>Whether handles are kept a while after their last file was closed: for trees under an overlay, which opens the same files again and again.</summary>
    public bool KeepsHandles { get; init; }
}

/// <summary>
/// A directory or file of the host. Every question goes to the host, by the path from the granted root: nothing is remembered but
/// which nodes there are, so what happens on the host is seen at once. A node whose place holds another inode than before is a new
/// node. Inode numbers are the host's (with the device's index in the top byte, should the tree span several), or in a deterministic
/// machine numbered by first sight.
/// </summary>
internal sealed partial class HostTree : ILowerTree, IFileSystemNames, ISparseContent
{
    // A path on the host may be longer than what Linux takes in one call: a guest that changes its directory goes as deep as it likes.
    private const int PathMaximum = 1 << 16;
    private const int MostIdleHandles = 64;

    private readonly HostTreeSetup _setup;
    private readonly IHostFiles _files;
    private readonly Queue<HostNode> _idle = new();
    private ulong[] _devices = [];

    // Made when it is needed: only deterministic machines number inodes.
    private InodeNumbers? _numbers;
    private readonly bool _isDeterministic;
    private ulong _device;
    private HostNode?[] _nodes = new HostNode?[64];
    private int _usedIds = 1;
    private ulong _nextInode = 1;

    private HostTree(HostTreeSetup setup)
    {
        _setup = setup;
        _files = setup.Host.Files;
        _isDeterministic = setup.Clock.IsDeterministic;
    }

    public NodeId Root => new(1);

    public FileSystemStatistics Statistics => _files.GetStatistics(_setup.Root).ValueOrDefault;

    public static Result<HostTree> Create(HostTreeSetup setup)
    {
        var tree = new HostTree(setup);
        if (!setup.Host.Files.Stat(setup.Root, default).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        HostNode root = tree.NewNode(attributes);
        tree.TakeDevice(root);
        root.Parent = root;
        root.Mask = setup.Mask;
        root.HidesContent = setup.Mask?.Hides == true;
        return tree;
    }

    public Result<FoundNode> Lookup(NodeId directory, ReadOnlySpan<byte> name)
    {
        Errno error = LookupWithAttributes(directory, name, out NodeId node, out NodeAttributes attributes);
        return error == Errno.None ? new FoundNode(node, attributes.Kind) : error;
    }

    public Errno LookupWithAttributes(NodeId directoryId, ReadOnlySpan<byte> name, out NodeId id, out NodeAttributes attributes)
    {
        id = default;
        attributes = default;
        HostNode? directory = NodeOf(directoryId);
        if (directory is null)
            return Errno.ESTALE;
        if (directory.Kind != FileKind.Directory)
            return Errno.ENOTDIR;
        HostMask? mask = directory.Mask?.Find(name);
        if (directory.HidesContent && mask?.LeadsToShown != true)
            return Errno.ENOENT;
        Span<byte> buffer = stackalloc byte[PathLength(directory, name)];
        if (!TryGetPath(directory, name, buffer, out ReadOnlySpan<byte> path, out Errno error))
            return error;
        if (!_files.Stat(_setup.Root, path).TryGet(out attributes, out error))
        {
            if (error == Errno.ENOENT && directory.Children?.Find(name) is { } gone)
            {
                gone.IsRemoved = true;
                directory.Children.Remove(name);
            }

            return error;
        }

        if (mask?.Hides == true && attributes.Kind != FileKind.Directory)
            return Errno.ENOENT;
        HostNode node = Know(directory, name, mask, attributes);
        attributes = attributes with { Device = _device, Inode = node.Inode };
        id = new NodeId((ulong)node.Id);
        return Errno.None;
    }

    public Result<NodeAttributes> GetAttributes(NodeId id)
    {
        HostNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        Errno error;
        NodeAttributes attributes;
        if (!node.Handle.IsNone && node.Opens > 0)
        {
            if (!_setup.Host.Content.Stat(node.Handle).TryGet(out attributes, out error))
                return error;
        }
        else
        {
            Span<byte> buffer = stackalloc byte[PathLength(node)];
            if (!TryGetPath(node, buffer, out ReadOnlySpan<byte> path, out error)
                || !_files.Stat(_setup.Root, path).TryGet(out attributes, out error))
            {
                return error;
            }

            if (attributes.Kind != node.Kind)
                return Errno.ESTALE;
        }

        return attributes with { Device = _device, Inode = node.Inode };
    }

    public Result<NodeLocation> Locate(NodeId id) =>
        NodeOf(id) is { Parent: { } parent } node
            ? new NodeLocation(new NodeId((ulong)parent.Id), node.Name, node.IsRemoved)
            : Errno.ESTALE;

    public Errno ReadDirectory(NodeId id, long offset, IDirectorySink sink)
    {
        HostNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (node.Kind != FileKind.Directory)
            return Errno.ENOTDIR;
        List<HostListing.Item>? items = offset == 0 ? null : node.Listing;
        if (items is null)
        {
            Errno error = List(node, out items);
            if (error != Errno.None)
                return error;
            node.Listing = node.Opens > 0 ? items : null;
        }

        for (long i = offset; i < items.Count; i++)
        {
            HostListing.Item item = items[(int)i];
            if (!sink.Add(new DirectoryEntry(item.Inode, item.Kind, i + 1), item.Name))
                break;
        }

        return Errno.None;
    }

    public Result<byte[]> ReadLink(NodeId id)
    {
        HostNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        Span<byte> buffer = stackalloc byte[PathLength(node)];
        if (!TryGetPath(node, buffer, out ReadOnlySpan<byte> path, out Errno error))
            return error;
        return _files.ReadLink(_setup.Root, path);
    }

    private Errno List(HostNode directory, out List<HostListing.Item> items)
    {
        var listing = new HostListing();
        items = listing.Items;
        Span<byte> buffer = stackalloc byte[PathLength(directory)];
        if (!TryGetPath(directory, buffer, out ReadOnlySpan<byte> path, out Errno error))
            return error;
        error = _files.List(_setup.Root, path, listing);
        if (error != Errno.None)
            return error;
        if (directory.Mask is not null || directory.HidesContent)
            items.RemoveAll(item => !IsVisible(directory, item));
        if (_isDeterministic)
            items.Sort(static (left, right) => left.Name.AsSpan().SequenceCompareTo(right.Name));
        for (int i = 0; i < items.Count; i++)
        {
            HostListing.Item item = items[i];
            if (item.Kind == FileKind.None)
            {
                // The host's file system does not tell types in listings.
                if (LookupWithAttributes(new NodeId((ulong)directory.Id), item.Name, out _, out NodeAttributes attributes) == Errno.None)
                    item = item with { Kind = attributes.Kind };
            }

            items[i] = item with { Inode = Number(directory.HostDevice, item.Inode) };
        }

        return Errno.None;
    }

    private static bool IsVisible(HostNode directory, HostListing.Item item)
    {
        HostMask? mask = directory.Mask?.Find(item.Name);
        if (directory.HidesContent && mask?.LeadsToShown != true)
            return false;
        return mask?.Hides != true || item.Kind is FileKind.Directory or FileKind.None;
    }

    private HostNode Know(HostNode directory, ReadOnlySpan<byte> name, HostMask? mask, in NodeAttributes attributes)
    {
        HostNode? node = directory.Children?.Find(name);
        if (node is not null && node.HostInode == attributes.Inode && node.HostDevice == attributes.Device && node.Kind == attributes.Kind)
            return node;
        if (node is not null)
            node.IsRemoved = true;
        node = NewNode(attributes);
        node.Parent = directory;
        node.Name = name.ToArray();
        node.Mask = mask;
        node.HidesContent = mask?.Hides ?? directory.HidesContent;
        (directory.Children ??= new NameTable<HostNode>()).Set(node.Name, node);
        return node;
    }

    private HostNode NewNode(in NodeAttributes attributes)
    {
        if (_usedIds == _nodes.Length)
            Array.Resize(ref _nodes, _nodes.Length * 2);
        var node = new HostNode
        {
            Id = _usedIds,
            Kind = attributes.Kind,
            HostDevice = attributes.Device,
            HostInode = attributes.Inode,
            Inode = Number(attributes.Device, attributes.Inode),
        };
        _nodes[_usedIds++] = node;
        return node;
    }

    // The host's own number, by which programs outside know the files too; a deterministic machine must not show it.
    private void TakeDevice(HostNode root) => _device = _isDeterministic ? _setup.Device : root.HostDevice;

    private ulong Number(ulong device, ulong inode)
    {
        if (_isDeterministic)
            return (_numbers ??= new InodeNumbers()).Find(device, inode, ref _nextInode);

        int index = 0;
        while (index < _devices.Length && _devices[index] != device)
            index++;
        if (index == _devices.Length)
            _devices = [.. _devices, device];
        return inode ^ ((ulong)index << 56);
    }

    private HostNode? NodeOf(NodeId id) => id.Value < (ulong)_nodes.Length ? _nodes[id.Value] : null;

    /// <summary>How much room <see cref="TryGetPath(HostNode, ReadOnlySpan{byte}, Span{byte}, out ReadOnlySpan{byte}, out Errno)"/> needs.</summary>
    private static int PathLength(HostNode? node, ReadOnlySpan<byte> name = default)
    {
        int length = name.Length;
        for (HostNode? current = node; current is not null && current.Parent != current; current = current.Parent)
            length = Math.Min(PathMaximum, length + current.Name.Length + 1);
        return length;
    }

    private static bool TryGetPath(HostNode node, Span<byte> buffer, out ReadOnlySpan<byte> path, out Errno error) =>
        TryGetPath(node, default, buffer, out path, out error);

    // The path is written from its end.
    private static bool TryGetPath(HostNode node, ReadOnlySpan<byte> name, Span<byte> buffer, out ReadOnlySpan<byte> path, out Errno error)
    {
        path = default;
        int start = buffer.Length - name.Length;
        error = Errno.ENAMETOOLONG;
        if (start < 0)
            return false;
        name.CopyTo(buffer[start..]);
        for (HostNode current = node; current.Parent != current; current = current.Parent!)
        {
            if (current.IsRemoved)
            {
                error = Errno.ENOENT;
                return false;
            }

            int separator = start == buffer.Length ? 0 : 1;
            if (start < current.Name.Length + separator)
                return false;
            if (separator == 1)
                buffer[--start] = (byte)'/';
            start -= current.Name.Length;
            current.Name.AsSpan().CopyTo(buffer[start..]);
        }

        error = Errno.None;
        path = buffer[start..];
        return true;
    }
}
