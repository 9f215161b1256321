using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>madvise(2).</summary>
internal sealed partial class MemoryManager
{
    private const int MADV_DONTNEED = 4;
    private const int MADV_FREE = 8;
    private const int MADV_REMOVE = 9;
    private const int MADV_DOFORK = 11;
    private const int MADV_HUGEPAGE = 14;
    private const int MADV_WIPEONFORK = 18;
    private const int MADV_POPULATE_READ = 22;
    private const int MADV_POPULATE_WRITE = 23;

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

    /// <summary>The advice that Linux 6.1 takes without KSM and memory failure injection.</summary>
    private static bool IsKnown(int advice) =>
        advice is >= 0 and <= MADV_DONTNEED or >= MADV_FREE and <= MADV_DOFORK or >= MADV_HUGEPAGE and <= MADV_POPULATE_WRITE;

    private static Errno OutcomeError(FaultOutcome outcome) => outcome switch
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
            case MADV_DONTNEED:
                if ((region.Flags & MapFlags.MAP_LOCKED) != 0)
                    return Errno.EINVAL;
                _editor.DropPages(space, start, end);
                return Errno.None;

            // The pages may go at any time until they are written again; here they go at once.
            case MADV_FREE:
                if (!isAnonymousPrivate)
                    return Errno.EINVAL;
                _editor.DropPages(space, start, end);
                return Errno.None;
            case MADV_REMOVE:
                return Errno.EINVAL; // Only for tmpfs and the like, whose mappings are read-only here.
            case MADV_WIPEONFORK:
                return isAnonymousPrivate ? Errno.None : Errno.EINVAL;
            case MADV_POPULATE_READ:
                return region.Access == PageAccess.None ? Errno.EFAULT : OutcomeError(_faults.Populate(space, start, end, forWriting: false, passGaps: false));
            case MADV_POPULATE_WRITE:
                return (region.Access & PageAccess.Write) == 0 ? Errno.EINVAL : OutcomeError(_faults.Populate(space, start, end, forWriting: true, passGaps: false));
            default:
                return Errno.None;
        }
    }
}
