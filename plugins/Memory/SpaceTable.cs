using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>The address spaces by their ids: chains by the number of the top page table. Most calls and faults in a row are for the same one.</summary>
internal sealed class SpaceTable
{
    private readonly PlainList<AddressSpace> _spaces = new();
    private AddressSpace?[] _chains = new AddressSpace?[16];
    private AddressSpace? _last;

    /// <summary>All of them, in no order.</summary>
    public PlainList<AddressSpace> All => _spaces;

    public AddressSpace Get(AddressSpaceId id)
    {
        if (_last is { } last && last.Id.PageTableRoot == id.PageTableRoot)
            return last;
        for (AddressSpace? space = _chains[ChainOf(id)]; space is not null; space = space.NextInChain)
        {
            if (space.Id.PageTableRoot == id.PageTableRoot)
                return _last = space;
        }

        throw new ArgumentOutOfRangeException(nameof(id), id, "There is no such address space.");
    }

    public void Add(AddressSpace space)
    {
        if (_spaces.Count == _chains.Length)
        {
            _chains = new AddressSpace?[_chains.Length * 2];
            foreach (AddressSpace old in _spaces)
                Link(old);
        }

        space.Index = _spaces.Count;
        _spaces.Add(space);
        Link(space);
    }

    public void Remove(AddressSpace space)
    {
        // The last one takes its place in the list.
        AddressSpace moved = _spaces[^1];
        _spaces[space.Index] = moved;
        moved.Index = space.Index;
        _spaces.RemoveAt(_spaces.Count - 1);
        _last = null;
        ref AddressSpace? chain = ref _chains[ChainOf(space.Id)];
        if (chain == space)
        {
            chain = space.NextInChain;
            return;
        }

        AddressSpace before = chain!;
        while (before.NextInChain != space)
            before = before.NextInChain!;
        before.NextInChain = space.NextInChain;
    }

    public void Clear()
    {
        _spaces.Clear();
        Array.Clear(_chains);
        _last = null;
    }

    private int ChainOf(AddressSpaceId id) => (int)(id.PageTableRoot >> 12) & (_chains.Length - 1);

    private void Link(AddressSpace space)
    {
        ref AddressSpace? chain = ref _chains[ChainOf(space.Id)];
        space.NextInChain = chain;
        chain = space;
    }
}
