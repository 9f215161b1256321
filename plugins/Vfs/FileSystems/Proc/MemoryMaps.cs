using System.Globalization;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;

namespace Kpio.Plugins.Vfs.FileSystems.Proc;

/// <summary>What /proc/PID/smaps says below each line of maps (proc(5)).</summary>
internal static class MemoryMaps
{
    public static void WriteUse(MemoryRegion region, in RegionUse use, ByteText text)
    {
        long size = (long)((region.End - region.Start) >> 10);
        bool isLocked = (region.Flags & MapFlags.MAP_LOCKED) != 0;
        long proportional = use.ProportionalBytes >> 10;
        long dirty = use.SharedDirty + use.PrivateDirty;
        (string Name, long Kilobytes)[] lines =
        [
            ("Size:", size), ("KernelPageSize:", 4), ("MMUPageSize:", 4), ("Rss:", use.Resident * 4), ("Pss:", proportional),
            ("Pss_Dirty:", use.Resident == 0 ? 0 : proportional * dirty / use.Resident), ("Shared_Clean:", use.SharedClean * 4),
            ("Shared_Dirty:", use.SharedDirty * 4), ("Private_Clean:", use.PrivateClean * 4), ("Private_Dirty:", use.PrivateDirty * 4),
            ("Referenced:", use.Referenced * 4), ("Anonymous:", use.Anonymous * 4), ("LazyFree:", 0), ("AnonHugePages:", 0), ("ShmemPmdMapped:", 0),
            ("FilePmdMapped:", 0), ("Shared_Hugetlb:", 0), ("Private_Hugetlb:", 0), ("Swap:", 0), ("SwapPss:", 0), ("Locked:", isLocked ? proportional : 0),
        ];
        foreach ((string name, long kilobytes) in lines)
            text.Add(name.PadRight(16)).Add(kilobytes.ToString(CultureInfo.InvariantCulture).PadLeft(8)).Add(" kB\n");
        text.Add("THPeligible:    0\nVmFlags: ");
        WriteFlags(region, text);
        text.Add("\n");
    }

    /// <summary>What /proc/PID/smaps_rollup says.</summary>
    public static void WriteSum(in RegionUse use, long lockedBytes, ByteText text)
    {
        long proportional = use.ProportionalBytes >> 10;
        long dirty = use.Resident == 0 ? 0 : proportional * (use.SharedDirty + use.PrivateDirty) / use.Resident;
        long anonymous = use.Resident == 0 ? 0 : proportional * use.Anonymous / use.Resident;
        (string Name, long Kilobytes)[] lines =
        [
            ("Rss:", use.Resident * 4), ("Pss:", proportional), ("Pss_Dirty:", dirty), ("Pss_Anon:", anonymous), ("Pss_File:", proportional - anonymous),
            ("Pss_Shmem:", 0), ("Shared_Clean:", use.SharedClean * 4), ("Shared_Dirty:", use.SharedDirty * 4), ("Private_Clean:", use.PrivateClean * 4),
            ("Private_Dirty:", use.PrivateDirty * 4), ("Referenced:", use.Referenced * 4), ("Anonymous:", use.Anonymous * 4), ("LazyFree:", 0),
            ("AnonHugePages:", 0), ("ShmemPmdMapped:", 0), ("FilePmdMapped:", 0), ("Shared_Hugetlb:", 0), ("Private_Hugetlb:", 0), ("Swap:", 0),
            ("SwapPss:", 0), ("Locked:", lockedBytes >> 10),
        ];
        foreach ((string name, long kilobytes) in lines)
            text.Add(name.PadRight(16)).Add(kilobytes.ToString(CultureInfo.InvariantCulture).PadLeft(8)).Add(" kB\n");
    }

    private static void WriteFlags(MemoryRegion region, ByteText text)
    {
        bool isShared = (region.Flags & MapFlags.MAP_SHARED) != 0;
        (bool IsSet, string Letters)[] flags =
        [
            ((region.Access & PageAccess.Read) != 0, "rd "),
            ((region.Access & PageAccess.Write) != 0, "wr "),
            ((region.Access & PageAccess.Execute) != 0, "ex "),
            (isShared, "sh "),
            (true, "mr "),
            (!isShared || region.MayWrite, "mw "),
            (true, "me "),
            (isShared, "ms "),
            ((region.Flags & MapFlags.MAP_GROWSDOWN) != 0, "gd "),
            ((region.Flags & MapFlags.MAP_LOCKED) != 0, "lo "),
            ((region.Advice & RegionAdvice.Sequential) != 0, "sr "),
            ((region.Advice & RegionAdvice.Random) != 0, "rr "),
            ((region.Advice & RegionAdvice.DontFork) != 0, "dc "),
            (!isShared && (region.Access & PageAccess.Write) != 0 && (region.Flags & MapFlags.MAP_NORESERVE) == 0, "ac "),
            ((region.Flags & MapFlags.MAP_NORESERVE) != 0, "nr "),
            ((region.Advice & RegionAdvice.WipeOnFork) != 0, "wf "),
            ((region.Advice & RegionAdvice.DontDump) != 0, "dd "),
            ((region.Advice & RegionAdvice.HugePage) != 0, "hg "),
            ((region.Advice & RegionAdvice.NoHugePage) != 0, "nh "),
            ((region.Advice & RegionAdvice.Mergeable) != 0, "mg "),
        ];
        foreach ((bool isSet, string letters) in flags)
        {
            if (isSet)
                text.Add(letters);
        }
    }
}
