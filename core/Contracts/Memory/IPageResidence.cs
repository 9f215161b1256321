using Kpio.Contracts.Values;

namespace Kpio.Contracts.Memory;

/// <summary>Which pages are in memory and whether the file behind them is up to date. Addresses are page-aligned, lengths rounded up by the caller.</summary>
public interface IPageResidence
{
    /// <summary>Writes changes of shared file mappings to their files (msync(2)). ENOMEM when a page of the range is not mapped, after the others were written; EBUSY to invalidate what is locked; EIO.</summary>
    Errno Synchronize(AddressSpaceId space, ulong address, ulong length, int flags);

    /// <summary>Sets each byte to 1 for a page in memory, else 0 (mincore(2)). ENOMEM when a page of the range is not mapped.</summary>
    Errno GetResidence(AddressSpaceId space, ulong address, Span<byte> pages);

    /// <summary>What of a region is in memory (/proc/PID/smaps).</summary>
    RegionUse GetUse(AddressSpaceId space, MemoryRegion region);

    /// <summary>Locks pages and brings them in, unless <paramref name="onFault"/> (mlock2(2)). ENOMEM beyond RLIMIT_MEMLOCK or where nothing is mapped; EAGAIN when a page cannot be had.</summary>
    Errno Lock(AddressSpaceId space, ulong address, ulong length, bool onFault);

    /// <summary>Unlocks pages (munlock(2)); ENOMEM where nothing is mapped.</summary>
    Errno Unlock(AddressSpaceId space, ulong address, ulong length);

    /// <summary>Locks what is mapped, what will be mapped, or both (mlockall(2): MCL_CURRENT 1, MCL_FUTURE 2, MCL_ONFAULT 4); 0 unlocks all (munlockall(2)). ENOMEM beyond RLIMIT_MEMLOCK.</summary>
    Errno LockAll(AddressSpaceId space, int flags);
}

/// <summary>The pages of a region that are in memory, by kinds. Dirty: written, or of no file.</summary>
/// <param name="Resident">All of them.</param>
/// <param name="Anonymous">Of no file, or copies of a file's.</param>
/// <param name="Referenced">Read or written since they were mapped.</param>
/// <param name="SharedClean">In several address spaces.</param>
/// <param name="SharedDirty">In several address spaces.</param>
/// <param name="PrivateClean">In this one alone.</param>
/// <param name="PrivateDirty">In this one alone.</param>
/// <param name="ProportionalBytes">Each page's bytes divided by how often it is mapped.</param>
public readonly record struct RegionUse(
    long Resident, long Anonymous, long Referenced, long SharedClean, long SharedDirty, long PrivateClean, long PrivateDirty, long ProportionalBytes);
