using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

// What outlives the plugin, and extended attributes, which are nothing but data.
internal sealed partial class MemoryTree
{
    public FileSystemState Capture()
    {
        var nodes = new List<MemoryNodeState>((int)_nodeCount);
        for (int i = 1; i < _usedIds; i++)
        {
            if (_nodes[i] is { } node)
                nodes.Add(Capture(node));
        }

        return new MemoryTreeState
        {
            Nodes = nodes,
            NextInode = _nextInode,
            PageLimit = _setup.PageLimit,
            Lower = _lower?.Capture(),
        };
    }

    /// <summary>Makes a tree from what <see cref="Capture()"/> handed out; EINVAL for a state that cannot be one.</summary>
    public static Result<IFileSystem> Restore(MemoryTreeSetup setup, MemoryTreeState state)
    {
        var tree = new MemoryTree(setup);
        return tree.Restore(state) ? tree : Errno.EINVAL;
    }

    public Result<byte[]> Get(NodeId id, ReadOnlySpan<byte> name)
    {
        int index = FindAttribute(id, name, out MemoryNode? node);
        return index >= 0 ? node!.ExtendedAttributes![index].Value : node is null ? Errno.ESTALE : Errno.ENODATA;
    }

    public Errno Set(NodeId id, ReadOnlySpan<byte> name, byte[]? value, uint flags)
    {
        int index = FindAttribute(id, name, out MemoryNode? node);
        if (node is null)
            return Errno.ESTALE;
        if (_setup.IsReadOnly)
            return Errno.EROFS;
        if (index < 0 && (value is null || flags == 2))
            return Errno.ENODATA;
        if (index >= 0 && flags == 1)
            return Errno.EEXIST;
        Errno error = TakeAttributes(node);
        if (error != Errno.None)
            return error;
        node.ChangeTime = _clock.Now;
        if (value is null)
        {
            node.ExtendedAttributes!.RemoveAt(index);
            return Errno.None;
        }

        node.ExtendedAttributes ??= [];
        var entry = new KeyValuePair<byte[], byte[]>(name.ToArray(), value);
        if (index >= 0)
            node.ExtendedAttributes[index] = entry;
        else
            node.ExtendedAttributes.Add(entry);
        return Errno.None;
    }

    public Result<IReadOnlyList<byte[]>> List(NodeId id)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        var names = new List<byte[]>();
        foreach (KeyValuePair<byte[], byte[]> entry in node.ExtendedAttributes ?? [])
            names.Add(entry.Key);
        return names;
    }

    private int FindAttribute(NodeId id, ReadOnlySpan<byte> name, out MemoryNode? node)
    {
        node = NodeOf(id);
        if (node?.ExtendedAttributes is not { } attributes)
            return -1;
        for (int i = 0; i < attributes.Count; i++)
        {
            if (name.SequenceEqual(attributes[i].Key))
                return i;
        }

        return -1;
    }

    // The directory that held a removed node may be gone itself: the nearest that is left stands for it.
    private MemoryNode ParentOf(MemoryNode node)
    {
        MemoryNode? parent = node.Parent;
        while (parent is not null && _nodes[parent.Id] != parent)
            parent = parent.Parent;
        return parent ?? _nodes[1]!;
    }

    private MemoryNodeState Capture(MemoryNode node)
    {
        List<MemoryEntryState>? entries = null;
        if (node.Entries is { } directory)
        {
            entries = new List<MemoryEntryState>(directory.SlotCount);
            for (int i = 0; i < directory.SlotCount; i++)
            {
                MemoryDirectory.Entry entry = directory.At(i);

                // What was only seen below is seen again: it is a cache, but for the nodes, which open files may hold.
                if (entry.State is EntryState.Node or EntryState.Covered)
                    entries.Add(new MemoryEntryState(entry.Name, new NodeId((ulong)(entry.Node?.Id ?? 0)), entry.Position, entry.IsLower));
            }
        }

        return new MemoryNodeState
        {
            Id = new NodeId((ulong)node.Id),
            Attributes = new NodeAttributes
            {
                Inode = node.Inode,
                Kind = node.Kind,
                Permissions = node.Permissions,
                Links = node.Links,
                User = node.User,
                Group = node.Group,
                SpecialDevice = node.SpecialDevice,
                Size = node.Size,
                Blocks = node.LowerBlocks,
                AccessTime = node.AccessTime,
                ModifyTime = node.ModifyTime,
                ChangeTime = node.ChangeTime,
                BirthTime = node.BirthTime,
            },
            Pages = node.Pages?.ToPages(),
            LinkTarget = node.LinkTarget,
            Entries = entries,
            NextPosition = node.Entries?.NextPosition ?? 0,
            Location = new NodeLocation(new NodeId((ulong)ParentOf(node).Id), node.Name, node.IsRemoved),
            Lower = node.Lower,
            HasLowerContent = node.HasLowerContent,
            HasLowerAttributes = node.HasLowerAttributes,
            IsLowerOpen = node.IsLowerOpen,
            Opens = node.Opens,
            ExtendedAttributes = node.ExtendedAttributes?.ToArray(),
            Seals = node.Seals,
        };
    }

    private bool Restore(MemoryTreeState state)
    {
        _nodes[1] = null;
        _usedIds = 1;
        _nodeCount = 0;
        _ownNodes = 0;
        _nextInode = state.NextInode;
        foreach (MemoryNodeState saved in state.Nodes)
        {
            if (saved.Id.Value is 0 or > int.MaxValue)
                return false;
            int id = (int)saved.Id.Value;
            while (id >= _nodes.Length)
                Array.Resize(ref _nodes, _nodes.Length * 2);
            if (_nodes[id] is not null)
                return false;
            _nodes[id] = Restore(saved, id);
            _usedIds = Math.Max(_usedIds, id + 1);
            _nodeCount++;
            if (saved.Lower.IsNone)
                _ownNodes++;
        }

        for (int id = _usedIds - 1; id > 0; id--)
        {
            if (_nodes[id] is null)
                _freeIds.Add(id);
        }

        foreach (MemoryNodeState saved in state.Nodes)
        {
            if (!Connect(NodeOf(saved.Id)!, saved))
                return false;
        }

        return _nodes[1] is { IsDirectory: true };
    }

    private MemoryNode Restore(MemoryNodeState saved, int id)
    {
        var node = new MemoryNode
        {
            Id = id,
            Kind = saved.Attributes.Kind,
            Inode = saved.Attributes.Inode,
            Permissions = saved.Attributes.Permissions,
            Links = saved.Attributes.Links,
            User = saved.Attributes.User,
            Group = saved.Attributes.Group,
            SpecialDevice = saved.Attributes.SpecialDevice,
            Size = saved.Attributes.Size,
            LowerBlocks = saved.Attributes.Blocks,
            AccessTime = saved.Attributes.AccessTime,
            ModifyTime = saved.Attributes.ModifyTime,
            ChangeTime = saved.Attributes.ChangeTime,
            BirthTime = saved.Attributes.BirthTime,
            LinkTarget = saved.LinkTarget,
            Name = saved.Location.Name,
            IsRemoved = saved.Location.IsRemoved,
            Lower = saved.Lower,
            HasLowerContent = saved.HasLowerContent,
            HasLowerAttributes = saved.HasLowerAttributes,
            IsLowerOpen = saved.IsLowerOpen,
            Opens = saved.Opens,
            ExtendedAttributes = saved.ExtendedAttributes is { } attributes ? [.. attributes] : null,
            Seals = saved.Seals,
        };
        if (saved.Pages is not null)
        {
            node.Pages = new PageStore();
            foreach (FilePage page in saved.Pages)
                node.Pages.Add(page.Index, page.Bytes);
            _pagesUsed += saved.Pages.Count;
        }

        if (!node.Lower.IsNone && node.Links > 1 && !node.IsDirectory)
            (_linkedLower ??= new LinkedNodes()).Set(node.Inode, node);
        return node;
    }

    private bool Connect(MemoryNode node, MemoryNodeState saved)
    {
        node.Parent = NodeOf(saved.Location.Directory);
        if (!node.IsDirectory)
            return true;
        if (node.Parent is null || saved.Entries is null)
            return false;
        node.Entries = new MemoryDirectory();
        foreach (MemoryEntryState entry in saved.Entries)
        {
            MemoryNode? child = NodeOf(entry.Node);
            if (child is null && !entry.Node.IsNone)
                return false;
            node.Entries.Restore(entry.Name, child, entry.Position, entry.IsLower);
        }

        node.Entries.NextPosition = saved.NextPosition;
        return true;
    }
}
