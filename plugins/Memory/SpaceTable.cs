using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>The address spaces by their ids. Most calls and faults in a row are for the same one.</summary>
internal sealed class SpaceTable
{
    private readonly Dictionary<AddressSpaceId, AddressSpace> _spaces = [];
    private AddressSpace? _last;

    public IEnumerable<AddressSpace> All => _spaces.Values;

    public AddressSpace Get(AddressSpaceId id)
    {
        if (_last is { } last && last.Id == id)
            return last;
        return _last = _spaces[id];
    }

    public void Add(AddressSpace space) => _spaces.Add(space.Id, space);

    public void Remove(AddressSpace space)
    {
        _spaces.Remove(space.Id);
        _last = null;
    }

    public void Clear()
    {
        _spaces.Clear();
        _last = null;
    }
}
