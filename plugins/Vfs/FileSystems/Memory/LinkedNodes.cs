using System.Runtime.CompilerServices;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

/// <summary>Nodes of files below that have several names, by inode: the names stand for one node here too. A class of its own, made with the first such file: the dictionary's types are not loaded at every start, and its methods stay out of their callers for that (docs/adr/0006).</summary>
internal sealed class LinkedNodes
{
    private readonly Dictionary<ulong, MemoryNode> _nodes = [];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public MemoryNode? Find(ulong inode) => _nodes.GetValueOrDefault(inode);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Set(ulong inode, MemoryNode node) => _nodes[inode] = node;
}
