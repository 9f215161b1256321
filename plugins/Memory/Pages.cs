using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;

namespace Kpio.Plugins.Memory;

/// <summary>Page arithmetic and the numbers of Linux's address space on x86_64.</summary>
internal static class Pages
{
    public const ulong Size = 4096;

    /// <summary>TASK_SIZE_MAX with four-level tables: the end of what a program may map.</summary>
    public const ulong TaskSize = 0x7FFF_FFFF_F000;

    /// <summary>The lowest address that is chosen for a mapping: the usual /proc/sys/vm/mmap_min_addr.</summary>
    public const ulong MinimumAddress = 0x1_0000;

    /// <summary>Where the search goes on upwards when there is no room below the usual top: TASK_UNMAPPED_BASE.</summary>
    public const ulong BottomUpBase = 0x2AAA_AAAA_A000;

    /// <summary>What is left free below a mapping that grows downwards: stack_guard_gap, 256 pages.</summary>
    public const ulong GuardGap = 256 * Size;

    /// <summary>The most regions a process may have: the default of /proc/sys/vm/max_map_count.</summary>
    public const int MaximumRegions = 65530;

    /// <summary>The part of mmap's flags that stays with a region and keeps neighbours with other flags from merging.</summary>
    public const MapFlags KeptFlags =
        MapFlags.MAP_SHARED | MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_GROWSDOWN | MapFlags.MAP_NORESERVE | MapFlags.MAP_LOCKED;

    public static ulong Down(ulong address) => address & ~(Size - 1);

    /// <summary>Rounds up; 0 when that leaves the 64 bits.</summary>
    public static ulong Up(ulong value) => (value + Size - 1) & ~(Size - 1);

    public static bool IsAligned(ulong address) => (address & (Size - 1)) == 0;

    public static ulong Length(this MemoryRegion region) => region.End - region.Start;

    public static bool IsShared(this MemoryRegion region) => (region.Flags & MapFlags.MAP_SHARED) != 0;

    public static bool GrowsDown(this MemoryRegion region) => (region.Flags & MapFlags.MAP_GROWSDOWN) != 0;

    public static bool IsLocked(this MemoryRegion region) => (region.Flags & MapFlags.MAP_LOCKED) != 0;

    /// <summary>The number of the page, in the file or object that a region shows, that lies at an address.</summary>
    public static long IndexIn(MemoryRegion region, ulong address) => (region.Offset + (long)(address - region.Start)) / (long)Size;

    /// <summary>Where the region begins for those who look for room below it.</summary>
    public static ulong GuardedStart(this MemoryRegion region) =>
        region.GrowsDown() ? region.Start - Math.Min(region.Start, GuardGap) : region.Start;

    /// <summary>What page tables can express: x86 has no page that can be written or executed but not read.</summary>
    public static PageAccess InHardware(PageAccess access) => access == PageAccess.None ? access : access | PageAccess.Read;

    /// <summary>Whether memory must be there for the mapping when it is used: private and writable, and not asked for without (MAP_NORESERVE).</summary>
    public static bool NeedsMemory(PageAccess access, MapFlags flags) =>
        (access & PageAccess.Write) != 0 && (flags & (MapFlags.MAP_SHARED | MapFlags.MAP_NORESERVE)) == 0;
}
