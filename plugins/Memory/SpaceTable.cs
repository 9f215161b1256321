using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>The address spaces by their ids. Most calls and faults in a row are for the same one, and there are few.</summary>
internal sealed class SpaceTable
{
    private readonly List<AddressSpace> _spaces = [];
    private AddressSpace? _last;

    public IReadOnlyList<AddressSpace> All => _spaces;

    public AddressSpace Get(AddressSpaceId id)
    {
        if (_last is { } last && last.Id.PageTableRoot == id.PageTableRoot)
            return last;
        foreach (AddressSpace space in _spaces)
        {
            if (space.Id.PageTableRoot == id.PageTableRoot)
                return _last = space;
        }

        throw new ArgumentOutOfRangeException(nameof(id), id, "There is no such address space.");
    }

    public void Add(AddressSpace space) => _spaces.Add(space);

    public void Remove(AddressSpace space)
    {
        _spaces.Remove(space);
        _last = null;
    }

    public void Clear()
    {
        _spaces.Clear();
        _last = null;
    }
}
