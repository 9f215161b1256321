using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.Debugging;

/// <summary>Guest memory as a debugger sees it: whatever the protection, as ptrace(2) does, and with pages brought in that the guest has not touched yet.</summary>
public sealed class DebugMemory
{
    private readonly KernelSlots _slots;
    private readonly IGuestMemory _memory;
    private readonly IMmu _mmu;
    private readonly IPhysicalMemory _frames;

    internal DebugMemory(KernelSlots slots, MachinePlatform platform)
    {
        _slots = slots;
        _memory = platform.GuestMemory;
        _mmu = platform.Mmu;
        _frames = platform.Memory;
    }

    /// <summary>The regions of the task's address space, by address; none when its process has ended.</summary>
    public IReadOnlyList<MemoryRegion> RegionsOf(GuestTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return task.Group.AddressSpace.IsNone ? [] : _slots.AddressSpaces.Current.GetRegions(task.Group.AddressSpace);
    }

    /// <summary>Reads as much as there is from an address on; answers how many bytes.</summary>
    public int Read(GuestTask task, ulong address, Span<byte> destination)
    {
        IReadOnlyList<MemoryRegion> regions = RegionsOf(task);
        int done = 0;
        while (done < destination.Length && Find(regions, address) is { } region && TryGetPage(task, region, address, out ReadOnlySpan<byte> page))
        {
            int count = Math.Min(page.Length, destination.Length - done);
            page[..count].CopyTo(destination[done..]);
            done += count;
            address += (ulong)count;
        }

        return done;
    }

    /// <summary>Writes all or nothing; false where nothing is mapped, and to shared memory that the guest may not write either.</summary>
    public bool TryWrite(GuestTask task, ulong address, ReadOnlySpan<byte> source)
    {
        IReadOnlyList<MemoryRegion> regions = RegionsOf(task);
        ulong end = address + (ulong)source.Length;
        for (ulong at = address; at < end;)
        {
            if (Find(regions, at) is not { } region)
                return false;
            bool isShared = (region.Flags & MapFlags.MAP_TYPE) is MapFlags.MAP_SHARED or MapFlags.MAP_SHARED_VALIDATE;
            if (isShared && (region.Access & PageAccess.Write) == 0)
                return false;
            at = region.End;
        }

        return source.IsEmpty || _slots.AddressSpaces.Current.Write(task.Group.AddressSpace, address, source) == Errno.None;
    }

    /// <summary>Whether the guest has a page of its own there, or one that it has written: what differs from the mapped file.</summary>
    public bool IsChanged(GuestTask task, ulong page)
    {
        ArgumentNullException.ThrowIfNull(task);
        return _mmu.TryGetMapping(task.Group.AddressSpace, page, out PageMapping mapping) && mapping.Dirty;
    }

    /// <summary>Whether the page is in memory.</summary>
    public bool IsPresent(GuestTask task, ulong page)
    {
        ArgumentNullException.ThrowIfNull(task);
        return _mmu.TryGetMapping(task.Group.AddressSpace, page, out _);
    }

    private static MemoryRegion? Find(IReadOnlyList<MemoryRegion> regions, ulong address)
    {
        int low = 0;
        int high = regions.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (regions[middle].End <= address)
                low = middle + 1;
            else
                high = middle;
        }

        return low < regions.Count && regions[low].Start <= address ? regions[low] : null;
    }

    /// <summary>The bytes from an address to the end of its page.</summary>
    private bool TryGetPage(GuestTask task, MemoryRegion region, ulong address, out ReadOnlySpan<byte> page)
    {
        page = default;
        AddressSpaceId space = task.Group.AddressSpace;
        if ((region.Access & PageAccess.Read) != 0
            && !_memory.TryProbe(space, address, PageAccess.Read, out FaultInfo fault)
            && _slots.Memory.Current.HandleFault(task, in fault) != FaultOutcome.Mapped)
            return false;
        if (!_mmu.TryGetMapping(space, address & ~(ulong)(FrameNumber.Size - 1), out PageMapping mapping))
            return false;
        page = _frames.GetReadOnlySpan(mapping.Frame)[(int)(address & (FrameNumber.Size - 1))..];
        return true;
    }
}
