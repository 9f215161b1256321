using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Plugins.Memory.Ipc;

namespace Kpio.Plugins.Memory;

/// <summary>Address spaces as wholes, and the memory manager's data as contract records.</summary>
internal sealed class AddressSpaces : IAddressSpaces, IStatefulService<MemoryState>
{
    private const int StateVersion = 1;

    private readonly SpaceTable _table;
    private readonly SpaceEditor _editor;
    private readonly FaultResolver _faults;
    private readonly IMmu _mmu;
    private readonly IPhysicalMemory _physical;
    private readonly SharedObjects _shared;
    private readonly IpcServices _ipc;

    public AddressSpaces(
        SpaceTable table, SpaceEditor editor, FaultResolver faults, IMmu mmu, IPhysicalMemory physical, SharedObjects shared, IpcServices ipc)
    {
        _table = table;
        _editor = editor;
        _faults = faults;
        _mmu = mmu;
        _physical = physical;
        _shared = shared;
        _ipc = ipc;
    }

    public Result<AddressSpaceId> Create()
    {
        if (!_mmu.CreateSpace().TryGet(out AddressSpaceId id, out Errno error))
            return error;
        _table.Add(new AddressSpace(id));
        return id;
    }

    public Result<AddressSpaceId> Fork(AddressSpaceId id)
    {
        AddressSpace parent = _table.Get(id);
        if (!_mmu.Fork(id).TryGet(out AddressSpaceId childId, out Errno error))
            return error;
        var child = new AddressSpace(childId) { HeapStart = parent.HeapStart, Break = parent.Break, Layout = parent.Layout };
        long resident = parent.ResidentPages;
        for (int i = 0; i < parent.Regions.Count; i++)
        {
            MemoryRegion region = parent.Regions[i];
            if ((region.Advice & (RegionAdvice.DontFork | RegionAdvice.WipeOnFork)) != 0)
            {
                resident -= _mmu.Unmap(childId, region.Start, region.Length());
                if ((region.Advice & RegionAdvice.DontFork) != 0)
                    continue;
            }

            // Locks are not inherited (mlock(2)).
            if (region.IsLocked())
                region = region with { Flags = region.Flags & ~MapFlags.MAP_LOCKED, Advice = region.Advice & ~RegionAdvice.LockOnFault };
            _editor.Retain(region);
            child.Regions.Insert(region);
            child.CountMapped((long)(region.Length() / Pages.Size));
        }

        child.CountResident(resident);
        _table.Add(child);
        return childId;
    }

    public void Destroy(AddressSpaceId id)
    {
        AddressSpace space = _table.Get(id);
        _table.Remove(space);
        _mmu.DestroySpace(id);
        for (int i = 0; i < space.Regions.Count; i++)
            _editor.Release(space.Regions[i]);
        space.Regions.Clear();
    }

    public Errno Write(AddressSpaceId id, ulong address, ReadOnlySpan<byte> source)
    {
        AddressSpace space = _table.Get(id);
        while (source.Length > 0)
        {
            ulong page = Pages.Down(address);
            if (address >= Pages.TaskSize || _faults.FindOrGrow(space, _editor, address) is not { } region)
                return Errno.EFAULT;
            FaultOutcome outcome = _faults.MakePresent(space, region, page, forWriting: !region.IsShared(), readAhead: false);
            if (outcome != FaultOutcome.Mapped)
                return outcome == FaultOutcome.OutOfMemory ? Errno.ENOMEM : Errno.EFAULT;
            _mmu.TryGetMapping(id, page, out PageMapping mapping);
            int offset = (int)(address - page);
            int count = Math.Min(source.Length, (int)Pages.Size - offset);
            source[..count].CopyTo(_physical.GetSpan(mapping.Frame)[offset..]);
            source = source[count..];
            address += (ulong)count;
        }

        return Errno.None;
    }

    public void SetHeapStart(AddressSpaceId id, ulong address)
    {
        AddressSpace space = _table.Get(id);
        space.HeapStart = address;
        space.Break = address;
    }

    public void SetLayout(AddressSpaceId id, in AddressSpaceLayout layout) => _table.Get(id).Layout = layout;

    public IReadOnlyList<MemoryRegion> GetRegions(AddressSpaceId id) => _table.Get(id).Regions.ToArray();

    public MemoryUse GetUse(AddressSpaceId id)
    {
        AddressSpace space = _table.Get(id);
        ulong shared = 0;
        ulong code = 0;
        ulong data = 0;
        ulong stack = 0;
        for (int i = 0; i < space.Regions.Count; i++)
        {
            MemoryRegion region = space.Regions[i];
            if (region.GrowsDown())
                stack += region.Length();
            else if ((region.Access & PageAccess.Execute) != 0)
                code += region.Length();
            else if ((region.Access & PageAccess.Write) != 0 && !region.IsShared())
                data += region.Length();
            if (!region.File.IsNone && (region.Access & PageAccess.Write) == 0)
                shared += (ulong)_mmu.CountMapped(id, region.Start, region.Length()) * Pages.Size;
        }

        return new MemoryUse(
            space.MappedPages,
            space.ResidentPages,
            (long)(shared / Pages.Size),
            (long)(code / Pages.Size),
            (long)(data / Pages.Size),
            (long)(stack / Pages.Size),
            space.PeakMapped,
            space.PeakResident);
    }

    public MemoryState Capture() => new()
    {
        Version = StateVersion,
        SharedObjects = _shared.Capture(),
        Ipc = _ipc.Capture(),
        Spaces = [.. _table.All.ToArray().Select(space => new AddressSpaceState
        {
            Space = space.Id,
            Regions = space.Regions.ToArray(),
            HeapStart = space.HeapStart,
            Break = space.Break,
            Layout = space.Layout,
            LocksFuture = space.LocksFuture,
            ResidentPages = space.ResidentPages,
            Peaks = (space.PeakMapped, space.PeakResident),
        })],
    };

    public Errno Restore(MemoryState state)
    {
        if (state.Version != StateVersion)
            return Errno.EINVAL;
        _shared.Restore(state.SharedObjects);
        if (state.Ipc is { } ipc)
            _ipc.Restore(ipc);
        _table.Clear();
        foreach (AddressSpaceState saved in state.Spaces)
        {
            var space = new AddressSpace(saved.Space) { HeapStart = saved.HeapStart, Break = saved.Break, Layout = saved.Layout, LocksFuture = saved.LocksFuture };
            long resident = saved.ResidentPages ?? 0;
            foreach (MemoryRegion region in saved.Regions)
            {
                space.Regions.Insert(region);
                _shared.Attach(region);
                space.CountMapped((long)(region.Length() / Pages.Size));

                // A walk through the page tables of all regions would be most of a swap's pause where there are a thousand tasks.
                if (saved.ResidentPages is null)
                    resident += _mmu.CountMapped(saved.Space, region.Start, region.Length());
            }

            space.CountResident(resident);
            (space.PeakMapped, space.PeakResident) = (Math.Max(space.PeakMapped, saved.Peaks.Mapped), Math.Max(space.PeakResident, saved.Peaks.Resident));
            _table.Add(space);
        }

        return Errno.None;
    }
}
