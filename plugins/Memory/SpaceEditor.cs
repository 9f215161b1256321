using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>
/// Changes regions together with what hangs on them: pages in the MMU, references to files and shared
/// objects, counts. Ranges are page-aligned and checked by the caller. Each region in the list holds one reference to what it shows.
/// </summary>
internal sealed class SpaceEditor
{
    private readonly IMmu _mmu;
    private readonly FileBacking _files;
    private readonly SharedObjects _shared;
    private readonly IPhysicalMemory _physical;

    public SpaceEditor(IMmu mmu, FileBacking files, SharedObjects shared, IPhysicalMemory physical)
    {
        _mmu = mmu;
        _files = files;
        _shared = shared;
        _physical = physical;
    }

    /// <summary>Puts a region where nothing is, joining it with equal neighbours. Takes over what the caller retained for it.</summary>
    public void Insert(AddressSpace space, MemoryRegion region)
    {
        space.CountMapped((long)(region.Length() / Pages.Size));
        space.Regions.Insert(region);
        Join(space, region.Start, region.End);
    }

    /// <summary>Removes everything in the range: regions, parts of regions, and pages.</summary>
    public void Remove(AddressSpace space, ulong start, ulong end)
    {
        SplitAt(space, start);
        SplitAt(space, end);
        int index = space.Regions.IndexFrom(start);
        if (index == space.Regions.Count || space.Regions[index].Start >= end)
            return;
        DropPages(space, start, end);
        while (index < space.Regions.Count && space.Regions[index].Start < end)
        {
            MemoryRegion region = space.Regions[index];
            space.Regions.RemoveAt(index);
            space.CountMapped(-(long)(region.Length() / Pages.Size));
            Release(region);
        }

        ReleaseTables(space, start, end, index);
    }

    /// <summary>Gives the pages of a range back; the regions stay.</summary>
    public void DropPages(AddressSpace space, ulong start, ulong end)
    {
        if (space.ResidentPages == 0)
            return;
        space.CountResident(-_mmu.Unmap(space.Id, start, end - start));
    }

    /// <summary>Sets the protection of mapped regions in a range.</summary>
    public void Protect(AddressSpace space, ulong start, ulong end, PageAccess access)
    {
        SplitAt(space, start);
        SplitAt(space, end);
        for (int i = space.Regions.IndexFrom(start); i < space.Regions.Count && space.Regions[i].Start < end; i++)
        {
            if (space.Regions[i].Access != access)
                space.Regions.Replace(i, space.Regions[i] with { Access = access });
        }

        _mmu.Protect(space.Id, start, end - start, Pages.InHardware(access));
        Join(space, start, end);
    }

    /// <summary>Sets or clears a flag of mapped regions in a range.</summary>
    public void SetFlag(AddressSpace space, ulong start, ulong end, MapFlags flag, bool isSet, bool join)
    {
        if (start >= end)
            return;
        SplitAt(space, start);
        SplitAt(space, end);
        for (int i = space.Regions.IndexFrom(start); i < space.Regions.Count && space.Regions[i].Start < end; i++)
        {
            MemoryRegion region = space.Regions[i];
            MapFlags flags = isSet ? region.Flags | flag : region.Flags & ~flag;
            if (flags != region.Flags)
                space.Regions.Replace(i, region with { Flags = flags });
        }

        if (join)
            Join(space, start, end);
    }

    /// <summary>Sets and clears advice of mapped regions in a range.</summary>
    public void SetAdvice(AddressSpace space, ulong start, ulong end, RegionAdvice set, RegionAdvice clear)
    {
        SplitAt(space, start);
        SplitAt(space, end);
        for (int i = space.Regions.IndexFrom(start); i < space.Regions.Count && space.Regions[i].Start < end; i++)
        {
            MemoryRegion region = space.Regions[i];
            RegionAdvice advice = (region.Advice & ~clear) | set;
            if (advice != region.Advice)
                space.Regions.Replace(i, region with { Advice = advice });
        }

        Join(space, start, end);
    }

    /// <summary>Changes the extent of a region in place: what is added is empty. Used for stacks, heaps and mremap.</summary>
    public void Resize(AddressSpace space, MemoryRegion region, ulong start, ulong end)
    {
        long delta = (long)((end - start) / Pages.Size) - (long)(region.Length() / Pages.Size);
        int index = space.Regions.IndexFrom(region.Start);
        long offset = region.File.IsNone && region.SharedObject == 0 ? region.Offset : region.Offset - (long)(region.Start - start);
        space.Regions.Replace(index, region with { Start = start, End = end, Offset = offset });
        space.CountMapped(delta);
        Join(space, start, end);
    }

    /// <summary>Moves a whole region and its pages to a free place, where it may become longer.</summary>
    public Errno Move(AddressSpace space, MemoryRegion region, ulong target, ulong newLength)
    {
        ulong length = Math.Min(region.Length(), newLength);
        Errno error = _mmu.Move(space.Id, region.Start, target, length);
        if (error != Errno.None)
            return error;
        int index = space.Regions.IndexFrom(region.Start);
        space.Regions.RemoveAt(index);
        space.CountMapped(-(long)(region.Length() / Pages.Size));
        Insert(space, region with { Start = target, End = target + newLength });
        return Errno.None;
    }

    /// <summary>Makes a boundary between regions at an address, when it lies within one.</summary>
    public void SplitAt(AddressSpace space, ulong address)
    {
        int index = space.Regions.IndexFrom(address);
        if (index == space.Regions.Count || space.Regions[index].Start >= address)
            return;
        MemoryRegion region = space.Regions[index];
        Retain(region);
        space.Regions.Replace(index, region with { End = address });
        space.Regions.Insert(region with { Start = address, Offset = OffsetAt(region, address) });
    }

    /// <summary>A region that was divided or copied holds what it shows once more.</summary>
    public void Retain(MemoryRegion region)
    {
        _files.Attach(region);
        _shared.Attach(region);
    }

    /// <summary>Gives up what a region that is gone held.</summary>
    public void Release(MemoryRegion region)
    {
        _files.Detach(region);
        _shared.Detach(region);
    }

    /// <summary>Gives back page tables that serve nothing but the free room in which a range lies; <paramref name="index"/> is that of the next region above it.</summary>
    private void ReleaseTables(AddressSpace space, ulong start, ulong end, int index)
    {
        ulong floor = index > 0 ? space.Regions[index - 1].End : 0;
        ulong ceiling = index < space.Regions.Count ? space.Regions[index].Start : ulong.MaxValue;
        _mmu.ReleaseTables(space.Id, start, end - start, floor, ceiling);
    }

    /// <summary>Whether more than one page table, or the page cache beside one, holds a frame.</summary>
    public bool IsShared(FrameNumber frame) => _physical.ReferenceCount(frame) > 1;

    private static long OffsetAt(MemoryRegion region, ulong address) =>
        region.File.IsNone && region.SharedObject == 0 ? region.Offset : region.Offset + (long)(address - region.Start);

    private static bool CanJoin(MemoryRegion lower, MemoryRegion upper) =>
        lower.End == upper.Start
        && lower.Access == upper.Access
        && lower.Flags == upper.Flags
        && lower.File == upper.File
        && lower.FileEnd == upper.FileEnd
        && lower.MayWrite == upper.MayWrite
        && lower.Advice == upper.Advice
        && lower.SharedObject == upper.SharedObject
        && lower.Name == upper.Name
        && upper.Offset == OffsetAt(lower, upper.Start);

    /// <summary>Joins equal neighbours from the region before a range to the one after it.</summary>
    public void Join(AddressSpace space, ulong start, ulong end)
    {
        int index = Math.Max(0, space.Regions.IndexFrom(start) - 1);
        while (index + 1 < space.Regions.Count && space.Regions[index].Start <= end)
        {
            MemoryRegion lower = space.Regions[index];
            MemoryRegion upper = space.Regions[index + 1];
            if (!CanJoin(lower, upper))
            {
                index++;
                continue;
            }

            space.Regions.RemoveAt(index + 1);
            space.Regions.Replace(index, lower with { End = upper.End });
            Release(upper);
        }
    }
}
