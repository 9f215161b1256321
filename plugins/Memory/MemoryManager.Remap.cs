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
            return address;
        if (!mayMove)
            return Errno.ENOMEM;
        ulong target = Placement.Find(space, 0, newSize, MapFlags.None);
        return target == 0 ? Errno.ENOMEM : Move(space, address, oldSize, newSize, target, keep: false);
    }

    private static bool TryGrowInPlace(AddressSpace space, MemoryRegion region, ulong end, ulong more, SpaceEditor editor)
    {
        if (region.End != end || end + more > Pages.TaskSize)
            return false;
        int above = space.Regions.IndexFrom(end);
        if (above < space.Regions.Count && space.Regions[above].GuardedStart() < end + more)
            return false;
        editor.Resize(space, region, region.Start, end + more);
        return true;
    }

    private bool TryGrowInPlace(AddressSpace space, MemoryRegion region, ulong end, ulong more) =>
        TryGrowInPlace(space, region, end, more, _editor);

    private Result<ulong> MoveTo(AddressSpace space, ulong address, ulong oldSize, ulong newSize, bool isFixed, bool keep, ulong target)
    {
        if (isFixed)
        {
            if (!Pages.IsAligned(target) || newSize > Pages.TaskSize || target > Pages.TaskSize - newSize)
                return Errno.EINVAL;
            if (address + oldSize > target && target + newSize > address)
                return Errno.EINVAL;
            if (target < Pages.MinimumAddress)
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
        if (oldSize == 0)
            return Errno.EINVAL;
        if (oldSize > region.End - address)
            return Errno.EFAULT;
        return newSize <= oldSize || _commit.Allows(space, (newSize - oldSize) / Pages.Size, Pages.NeedsMemory(region.Access, region.Flags))
            ? Errno.None
            : Errno.ENOMEM;
    }

    private Result<ulong> Move(AddressSpace space, ulong address, ulong oldSize, ulong newSize, ulong target, bool keep)
    {
        _editor.SplitAt(space, address);
        _editor.SplitAt(space, address + oldSize);
        MemoryRegion region = space.Regions.Find(address)!;
        if (keep)
            _editor.Retain(region);
        Errno error = _editor.Move(space, region, target, newSize);
        if (error != Errno.None)
            return error;
        if (keep)
            _editor.Insert(space, region);
        return target;
    }
}
