using Kpio.Contracts.Memory;

namespace Kpio.Plugins.Memory;

/// <summary>Finds room for a mapping where Linux would: at the hint when that is free, else as high as possible below the top, else upwards.</summary>
internal static class Placement
{
    /// <summary>The bounds of MAP_32BIT (arch/x86: the second gigabyte).</summary>
    private const ulong LowStart = 0x4000_0000;
    private const ulong LowEnd = 0x8000_0000;

    /// <summary>An address for <paramref name="length"/> bytes, or 0 when there is no room.</summary>
    public static ulong Find(AddressSpace space, ulong hint, ulong length, MapFlags flags)
    {
        if (length > Pages.TaskSize)
            return 0;
        if ((flags & MapFlags.MAP_32BIT) != 0)
            return FindUpwards(space.Regions, LowStart, LowEnd, length);
        if (hint != 0)
        {
            ulong start = Math.Max(Pages.Down(hint), Pages.MinimumAddress);
            if (start <= Pages.TaskSize - length && IsFree(space.Regions, start, start + length))
                return start;
        }

        ulong found = FindDownwards(space.Regions, space.Layout.MappingTop, length);
        return found != 0 ? found : FindUpwards(space.Regions, Pages.BottomUpBase, Pages.TaskSize, length);
    }

    private static bool IsFree(RegionList regions, ulong start, ulong end)
    {
        int index = regions.IndexFrom(start);
        return index == regions.Count || regions[index].GuardedStart() >= end;
    }

    private static ulong FindDownwards(RegionList regions, ulong top, ulong length)
    {
        ulong end = top;
        for (int i = regions.IndexFrom(top - 1) - 1; ; i--)
        {
            // The region that reaches over the top, if any, was passed over by starting below it.
            if (i + 1 < regions.Count)
                end = Math.Min(end, regions[i + 1].GuardedStart());
            ulong floor = i >= 0 ? regions[i].End : Pages.MinimumAddress;
            if (end >= length && end - length >= Math.Max(floor, Pages.MinimumAddress))
                return end - length;
            if (i < 0)
                return 0;
        }
    }

    private static ulong FindUpwards(RegionList regions, ulong bottom, ulong limit, ulong length)
    {
        ulong start = bottom;
        for (int i = regions.IndexFrom(bottom); ; i++)
        {
            ulong end = i < regions.Count ? Math.Min(regions[i].GuardedStart(), limit) : limit;
            if (end >= start && end - start >= length)
                return start;
            if (i >= regions.Count || regions[i].End >= limit)
                return 0;
            start = Math.Max(start, regions[i].End);
        }
    }
}
