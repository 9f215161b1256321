using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Debugging;

/// <summary>Addresses at which a debugger wants to stop, each in one address space.</summary>
internal sealed class Breakpoints
{
    private readonly Dictionary<ulong, List<AddressSpaceId>> _spaces = [];

    public bool IsEmpty => _spaces.Count == 0;

    /// <summary>Whether any space has one there.</summary>
    public bool HasAny(ulong address) => _spaces.ContainsKey(address);

    public bool Contains(AddressSpaceId space, ulong address) => _spaces.TryGetValue(address, out List<AddressSpaceId>? spaces) && spaces.Contains(space);

    /// <summary>Adds one; false when it is there already.</summary>
    public bool Add(AddressSpaceId space, ulong address)
    {
        if (!_spaces.TryGetValue(address, out List<AddressSpaceId>? spaces)) _spaces.Add(address, spaces = []);
        if (spaces.Contains(space)) return false;
        spaces.Add(space);
        return true;
    }

    /// <summary>Removes one; false when there is none.</summary>
    public bool Remove(AddressSpaceId space, ulong address)
    {
        if (!_spaces.TryGetValue(address, out List<AddressSpaceId>? spaces) || !spaces.Remove(space)) return false;
        if (spaces.Count == 0) _spaces.Remove(address);
        return true;
    }

    /// <summary>Finds one of a space; false when it has none.</summary>
    public bool TryFindAny(AddressSpaceId space, out ulong address)
    {
        foreach (KeyValuePair<ulong, List<AddressSpaceId>> entry in _spaces)
        {
            if (!entry.Value.Contains(space)) continue;
            address = entry.Key;
            return true;
        }

        address = 0;
        return false;
    }
}
