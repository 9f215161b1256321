using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Host;

// What outlives the plugin: which nodes there are and the ids of the host's handles.
internal sealed partial class HostTree
{
    public FileSystemState Capture()
    {
        var nodes = new List<HostNodeState>(_usedIds);
        for (int i = 1; i < _usedIds; i++)
        {
            if (_nodes[i] is not { } node)
                continue;
            var location = new NodeLocation(new NodeId((ulong)(node.Parent?.Id ?? 0)), node.Name, node.IsRemoved);
            nodes.Add(new HostNodeState(
                new NodeId((ulong)node.Id), location, node.Kind, node.HostDevice, node.HostInode, node.Inode, node.Handle, node.IsWritable, node.Opens));
        }

        return new HostTreeState
        {
            Root = _setup.Root,
            Nodes = nodes,
            NextInode = _nextInode,
            Numbers = _numbers?.All ?? [],
            Devices = _devices,
        };
    }

    public static Result<HostTree> Restore(HostTreeSetup setup, HostTreeState state)
    {
        var tree = new HostTree(setup) { _nextInode = state.NextInode };
        tree._devices = [.. state.Devices];
        foreach ((ulong device, ulong inode, ulong number) in state.Numbers)
            (tree._numbers ??= new InodeNumbers()).Set(device, inode, number);
        foreach (HostNodeState saved in state.Nodes)
        {
            if (saved.Id.Value is 0 or > int.MaxValue || tree.NodeOf(saved.Id) is not null)
                return Errno.EINVAL;
            tree.Add(saved);
        }

        foreach (HostNodeState saved in state.Nodes)
        {
            HostNode node = tree.NodeOf(saved.Id)!;
            if (tree.NodeOf(saved.Location.Directory) is not { } parent)
                return Errno.EINVAL;
            node.Parent = parent;
            if (node != parent && !node.IsRemoved)
                (parent.Children ??= new NameTable<HostNode>()).Set(node.Name, node);
        }

        if (tree.NodeOf(tree.Root) is not { } root)
            return Errno.EINVAL;
        tree.TakeDevice(root);
        root.Mask = setup.Mask;
        root.HidesContent = setup.Mask?.Hides == true;
        foreach (HostNodeState saved in state.Nodes)
            Mask(tree.NodeOf(saved.Id)!);
        return tree;
    }

    private void Add(HostNodeState saved)
    {
        int id = (int)saved.Id.Value;
        while (id >= _nodes.Length)
            Array.Resize(ref _nodes, _nodes.Length * 2);
        var node = new HostNode
        {
            Id = id,
            Kind = saved.Kind,
            HostDevice = saved.HostDevice,
            HostInode = saved.HostInode,
            Inode = saved.Inode,
            Name = saved.Location.Name,
            IsRemoved = saved.Location.IsRemoved,
            Handle = saved.Handle,
            IsWritable = saved.IsWritable,
            Opens = saved.Opens,
        };
        _nodes[id] = node;
        _usedIds = Math.Max(_usedIds, id + 1);
        if (_isDeterministic)
            (_numbers ??= new InodeNumbers()).Set(node.HostDevice, node.HostInode, node.Inode);
        if (node.Opens > 0 || node.Handle.IsNone)
            return;
        node.IsQueued = true;
        _idle.Enqueue(node);
    }

    // A node's mask follows from its path; paths are short, so each is walked anew.
    private static void Mask(HostNode node)
    {
        if (node.Parent == node)
            return;
        Mask(node.Parent!);
        node.Mask = node.Parent!.Mask?.Find(node.Name);
        node.HidesContent = node.Mask?.Hides ?? node.Parent.HidesContent;
    }
}
