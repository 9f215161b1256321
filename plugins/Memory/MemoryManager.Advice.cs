using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>madvise(2).</summary>
internal sealed partial class MemoryManager
{
    private const int MADV_NORMAL = 0;
    private const int MADV_RANDOM = 1;
    private const int MADV_SEQUENTIAL = 2;
    private const int MADV_WILLNEED = 3;
    private const int MADV_DONTNEED = 4;
    private const int MADV_FREE = 8;
    private const int MADV_REMOVE = 9;
    private const int MADV_DONTFORK = 10;
    private const int MADV_DOFORK = 11;
    private const int MADV_MERGEABLE = 12;
    private const int MADV_UNMERGEABLE = 13;
    private const int MADV_HUGEPAGE = 14;
    private const int MADV_NOHUGEPAGE = 15;
    private const int MADV_DONTDUMP = 16;
    private const int MADV_DODUMP = 17;
    private const int MADV_WIPEONFORK = 18;
    private const int MADV_KEEPONFORK = 19;
    private const int MADV_COLD = 20;
    private const int MADV_PAGEOUT = 21;
    private const int MADV_POPULATE_READ = 22;
    private const int MADV_POPULATE_WRITE = 23;
    private const int MADV_DONTNEED_LOCKED = 24;
    private const int MADV_COLLAPSE = 25;

    public Errno Advise(AddressSpaceId id, ulong address, ulong length, int advice)
    {
        if (!IsKnown(advice) || !Pages.IsAligned(address))
            return Errno.EINVAL;
        ulong size = Pages.Up(length);
        if ((length != 0 && size == 0) || address + size < address)
            return Errno.EINVAL;
        if (size == 0)
            return Errno.None;

        // Gaps are passed over and told of at the end.
        AddressSpace space = _table.Get(id);
        Errno result = Errno.None;
        ulong end = address + size;
        ulong position = address;
        while (position < end)
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

            ulong stop = Math.Min(end, region.End);
            Errno error = Advise(space, region, position, stop, advice);
            if (error != Errno.None)
                return error;
            position = stop;
        }

        return result;
    }

    /// <summary>The advice that Linux 6.1 takes without memory failure injection.</summary>
    private static bool IsKnown(int advice) => advice is >= MADV_NORMAL and <= MADV_DONTNEED or >= MADV_FREE and <= MADV_COLLAPSE;

    private static Errno PopulateError(FaultOutcome outcome) => outcome switch
    {
        FaultOutcome.Mapped => Errno.None,
        FaultOutcome.OutOfMemory => Errno.ENOMEM,
        FaultOutcome.BeyondFile => Errno.EFAULT,
        _ => Errno.EINVAL,
    };

    private Errno Advise(AddressSpace space, MemoryRegion region, ulong start, ulong end, int advice)
    {
        bool isAnonymousPrivate = region.File.IsNone && !region.IsShared();
        switch (advice)
        {
            case MADV_NORMAL:
                return SetAdvice(RegionAdvice.None, RegionAdvice.Random | RegionAdvice.Sequential);
            case MADV_RANDOM:
                return SetAdvice(RegionAdvice.Random, RegionAdvice.Sequential);
            case MADV_SEQUENTIAL:
                return SetAdvice(RegionAdvice.Sequential, RegionAdvice.Random);
            case MADV_DONTFORK:
                return SetAdvice(RegionAdvice.DontFork, RegionAdvice.None);
            case MADV_DOFORK:
                return SetAdvice(RegionAdvice.None, RegionAdvice.DontFork);
            case MADV_MERGEABLE:
                return SetAdvice(isAnonymousPrivate ? RegionAdvice.Mergeable : RegionAdvice.None, RegionAdvice.None);
            case MADV_UNMERGEABLE:
                return SetAdvice(RegionAdvice.None, RegionAdvice.Mergeable);
            case MADV_HUGEPAGE:
                return SetAdvice(RegionAdvice.HugePage, RegionAdvice.NoHugePage);
            case MADV_NOHUGEPAGE:
                return SetAdvice(RegionAdvice.NoHugePage, RegionAdvice.HugePage);
            case MADV_DONTDUMP:
                return SetAdvice(RegionAdvice.DontDump, RegionAdvice.None);
            case MADV_DODUMP:
                return SetAdvice(RegionAdvice.None, RegionAdvice.DontDump);
            case MADV_WIPEONFORK:
                return isAnonymousPrivate ? SetAdvice(RegionAdvice.WipeOnFork, RegionAdvice.None) : Errno.EINVAL;
            case MADV_KEEPONFORK:
                return SetAdvice(RegionAdvice.None, RegionAdvice.WipeOnFork);
            case MADV_DONTNEED or MADV_DONTNEED_LOCKED:
                if (region.IsLocked() && advice == MADV_DONTNEED)
                    return Errno.EINVAL;
                _editor.DropPages(space, start, end);
                return Errno.None;

            // The pages may go at any time until they are written again; here they go at once.
            case MADV_FREE:
                if (!isAnonymousPrivate || region.IsLocked())
                    return Errno.EINVAL;
                _editor.DropPages(space, start, end);
                return Errno.None;
            case MADV_REMOVE:
                return Remove(region, start, end);

            // There is nothing below memory that pages could go to, and nothing to fetch them from before a fault does.
            case MADV_COLD or MADV_PAGEOUT:
                return region.IsLocked() ? Errno.EINVAL : Errno.None;
            case MADV_WILLNEED:
                return Errno.None;
            case MADV_COLLAPSE:
                return Errno.EINVAL; // No huge pages: none of the range can be one.
            case MADV_POPULATE_READ:
                return PopulateError(_faults.Populate(space, start, end, forWriting: false, passGaps: false));
            case MADV_POPULATE_WRITE:
                return (region.Access & PageAccess.Write) == 0
                    ? Errno.EINVAL
                    : PopulateError(_faults.Populate(space, start, end, forWriting: true, passGaps: false));
            default:
                return Errno.EINVAL;
        }

        Errno SetAdvice(RegionAdvice set, RegionAdvice clear)
        {
            _editor.SetAdvice(space, start, end, set, clear);
            return Errno.None;
        }
    }

    /// <summary>MADV_REMOVE: the pages of a shared mapping go from what it shows, for everybody.</summary>
    private Errno Remove(MemoryRegion region, ulong start, ulong end)
    {
        if (region.IsLocked() || (region.File.IsNone && region.SharedObject == 0))
            return Errno.EINVAL;
        if (!region.IsShared() || (region.Access & PageAccess.Write) == 0)
            return Errno.EACCES;
        if (!region.File.IsNone)
            return _files.PunchHole(region, start, end);
        _mappings.RemoveSharedPages(region.SharedObject, Pages.IndexIn(region, start), Pages.IndexIn(region, end));
        return Errno.None;
    }
}
