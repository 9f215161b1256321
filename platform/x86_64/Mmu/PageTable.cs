using System.Runtime.CompilerServices;
using Kpio.Contracts.Platform;

namespace Kpio.Platform.X64.Mmu;

/// <summary>The bits of a page-table entry (SDM vol. 3A table 4-20) and what follows from them for ring 3.</summary>
internal static class PageTable
{
    public const ulong Present = 1;
    public const ulong Writable = 2;
    public const ulong User = 4;
    public const ulong Accessed = 0x20;
    public const ulong Dirty = 0x40;
    public const ulong NoExecute = 1UL << 63;
    public const ulong FrameMask = 0x000F_FFFF_FFFF_F000;

    /// <summary>The first address above the lower canonical half.</summary>
    public const ulong UserLimit = 0x0000_8000_0000_0000;

    /// <summary>The bits of an entry that give <paramref name="access"/>. Ring 3 has no way to write or execute without reading.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong BitsOf(PageAccess access)
    {
        ulong bits = Present;
        if (access != PageAccess.None) bits |= User;
        if ((access & PageAccess.Write) != 0) bits |= Writable;
        if ((access & PageAccess.Execute) == 0) bits |= NoExecute;
        return bits;
    }

    /// <summary>What ring 3 may do by an entry.</summary>
    public static PageAccess AccessOf(ulong entry)
    {
        if ((entry & (Present | User)) != (Present | User)) return PageAccess.None;
        PageAccess access = PageAccess.Read;
        if ((entry & Writable) != 0) access |= PageAccess.Write;
        if ((entry & NoExecute) == 0) access |= PageAccess.Execute;
        return access;
    }

    /// <summary>Whether bits 63…47 of an address are all equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsCanonical(ulong address) => (ulong)(((long)address << 16) >> 16) == address;
}
