using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Memory;
using Kpio.Plugins.Vfs.PageCache;

namespace Kpio.Plugins.Vfs.Mounts;

/// <summary>One mounted tree, with what its file system can do looked up once.</summary>
internal sealed class Mount
{
    private readonly PlainList<Mount> _points = new();

    public Mount(MountId id, string type, MountOptions options, byte[] target, ulong device, IFileSystem tree)
    {
        Id = id;
        Type = type;
        Options = options;
        Target = target;
        Device = device;
        Tree = tree;
        Root = tree.Root;
        Content = tree as IFileContent;
        Names = tree as IFileSystemNames;
        Links = tree as ITaskLinks;
        Generated = tree as IGeneratedContent;
        Positional = tree as IPositionalContent;
        Sparse = tree as ISparseContent;
        Slow = tree as ISlowContent;
        Seals = tree as ISealedContent;
        IsInMemory = tree is MemoryTree;
    }

    public MountId Id { get; }

    public string Type { get; }

    public MountOptions Options { get; }

    /// <summary>Where it is, as a path from the machine's root.</summary>
    public byte[] Target { get; }

    /// <summary>The device number that the tree was given.</summary>
    public ulong Device { get; }

    /// <summary>The device number that its nodes show: a tree of the host may show the host's.</summary>
    public ulong ShownDevice => Tree.GetAttributes(Root).TryGet(out NodeAttributes attributes, out _) ? attributes.Device : Device;

    public IFileSystem Tree { get; }

    public NodeId Root { get; }

    public IFileContent? Content { get; }

    public IFileSystemNames? Names { get; }

    public ITaskLinks? Links { get; }

    public ISlowContent? Slow { get; }

    public IGeneratedContent? Generated { get; }

    public IPositionalContent? Positional { get; }

    public ISparseContent? Sparse { get; }

    public ISealedContent? Seals { get; }

    /// <summary>Whether it stands nowhere: its files have no path, and no list of mounts shows it.</summary>
    public bool IsInternal => Target.Length == 0;

    /// <summary>Whether what is written to it stays in memory: there is nothing behind it to be brought up to date.</summary>
    public bool IsInMemory { get; }

    /// <summary>Its files that are mapped.</summary>
    public MappedFileTable MappedFiles { get; } = new();

    /// <summary>The mount that this one stands on; null for the root.</summary>
    public Mount? Parent { get; private set; }

    /// <summary>The node of the parent that it covers.</summary>
    public NodeId Point { get; private set; }

    public bool IsReadOnly => Options.ReadOnly;

    /// <summary>Whether any node of the tree is covered by another mount.</summary>
    public bool HasPoints => _points.Count != 0;

    public void StandOn(Mount parent, NodeId point)
    {
        Parent = parent;
        Point = point;
        parent._points.Add(this);
    }

    /// <summary>The mount that covers a node, or null. There are a handful at most: a list is the fastest table.</summary>
    public Mount? CoveringOf(NodeId node)
    {
        PlainList<Mount> points = _points;
        for (int i = 0; i < points.Count; i++)
        {
            if (points[i].Point == node)
                return points[i];
        }

        return null;
    }
}
