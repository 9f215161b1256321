using Kpio.Contracts.Memory;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>mremap(2).</summary>
internal sealed partial class MemoryManager
{
    private const uint MREMAP_MAYMOVE = 1;
    private const uint MREMAP_FIXED = 2;
    private const uint MREMAP_DONTUNMAP = 4;

    public Result<ulong> Remap(AddressSpaceId id, ulong address, ulong oldLength, ulong newLength, uint flags, ulong newAddress)
    {
        bool mayMove = (flags & MREMAP_MAYMOVE) != 0;
        bool isFixed = (flags & MREMAP_FIXED) != 0;
        bool keep = (flags & MREMAP_DONTUNMAP) != 0;
        ulong oldSize = Pages.Up(oldLength);
        ulong newSize = Pages.Up(newLength);
        if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) != 0
            || (isFixed && !mayMove)
            || (keep && (!mayMove || oldSize != newSize))
            || !Pages.IsAligned(address)
            || newSize == 0
            || address > Pages.TaskSize
            || oldSize > Pages.TaskSize - address)
        {
            return Errno.EINVAL;
        }

        AddressSpace space = _table.Get(id);
        if (isFixed || keep)
            return MoveTo(space, address, oldSize, newSize, isFixed, keep, newAddress);
        if (oldSize >= newSize)
        {
            if (space.Regions.Find(address) is null)
                return Errno.EFAULT;
            if (oldSize > newSize)
                _editor.Remove(space, address + newSize, address + oldSize);
            return address;
        }

        Errno error = CheckGrowth(space, address, oldSize, newSize, out MemoryRegion? region);
        if (error != Errno.None)
            return error;
        if (TryGrowInPlace(space, region!, address + oldSize, newSize - oldSize))
        {
            if (region!.IsLocked())
                _faults.Populate(space, address + oldSize, address + newSize, forWriting: true, passGaps: false);
            return address;
        }

        if (!mayMove)
            return Errno.ENOMEM;
        ulong target = Placement.Find(space, 0, newSize, MapFlags.None);
        return target == 0 ? Errno.ENOMEM : Move(space, address, oldSize, newSize, target, keep: false);
    }

    private bool TryGrowInPlace(AddressSpace space, MemoryRegion region, ulong end, ulong more)
    {
        if (region.End != end || end + more > Pages.TaskSize)
            return false;
        int above = space.Regions.IndexFrom(end);
        if (above < space.Regions.Count && space.Regions[above].GuardedStart() < end + more)
            return false;
        _editor.Resize(space, region, region.Start, end + more);
        return true;
    }

    private Result<ulong> MoveTo(AddressSpace space, ulong address, ulong oldSize, ulong newSize, bool isFixed, bool keep, ulong target)
    {
        if (!Pages.IsAligned(target) || newSize > Pages.TaskSize || target > Pages.TaskSize - newSize)
            return Errno.EINVAL;
        if (address + oldSize > target && target + newSize > address)
            return Errno.EINVAL;
        if (space.Regions.Count + 2 >= Pages.MaximumRegions - 3)
            return Errno.ENOMEM;
        if (isFixed)
        {
            if (!_commit.AllowsAddress(space, target))
                return Errno.EPERM;
            _editor.Remove(space, target, target + newSize);
        }

        if (oldSize > newSize)
        {
            _editor.Remove(space, address + newSize, address + oldSize);
            oldSize = newSize;
        }

        Errno error = CheckGrowth(space, address, oldSize, newSize, out _);
        if (error != Errno.None)
            return error;
        if (keep && !_commit.Allows(space, oldSize / Pages.Size, needsMemory: false))
            return Errno.ENOMEM;
        if (!isFixed)
        {
            target = Placement.Find(space, target, newSize, MapFlags.None);
            if (target == 0)
                return Errno.ENOMEM;
        }

        return Move(space, address, oldSize, newSize, target, keep);
    }

    private Errno CheckGrowth(AddressSpace space, ulong address, ulong oldSize, ulong newSize, out MemoryRegion? region)
    {
        region = space.Regions.Find(address);
        if (region is null)
            return Errno.EFAULT;

        // With an old size of 0 mremap makes a second mapping of shared pages; of private ones there is none.
        if (oldSize == 0 && !region.IsShared())
            return Errno.EINVAL;
        if (oldSize > region.End - address)
            return Errno.EFAULT;
        if (newSize <= oldSize)
            return Errno.None;
        ulong more = (newSize - oldSize) / Pages.Size;
        if (region.IsLocked() && !_commit.AllowsLocked(space, (long)more))
            return Errno.EAGAIN;
        return _commit.Allows(space, more, Pages.NeedsMemory(region.Access, region.Flags)) ? Errno.None : Errno.ENOMEM;
    }

    private Result<ulong> Move(AddressSpace space, ulong address, ulong oldSize, ulong newSize, ulong target, bool keep)
    {
        MemoryRegion region;
        if (oldSize == 0)
        {
            region = space.Regions.Find(address)!;
            _editor.Retain(region);
            _editor.Insert(space, region with { Start = target, End = target + newSize, Offset = region.Offset + (long)(address - region.Start) });
            return target;
        }

        _editor.SplitAt(space, address);
        _editor.SplitAt(space, address + oldSize);
        region = space.Regions.Find(address)!;
        if (keep)
            _editor.Retain(region);
        Errno error = _editor.Move(space, region, target, newSize);
        if (error != Errno.None)
        {
            if (keep)
                _editor.Release(region);
            return error;
        }

        // What stays behind is empty, and not locked any more (mm/mremap.c).
        if (keep)
            _editor.Insert(space, region with { Flags = region.Flags & ~MapFlags.MAP_LOCKED, Advice = region.Advice & ~RegionAdvice.LockOnFault });
        if (region.IsLocked() && newSize > oldSize)
            _faults.Populate(space, target + oldSize, target + newSize, forWriting: true, passGaps: false);
        return target;
    }
}
