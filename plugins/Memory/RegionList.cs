using Kpio.Contracts.Memory;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>Regions in the order of their addresses, never overlapping. Knows nothing of pages and files: <see cref="SpaceEditor"/> does.</summary>
internal sealed class RegionList
{
    private readonly PlainList<MemoryRegion> _regions = new();

    public int Count => _regions.Count;

    public MemoryRegion this[int index] => _regions[index];

    public IReadOnlyList<MemoryRegion> ToArray() => _regions.ToArray();

    /// <summary>The index of the first region that ends behind <paramref name="address"/>: the one that holds it, or the next above it. <see cref="Count"/> for none.</summary>
    public int IndexFrom(ulong address)
    {
        int low = 0;
        int high = _regions.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_regions[middle].End > address)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    /// <summary>The region that holds an address.</summary>
    public MemoryRegion? Find(ulong address)
    {
        int index = IndexFrom(address);
        return index < _regions.Count && _regions[index].Start <= address ? _regions[index] : null;
    }

    /// <summary>Whether any region lies in the range.</summary>
    public bool Intersects(ulong start, ulong end)
    {
        int index = IndexFrom(start);
        return index < _regions.Count && _regions[index].Start < end;
    }

    public void Insert(MemoryRegion region) => _regions.Insert(IndexFrom(region.Start), region);

    public void Replace(int index, MemoryRegion region) => _regions[index] = region;

    public void RemoveAt(int index) => _regions.RemoveAt(index);

    public void Clear() => _regions.Clear();
}
