using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

/// <summary>What a tree in memory is made with.</summary>
internal sealed record MemoryTreeSetup
{
    public required ulong Device { get; init; }

    public required TreeClock Clock { get; init; }

    /// <summary>f_type (statfs(2)).</summary>
    public ulong Magic { get; init; } = 0x01021994;

    /// <summary>How many pages the files may have together.</summary>
    public long PageLimit { get; init; } = long.MaxValue;

    public uint RootPermissions { get; init; } = 0x1ED;

    public uint RootUser { get; init; }

    public uint RootGroup { get; init; }

    public bool IsReadOnly { get; init; }

    /// <summary>Whether its files have seals (fcntl(2), F_ADD_SEALS).</summary>
    public bool CanBeSealed { get; init; }

    /// <summary>The tree below, for an overlay.</summary>
    public ILowerTree? Lower { get; init; }

    /// <summary>The first inode number: an overlay's own must not meet those of the tree below.</summary>
    public ulong FirstInode { get; init; } = 1;
}

/// <summary>The tree under an overlay: a file system that answers a name together with its attributes.</summary>
internal interface ILowerTree : IFileSystem, IFileContent, IStatefulFileSystem
{
    Errno LookupWithAttributes(NodeId directory, ReadOnlySpan<byte> name, out NodeId node, out NodeAttributes attributes);
}

/// <summary>
/// A tree of inodes in memory: tmpfs, the device directory, an unpacked archive, and with a tree below it an overlay. What the tree
/// below shows is taken over when it is changed: attributes at the first change, a file's content at the first write, a directory's
/// names one by one; a removed name is covered. Nodes keep their identity through that, so that renaming what is below needs no copy.
/// What was seen below counts for <see cref="TreeClock.FreshNanoseconds"/>; names changed here are never asked for again.
/// </summary>
internal sealed partial class MemoryTree : IFileSystem, IFileContent, IFileSystemNames, ISparseContent, IExtendedAttributes, ISealedContent, IStatefulFileSystem
{
    private const uint SetGroupId = 0x400;

    private readonly MemoryTreeSetup _setup;
    private readonly TreeClock _clock;
    private readonly ILowerTree? _lower;

    private MemoryNode?[] _nodes = new MemoryNode?[64];
    private readonly List<int> _freeIds = [];
    private int _usedIds = 1;
    private ulong _nextInode;
    private long _pagesUsed;
    private long _nodeCount;

    // Nodes that show the tree below do not count against the limit: they can be forgotten.
    private long _ownNodes;

    // Names of one file below that has several: they stand for one node here too.
    private LinkedNodes? _linkedLower;

    public MemoryTree(MemoryTreeSetup setup)
    {
        _setup = setup;
        _clock = setup.Clock;
        _lower = setup.Lower;
        _nextInode = setup.FirstInode;
        NodeAttributes lowerRoot = default;
        bool hasLower = _lower is not null && _lower.GetAttributes(_lower.Root).TryGet(out lowerRoot, out _);
        MemoryNode root = NewNode(FileKind.Directory, hasLower ? lowerRoot.Inode : _nextInode++);
        root.Parent = root;
        root.Permissions = setup.RootPermissions;
        root.User = setup.RootUser;
        root.Group = setup.RootGroup;
        root.Links = 2;
        if (_lower is not null)
        {
            root.Lower = _lower.Root;
            root.HasLowerAttributes = true;
            if (hasLower)
                FillFromLower(root, lowerRoot, _clock.Stamp);
        }
    }

    public NodeId Root => new(1);

    public FileSystemStatistics Statistics
    {
        get
        {
            long limit = _setup.PageLimit == long.MaxValue ? 0 : _setup.PageLimit;
            long free = Math.Max(0, limit - _pagesUsed);
            return new FileSystemStatistics(_setup.Magic, PageStore.PageSize, limit, free, limit, Math.Max(0, limit - _ownNodes), 255, 0x20, 0); // ST_VALID
        }
    }

    public Result<FoundNode> Lookup(NodeId directory, ReadOnlySpan<byte> name)
    {
        Errno error = Find(NodeOf(directory), name, out MemoryNode? node);
        return error == Errno.None ? new FoundNode(new NodeId((ulong)node!.Id), node.Kind) : error;
    }

    public Result<NodeAttributes> GetAttributes(NodeId id)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        Errno error = Refresh(node);
        if (error != Errno.None)
            return error;
        return new NodeAttributes
        {
            Device = _setup.Device,
            Inode = node.Inode,
            Kind = node.Kind,
            Permissions = node.Permissions,
            Links = node.Links,
            User = node.User,
            Group = node.Group,
            SpecialDevice = node.SpecialDevice,
            Size = node.IsDirectory && !node.HasLowerAttributes ? DirectorySize(node) : node.Size,
            BlockSize = PageStore.PageSize,
            Blocks = node.HasLowerContent || node.HasLowerAttributes ? node.LowerBlocks
                : node.IsDirectory && _lower is not null ? PageStore.PageSize / 512
                : (node.Pages?.Count ?? 0) * (PageStore.PageSize / 512),
            AccessTime = node.AccessTime,
            ModifyTime = node.ModifyTime,
            ChangeTime = node.ChangeTime,
            BirthTime = node.BirthTime,
        };
    }

    public Errno SetAttributes(NodeId id, in AttributeChange change)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (_setup.IsReadOnly)
            return Errno.EROFS;
        Errno error = TakeAttributes(node);
        if (error != Errno.None)
            return error;
        FileTime now = _clock.Now;
        if (change.Size is { } size)
        {
            error = SetSize(node, size, now);
            if (error != Errno.None)
                return error;
        }

        node.Permissions = change.Permissions ?? node.Permissions;
        node.User = change.User ?? node.User;
        node.Group = change.Group ?? node.Group;
        node.AccessTime = change.AccessTime ?? node.AccessTime;
        node.ModifyTime = change.ModifyTime ?? node.ModifyTime;
        node.ChangeTime = now;
        return Errno.None;
    }

    public Result<NodeLocation> Locate(NodeId id)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        return new NodeLocation(new NodeId((ulong)ParentOf(node).Id), node.Name, node.IsRemoved);
    }

    public Errno ReadDirectory(NodeId id, long offset, IDirectorySink sink)
    {
        if (NodeOf(id) is not { Entries: { } entries } directory)
            return Errno.ENOTDIR;
        if (offset == 0)
        {
            Errno error = ListLower(directory);
            if (error != Errno.None)
                return error;
            Touch(directory);
        }

        for (int i = entries.SlotAfter(offset); i < entries.SlotCount; i++)
        {
            MemoryDirectory.Entry slot = entries.At(i);
            DirectoryEntry entry = slot.State switch
            {
                EntryState.Node => new DirectoryEntry(slot.Node!.Inode, slot.Node.Kind, slot.Position),
                EntryState.Listed => new DirectoryEntry(slot.ListedInode, slot.ListedKind, slot.Position),
                _ => default,
            };
            if (entry.NextOffset != 0 && !sink.Add(entry, slot.Name))
                break;
        }

        return Errno.None;
    }

    public Result<byte[]> ReadLink(NodeId id)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (node.Kind != FileKind.SymbolicLink)
            return Errno.EINVAL;
        if (node.LinkTarget is null)
        {
            if (!_lower!.ReadLink(node.Lower).TryGet(out byte[]? target, out Errno error))
                return error;
            node.LinkTarget = target;
        }

        return node.LinkTarget;
    }

    /// <summary>Finds a name in a directory, here and below.</summary>
    private Errno Find(MemoryNode? directory, ReadOnlySpan<byte> name, out MemoryNode? node)
    {
        node = null;
        if (directory?.Entries is not { } entries)
            return Errno.ENOTDIR;
        if (name.Length > 255)
            return Errno.ENAMETOOLONG;
        int index = entries.Find(name);
        if (index < 0)
        {
            if (directory.Lower.IsNone || (directory.ListedAt != 0 && _clock.IsFresh(directory.ListedAt)))
                return Errno.ENOENT;
            return FindLower(directory, name, out node);
        }

        MemoryDirectory.Entry entry = entries.At(index);
        switch (entry.State)
        {
            case EntryState.Node:
                if (entry.IsLower && !_clock.IsFresh(entry.CheckedAt))
                    return FindLower(directory, name, out node);
                node = entry.Node!;
                if (node.Links > 1 && !node.IsDirectory)
                {
                    node.Parent = directory;
                    node.Name = entry.Name;
                }

                return Errno.None;
            case EntryState.Covered:
                return Errno.ENOENT;
            case EntryState.Absent when _clock.IsFresh(entry.CheckedAt):
                return Errno.ENOENT;
            default:
                return FindLower(directory, name, out node);
        }
    }

    private MemoryNode? NodeOf(NodeId id) => id.Value < (ulong)_nodes.Length ? _nodes[id.Value] : null;

    private MemoryNode NewNode(FileKind kind, ulong inode)
    {
        int id;
        if (_freeIds.Count > 0)
        {
            id = _freeIds[^1];
            _freeIds.RemoveAt(_freeIds.Count - 1);
        }
        else
        {
            if (_usedIds == _nodes.Length)
                Array.Resize(ref _nodes, _nodes.Length * 2);
            id = _usedIds++;
        }

        var node = new MemoryNode { Id = id, Kind = kind, Inode = inode };
        if (kind == FileKind.Directory)
            node.Entries = new MemoryDirectory();
        _nodes[id] = node;
        _nodeCount++;
        return node;
    }

    private void FreeIfUnused(MemoryNode node)
    {
        if (node.Links != 0 || node.Opens != 0)
            return;
        if (node.Pages is { } pages)
            _pagesUsed -= pages.RemoveFrom(0);
        node.Pages = null;
        if (_nodes[node.Id] != node)
            return;
        _nodes[node.Id] = null;
        _freeIds.Add(node.Id);
        _nodeCount--;
        if (node.Lower.IsNone)
            _ownNodes--;
    }

    // tmpfs counts 20 bytes for each name, "." and ".." included; the file systems that overlays mostly lie on give a directory a block.
    private long DirectorySize(MemoryNode node) => _lower is null ? 40 + 20L * node.Entries!.ShownCount : Math.Max(node.Size, PageStore.PageSize);

    // relatime (mount(8)): the access time moves when it is not newer than the last change, or a day old.
    private void Touch(MemoryNode node)
    {
        if (node.HasLowerAttributes || _setup.IsReadOnly)
            return;
        FileTime access = node.AccessTime;
        if (IsLater(access, node.ModifyTime) && IsLater(access, node.ChangeTime))
        {
            return;
        }

        node.AccessTime = _clock.Now;
    }

    private static bool IsLater(FileTime left, FileTime right) =>
        left.Seconds > right.Seconds || (left.Seconds == right.Seconds && left.Nanoseconds > right.Nanoseconds);
}
