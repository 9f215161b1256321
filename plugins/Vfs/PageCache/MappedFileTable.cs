using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.PageCache;

/// <summary>A mount's mapped files by node: chains, doubled as they grow. Reads and writes look here, so that an empty one costs one comparison.</summary>
internal sealed class MappedFileTable
{
    private MappedFile?[] _chains = [];

    public int Count { get; private set; }

    public MappedFile? Find(NodeId node)
    {
        if (Count == 0)
            return null;
        MappedFile? file = _chains[ChainOf(node)];
        while (file is not null && file.Node != node)
            file = file.Next;
        return file;
    }

    public void Add(MappedFile file)
    {
        if (Count == _chains.Length)
            Grow();
        Link(file);
        Count++;
    }

    public void Remove(MappedFile file)
    {
        ref MappedFile? chain = ref _chains[ChainOf(file.Node)];
        if (chain == file)
        {
            chain = file.Next;
        }
        else
        {
            MappedFile before = chain!;
            while (before.Next != file)
                before = before.Next!;
            before.Next = file.Next;
        }

        file.Next = null;
        Count--;
    }

    public IEnumerable<MappedFile> All()
    {
        foreach (MappedFile? chain in _chains)
        {
            for (MappedFile? file = chain; file is not null; file = file.Next)
                yield return file;
        }
    }

    private int ChainOf(NodeId node) => (int)((node.Value * 0x9E37_79B9_7F4A_7C15) >> 32) & (_chains.Length - 1);

    private void Link(MappedFile file)
    {
        ref MappedFile? chain = ref _chains[ChainOf(file.Node)];
        file.Next = chain;
        chain = file;
    }

    private void Grow()
    {
        MappedFile?[] old = _chains;
        _chains = new MappedFile?[Math.Max(8, old.Length * 2)];
        foreach (MappedFile? chain in old)
        {
            MappedFile? next;
            for (MappedFile? file = chain; file is not null; file = next)
            {
                next = file.Next;
                Link(file);
            }
        }
    }
}
