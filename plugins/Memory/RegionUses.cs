using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>Counts what of a region is in memory and who else has it (/proc/PID/smaps).</summary>
internal sealed class RegionUses
{
    private readonly IMmu _mmu;
    private readonly IPhysicalMemory _physical;
    private readonly FileBacking _files;

    public RegionUses(IMmu mmu, IPhysicalMemory physical, FileBacking files)
    {
        _mmu = mmu;
        _physical = physical;
        _files = files;
    }

    public RegionUse Of(AddressSpaceId space, MemoryRegion region)
    {
        var use = default(RegionUse);
        Add(space, region, region.Start, region.End, ref use);
        return use;
    }

    /// <summary>Adds the pages of a range, halving it so that what is not there costs next to nothing.</summary>
    private void Add(AddressSpaceId space, MemoryRegion region, ulong start, ulong end, ref RegionUse use)
    {
        const ulong Few = 64 * Pages.Size;
        if (_mmu.CountMapped(space, start, end - start) == 0)
            return;
        if (end - start > Few)
        {
            ulong middle = Pages.Down(start + ((end - start) / 2));
            Add(space, region, start, middle, ref use);
            Add(space, region, middle, end, ref use);
            return;
        }

        for (ulong page = start; page < end; page += Pages.Size)
        {
            if (_mmu.TryGetMapping(space, page, out PageMapping mapping))
                Add(region, page, in mapping, ref use);
        }
    }

    private void Add(MemoryRegion region, ulong page, in PageMapping mapping, ref RegionUse use)
    {
        // The page cache and shared objects hold a reference to a frame beside the page tables.
        int mappings = _physical.ReferenceCount(mapping.Frame);
        bool isAnonymous = !region.IsShared();
        if (!region.File.IsNone && _files.TryFindPage(region, page, out FrameNumber cached))
        {
            _physical.Release(cached);
            isAnonymous &= cached != mapping.Frame;
        }

        if (!isAnonymous)
            mappings--;
        bool isShared = mappings > 1;
        bool isDirty = mapping.Dirty || isAnonymous;
        use = new RegionUse(
            use.Resident + 1,
            use.Anonymous + (isAnonymous ? 1 : 0),
            use.Referenced + (mapping.Accessed ? 1 : 0),
            use.SharedClean + (isShared && !isDirty ? 1 : 0),
            use.SharedDirty + (isShared && isDirty ? 1 : 0),
            use.PrivateClean + (!isShared && !isDirty ? 1 : 0),
            use.PrivateDirty + (!isShared && isDirty ? 1 : 0),
            use.ProportionalBytes + ((long)Pages.Size / Math.Max(1, mappings)));
    }
}
