using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>msync(2), mincore(2), mlock(2) and their kin. A page once in memory stays there anyway: locking brings pages in, counts them against RLIMIT_MEMLOCK, and keeps madvise(2) from dropping them.</summary>
internal sealed class PageResidence : IPageResidence
{
    private const int MS_INVALIDATE = 2;
    private const int MCL_CURRENT = 1;
    private const int MCL_FUTURE = 2;
    private const int MCL_ONFAULT = 4;

    private readonly SpaceTable _table;
    private readonly SpaceEditor _editor;
    private readonly FaultResolver _faults;
    private readonly CommitPolicy _commit;
    private readonly FileBacking _files;
    private readonly SharedObjects _shared;
    private readonly IMmu _mmu;
    private readonly RegionUses _uses;

    public PageResidence(
        SpaceTable table,
        SpaceEditor editor,
        FaultResolver faults,
        CommitPolicy commit,
        FileBacking files,
        SharedObjects shared,
        IMmu mmu,
        RegionUses uses)
    {
        _uses = uses;
        _table = table;
        _editor = editor;
        _faults = faults;
        _commit = commit;
        _files = files;
        _shared = shared;
        _mmu = mmu;
    }

    public Errno Synchronize(AddressSpaceId id, ulong address, ulong length, int flags)
    {
        AddressSpace space = _table.Get(id);
        Errno result = Errno.None;
        ulong end = address + length;
        for (ulong position = address; position < end;)
        {
            int index = space.Regions.IndexFrom(position);
            if (index == space.Regions.Count || space.Regions[index].Start >= end)
                return Errno.ENOMEM;
            MemoryRegion region = space.Regions[index];
            if (region.Start > position)
            {
                result = Errno.ENOMEM;
                position = region.Start;
            }

            if ((flags & MS_INVALIDATE) != 0 && region.IsLocked())
                return Errno.EBUSY;
            ulong stop = Math.Min(end, region.End);
            if (region.MayWrite && !region.File.IsNone)
            {
                Errno error = _files.WriteBack(region, position, stop);
                if (error != Errno.None)
                    return error;
            }

            position = stop;
        }

        return result;
    }

    public Errno GetResidence(AddressSpaceId id, ulong address, Span<byte> pages)
    {
        AddressSpace space = _table.Get(id);
        MemoryRegion? region = null;
        for (int i = 0; i < pages.Length; i++)
        {
            ulong page = address + ((ulong)i * Pages.Size);
            if (region is null || page >= region.End)
                region = space.Regions.Find(page);
            if (region is null)
                return Errno.ENOMEM;
            pages[i] = IsResident(space, region, page) ? (byte)1 : (byte)0;
        }

        return Errno.None;
    }

    public RegionUse GetUse(AddressSpaceId space, MemoryRegion region) => _uses.Of(space, region);

    public Errno Lock(AddressSpaceId id, ulong address, ulong length, bool onFault)
    {
        AddressSpace space = _table.Get(id);
        ulong end = address + length;
        long more = (long)(length / Pages.Size) - space.CountLocked(address, end);
        if (!_commit.AllowsLocked(space, more))
            return Errno.ENOMEM;
        Errno error = SetLocked(space, address, end, isLocked: true);
        if (error == Errno.None)
            _editor.SetAdvice(space, address, end, onFault ? RegionAdvice.LockOnFault : RegionAdvice.None, RegionAdvice.LockOnFault);
        return error != Errno.None || onFault ? error : BringIn(space, address, end);
    }

    public Errno Unlock(AddressSpaceId id, ulong address, ulong length) =>
        SetLocked(_table.Get(id), address, address + length, isLocked: false);

    public Errno LockAll(AddressSpaceId id, int flags)
    {
        AddressSpace space = _table.Get(id);
        bool locksCurrent = (flags & MCL_CURRENT) != 0;
        if (locksCurrent && !_commit.AllowsLocked(space, space.MappedPages - space.CountLocked(0, Pages.TaskSize)))
            return Errno.ENOMEM;
        space.LocksFuture = (flags & MCL_FUTURE) != 0;
        if (flags != 0 && !locksCurrent)
            return Errno.None;
        for (int i = 0; i < space.Regions.Count; i++)
            _editor.SetFlag(space, space.Regions[i].Start, space.Regions[i].End, MapFlags.MAP_LOCKED, locksCurrent, join: false);
        _editor.Join(space, 0, Pages.TaskSize);

        // What cannot be had does not make mlockall fail (mm/mlock.c: mm_populate's result is not looked at).
        if (locksCurrent && (flags & MCL_ONFAULT) == 0)
            _faults.Populate(space, 0, Pages.TaskSize, forWriting: true, passGaps: true);
        return Errno.None;
    }

    private Errno SetLocked(AddressSpace space, ulong address, ulong end, bool isLocked)
    {
        // Linux changes what lies before a gap, then answers ENOMEM.
        ulong position = address;
        while (position < end && space.Regions.Find(position) is { } region)
            position = region.End;
        _editor.SetFlag(space, address, Math.Min(position, end), MapFlags.MAP_LOCKED, isLocked, join: true);
        return position < end ? Errno.ENOMEM : Errno.None;
    }

    private Errno BringIn(AddressSpace space, ulong address, ulong end) => _faults.Populate(space, address, end, forWriting: true, passGaps: false) switch
    {
        FaultOutcome.Mapped => Errno.None,
        FaultOutcome.OutOfMemory => Errno.EAGAIN,
        _ => Errno.ENOMEM,
    };

    private bool IsResident(AddressSpace space, MemoryRegion region, ulong page)
    {
        if (_mmu.TryGetMapping(space.Id, page, out _))
            return true;
        if (!region.File.IsNone)
            return _files.HasPage(region, page);
        return region.SharedObject != 0 && _shared.HasPage(region.SharedObject, Pages.IndexIn(region, page));
    }
}
