using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>
/// Brings pages in on demand: zeros, pages of files, shared pages, and copies of what is shared copy-on-write. Anonymous memory that
/// is used one page after another gets several pages at a fault.
/// </summary>
internal sealed class FaultResolver
{
    /// <summary>The most pages that one fault brings in: 128 KiB, a compromise between the cost of a fault and memory that is never used.</summary>
    private const int MaximumRun = 32;

    /// <summary>The window in which pages of files that are in memory anyway are mapped together: Linux's default of fault_around_bytes.</summary>
    private const ulong AroundBytes = 64 * 1024;

    private readonly IPhysicalMemory _physical;
    private readonly IMmu _mmu;
    private readonly FileBacking _files;
    private readonly SharedObjects _shared;
    private readonly CommitPolicy _commit;

    public FaultResolver(IPhysicalMemory physical, IMmu mmu, FileBacking files, SharedObjects shared, CommitPolicy commit)
    {
        _physical = physical;
        _mmu = mmu;
        _files = files;
        _shared = shared;
        _commit = commit;
    }

    /// <summary>Resolves an access of a program, or of a handler on its behalf.</summary>
    public FaultOutcome Resolve(AddressSpace space, SpaceEditor editor, in FaultInfo fault, out bool wasRead)
    {
        wasRead = false;
        MemoryRegion? region = FindOrGrow(space, editor, fault.Address);
        if (region is null)
            return FaultOutcome.NotMapped;
        if (!Permits(region.Access, fault.Access))
            return FaultOutcome.AccessDenied;
        return MakePresent(space, region, Pages.Down(fault.Address), (fault.Access & PageAccess.Write) != 0, readAhead: true, out wasRead);
    }

    /// <summary>The region that holds an address, after a stack has grown down to it where it may.</summary>
    public MemoryRegion? FindOrGrow(AddressSpace space, SpaceEditor editor, ulong address)
    {
        int index = space.Regions.IndexFrom(address);
        if (index == space.Regions.Count)
            return null;
        MemoryRegion region = space.Regions[index];
        if (region.Start <= address)
            return region;
        ulong start = Pages.Down(address);
        if (!region.GrowsDown() || region.End - start > _commit.StackLimit(space) || start < Pages.MinimumAddress)
            return null;

        // A guard gap stays to what lies below, unless that is closed to access or a stack itself (mmap(2), MAP_GROWSDOWN).
        if (index > 0 && space.Regions[index - 1] is var below && below.Access != PageAccess.None && !below.GrowsDown() && start < below.End + Pages.GuardGap)
            return null;
        if (!_commit.Allows(space, (region.Start - start) / Pages.Size, needsMemory: false))
            return null;
        editor.Resize(space, region, start, region.End);
        return space.Regions.Find(address);
    }

    /// <summary>Brings pages in ahead of use (mmap(2), MAP_POPULATE), up to the first that cannot be had. Gaps, and regions closed to access, end it too unless they are to be passed over.</summary>
    public FaultOutcome Populate(AddressSpace space, ulong start, ulong end, bool forWriting, bool passGaps)
    {
        for (int i = space.Regions.IndexFrom(start); start < end; i++)
        {
            if (i >= space.Regions.Count)
                return passGaps ? FaultOutcome.Mapped : FaultOutcome.NotMapped;
            MemoryRegion region = space.Regions[i];
            if (!passGaps && (region.Start > start || region.Access == PageAccess.None))
                return FaultOutcome.NotMapped;
            ulong stop = Math.Min(end, region.End);
            bool write = forWriting && (region.Access & PageAccess.Write) != 0;
            for (ulong page = Math.Max(start, region.Start); page < stop && region.Access != PageAccess.None; page += Pages.Size)
            {
                FaultOutcome outcome = MakePresent(space, region, page, write, readAhead: false);
                if (outcome == FaultOutcome.OutOfMemory || (outcome != FaultOutcome.Mapped && !passGaps))
                    return outcome;
            }

            start = Math.Max(start, region.End);
        }

        return FaultOutcome.Mapped;
    }

    /// <summary>Makes one page present, for writing too when asked.</summary>
    public FaultOutcome MakePresent(AddressSpace space, MemoryRegion region, ulong page, bool forWriting, bool readAhead) =>
        MakePresent(space, region, page, forWriting, readAhead, out _);

    private FaultOutcome MakePresent(AddressSpace space, MemoryRegion region, ulong page, bool forWriting, bool readAhead, out bool wasRead)
    {
        wasRead = false;
        PageAccess access = Pages.InHardware(region.Access);
        if (_mmu.TryGetMapping(space.Id, page, out PageMapping mapping))
            return forWriting && (mapping.Access & PageAccess.Write) == 0 ? MakeWritable(space, region, page, mapping, access) : Refresh(space, page, mapping, access);
        if (!region.File.IsNone && region.Offset + (long)(page - region.Start) < region.FileEnd)
            return MapFilePage(space, region, page, access, forWriting, readAhead, out wasRead);
        if (region.SharedObject != 0)
            return MapShared(space, region, page, access);
        return MapZeros(space, region, page, access, readAhead);
    }

    private static bool Permits(PageAccess granted, PageAccess wanted) => wanted switch
    {
        PageAccess.Write => (granted & PageAccess.Write) != 0,
        PageAccess.Execute => (granted & PageAccess.Execute) != 0,
        _ => granted != PageAccess.None,
    };

    private FaultOutcome Refresh(AddressSpace space, ulong page, in PageMapping mapping, PageAccess access)
    {
        // Present with less than the region allows: protection was narrower when it came in.
        if ((access & ~PageAccess.Write & ~mapping.Access) != 0)
            _mmu.Protect(space.Id, page, Pages.Size, access);
        return FaultOutcome.Mapped;
    }

    private FaultOutcome MakeWritable(AddressSpace space, MemoryRegion region, ulong page, in PageMapping mapping, PageAccess access)
    {
        FrameNumber frame = mapping.Frame;
        if (region.IsShared() && !region.File.IsNone)
        {
            FaultOutcome begun = _files.BeginWrite(region, page);
            if (begun != FaultOutcome.Mapped)
                return begun;
        }

        if (region.IsShared() || _physical.ReferenceCount(frame) == 1)
        {
            _physical.AddReference(frame);
            return Map(space, page, frame, access, isNew: false);
        }

        if (!TryCopy(frame, (int)Pages.Size, out FrameNumber copy))
            return FaultOutcome.OutOfMemory;
        return Map(space, page, copy, access, isNew: false);
    }

    /// <summary>A frame of its own with the first bytes of another, zeros after them.</summary>
    private bool TryCopy(FrameNumber frame, int length, out FrameNumber copy)
    {
        if (!_physical.Allocate().TryGet(out copy, out _))
            return false;
        _physical.GetReadOnlySpan(frame)[..length].CopyTo(_physical.GetSpan(copy));
        return true;
    }

    private FaultOutcome MapFilePage(
        AddressSpace space, MemoryRegion region, ulong page, PageAccess access, bool forWriting, bool readAhead, out bool wasRead)
    {
        FaultOutcome outcome = _files.GetPage(region, page, out FrameNumber frame, out wasRead);
        if (outcome != FaultOutcome.Mapped)
            return outcome;
        if (region.IsShared())
        {
            if (forWriting)
                outcome = _files.BeginWrite(region, page);
            if (outcome == FaultOutcome.Mapped)
                return Map(space, page, frame, forWriting ? access : access & ~PageAccess.Write, isNew: true);
            _physical.Release(frame);
            return outcome;
        }

        long shown = Math.Min((long)Pages.Size, region.FileEnd - region.Offset - (long)(page - region.Start));
        if (forWriting || shown < (long)Pages.Size)
        {
            bool isCopied = TryCopy(frame, (int)shown, out FrameNumber copy);
            _physical.Release(frame);
            return isCopied ? Map(space, page, copy, access, isNew: true) : FaultOutcome.OutOfMemory;
        }

        outcome = Map(space, page, frame, access & ~PageAccess.Write, isNew: true);
        if (outcome == FaultOutcome.Mapped && readAhead)
            MapAround(space, region, page, access & ~PageAccess.Write);
        return outcome;
    }

    /// <summary>Maps what the page cache has of the pages around one, so that a program which others run already faults seldom (Linux's fault_around_bytes).</summary>
    private void MapAround(AddressSpace space, MemoryRegion region, ulong page, PageAccess access)
    {
        ulong window = page & ~(AroundBytes - 1);
        ulong start = Math.Max(window, region.Start);
        ulong end = Math.Min(window + AroundBytes, region.End);
        if (region.FileEnd != long.MaxValue)
            end = Math.Min(end, region.Start + (ulong)Math.Max(0, region.FileEnd - region.Offset) / Pages.Size * Pages.Size);
        for (ulong next = start; next < end; next += Pages.Size)
        {
            if (next == page || _mmu.TryGetMapping(space.Id, next, out _) || !_files.TryFindPage(region, next, out FrameNumber frame))
                continue;
            if (Map(space, next, frame, access, isNew: true) != FaultOutcome.Mapped)
                return;
        }
    }

    private FaultOutcome MapShared(AddressSpace space, MemoryRegion region, ulong page, PageAccess access)
    {
        if (_shared.GetPage(region.SharedObject, Pages.IndexIn(region, page)).TryGet(out FrameNumber frame, out Errno error))
            return Map(space, page, frame, access, isNew: true);
        return error == Errno.ENXIO ? FaultOutcome.BeyondFile : FaultOutcome.OutOfMemory;
    }

    private FaultOutcome MapZeros(AddressSpace space, MemoryRegion region, ulong page, PageAccess access, bool readAhead)
    {
        int run = 1;
        if (readAhead)
        {
            run = space.NextSequentialPage == page ? Math.Min(space.SequentialRun * 2, MaximumRun) : 1;
            space.SequentialRun = run;
        }

        ulong end = Math.Min(region.End, page + ((ulong)run * Pages.Size));
        for (ulong next = page; next < end; next += Pages.Size)
        {
            if (next != page && _mmu.TryGetMapping(space.Id, next, out _))
                break;
            if (!_physical.Allocate().TryGet(out FrameNumber frame, out _))
                return next == page ? FaultOutcome.OutOfMemory : FaultOutcome.Mapped;
            FaultOutcome outcome = Map(space, next, frame, access, isNew: true);
            if (outcome != FaultOutcome.Mapped)
                return next == page ? outcome : FaultOutcome.Mapped;
            space.NextSequentialPage = next + Pages.Size;
        }

        return FaultOutcome.Mapped;
    }

    /// <summary>Maps a frame, whose reference goes over to the MMU; it comes back here when there is no memory for a page table.</summary>
    private FaultOutcome Map(AddressSpace space, ulong page, FrameNumber frame, PageAccess access, bool isNew)
    {
        if (_mmu.Map(space.Id, page, frame, access) != Errno.None)
        {
            _physical.Release(frame);
            return FaultOutcome.OutOfMemory;
        }

        if (isNew)
            space.CountResident(1);
        return FaultOutcome.Mapped;
    }
}
