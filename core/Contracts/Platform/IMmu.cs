using Kpio.Contracts.Values;

namespace Kpio.Contracts.Platform;

/// <summary>
/// Page tables and the caches of them. Addresses are linear, page-aligned where a page is meant, and in the lower canonical half;
/// lengths are multiples of 4096. The MMU owns one reference to each frame that it maps.
/// </summary>
public interface IMmu
{
    /// <summary>Makes an empty address space: a top page table whose upper half is the kernel's. ENOMEM when no frame is left.</summary>
    Result<AddressSpaceId> CreateSpace();

    /// <summary>Gives back every frame and table of the space. No CPU may be running in it.</summary>
    void DestroySpace(AddressSpaceId space);

    /// <summary>Maps one page, replacing what was there; takes the caller's reference to the frame over. ENOMEM when a page table cannot be made.</summary>
    Errno Map(AddressSpaceId space, ulong address, FrameNumber frame, PageAccess access);

    /// <summary>Unmaps every page in the range, gives the frames back, and answers how many pages that were; others are passed over.</summary>
    long Unmap(AddressSpaceId space, ulong address, ulong length);

    /// <summary>
    /// Gives back the page tables that serve addresses of a range and none outside of the free room around it, where nothing is mapped:
    /// from <paramref name="floor"/> to <paramref name="ceiling"/>, exclusive.
    /// </summary>
    void ReleaseTables(AddressSpaceId space, ulong address, ulong length, ulong floor, ulong ceiling);

    /// <summary>Sets the access of every mapped page in the range. Write access is withheld from frames that are shared copy-on-write, until a fault breaks the sharing.</summary>
    void Protect(AddressSpaceId space, ulong address, ulong length, PageAccess access);

    /// <summary>The mapping of a page, or false when none is there.</summary>
    bool TryGetMapping(AddressSpaceId space, ulong address, out PageMapping mapping);

    /// <summary>How many pages of the range are mapped.</summary>
    long CountMapped(AddressSpaceId space, ulong address, ulong length);

    /// <summary>Makes a space with the same pages, shared copy-on-write: both sides lose write access to them.</summary>
    Result<AddressSpaceId> Fork(AddressSpaceId space);

    /// <summary>Moves the mapped pages of a range to another, unmapping what was there (mremap). Ranges must not overlap.</summary>
    Errno Move(AddressSpaceId space, ulong source, ulong destination, ulong length);
}

/// <summary>What a page table says of a page.</summary>
/// <param name="Frame">The frame.</param>
/// <param name="Access">What ring 3 may do.</param>
/// <param name="Accessed">Whether it was read or written since it was mapped.</param>
/// <param name="Dirty">Whether it was written since it was mapped.</param>
public readonly record struct PageMapping(FrameNumber Frame, PageAccess Access, bool Accessed, bool Dirty);
