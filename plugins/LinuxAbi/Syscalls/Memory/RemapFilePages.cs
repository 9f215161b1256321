using Kpio.Contracts.Memory;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>remap_file_pages(2), which since Linux 4.0 is a mapping of other pages over the old one.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult RemapFilePages(GuestTask task, ulong address, ulong size, ulong prot, ulong pgoff, ulong flags)
    {
        if (prot != 0)
            return Errno.EINVAL;
        ulong start = address & ~PageMask;
        ulong length = size & ~PageMask;
        if (start + length <= start || pgoff + (length >> 12) < pgoff || pgoff > (ulong)long.MaxValue >> 12)
            return Errno.EINVAL;

        // The range must lie in regions of one shared mapping of a file that follow each other.
        MemoryRegion? first = null;
        ulong position = start;
        foreach (MemoryRegion region in _spaces.Current.GetRegions(task.Group.AddressSpace))
        {
            if (region.End <= position)
                continue;
            bool follows = region.Start <= position && (region.Flags & MapFlags.MAP_SHARED) != 0 && !region.File.IsNone;
            if (!follows || (first is not null && (region.File != first.File || region.Access != first.Access)))
                return Errno.EINVAL;
            first ??= region;
            position = region.End;
            if (position >= start + length)
                break;
        }

        if (first is null || position < start + length)
            return Errno.EINVAL;
        MapFlags kept = MapFlags.MAP_SHARED | MapFlags.MAP_FIXED | MapFlags.MAP_POPULATE | (first.Flags & MapFlags.MAP_LOCKED);
        if ((flags & (ulong)MapFlags.MAP_NONBLOCK) != 0)
            kept |= MapFlags.MAP_NONBLOCK;
        var request = new MapRequest(start, length, first.Access, kept, first.File, (long)(pgoff << 12));
        Result<ulong> mapped = _memory.Current.Map(task.Group.AddressSpace, in request);
        return mapped.IsOk ? SysResult.Zero : mapped.Error;
    }
}
