using System.Runtime.CompilerServices;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Mmu;

/// <summary>
/// Four-level page tables in the machine's own frames, and access to guest memory through them. CPUs cache what the tables say;
/// <see cref="IPageTableCache"/> is how they hear of changes. Changed under the kernel lock, with the CPUs of the space stopped.
/// </summary>
internal sealed unsafe class MemoryManagementUnit(PhysicalMemory memory) : IMmu, IGuestMemory
{
    private const int EntriesPerTable = 512;
    private readonly PlainList<IPageTableCache> _caches = new();

    public void Register(IPageTableCache cache) => _caches.Add(cache);

    // ---- IMmu ----

    /// <inheritdoc/>
    public Result<AddressSpaceId> CreateSpace()
    {
        if (!memory.TryAllocate(out uint frame)) return Errno.ENOMEM;
        return new AddressSpaceId((ulong)frame << 12);
    }

    /// <inheritdoc/>
    public void DestroySpace(AddressSpaceId space)
    {
        foreach (IPageTableCache cache in _caches) cache.ForgetSpace(space);
        ReleaseTable((uint)(space.PageTableRoot >> 12), 3);
    }

    /// <inheritdoc/>
    public Errno Map(AddressSpaceId space, ulong address, FrameNumber frame, PageAccess access)
    {
        ulong* entry = Ensure(space, address);
        if (entry == null) return Errno.ENOMEM;
        ulong old = *entry;
        *entry = ((ulong)frame.Value << 12) | PageTable.BitsOf(access);
        if ((old & PageTable.Present) != 0)
        {
            Invalidate(space, address, old);
            memory.Release(new FrameNumber((uint)((old & PageTable.FrameMask) >> 12)));
        }

        return Errno.None;
    }

    /// <inheritdoc/>
    public long Unmap(AddressSpaceId space, ulong address, ulong length)
    {
        ulong end = address + length;
        long count = 0;
        while (address < end)
        {
            ulong* entry = FindRun(space, address, end, out ulong next);
            for (; entry != null && address < next; address += FrameNumber.Size, entry++)
            {
                ulong old = *entry;
                if ((old & PageTable.Present) == 0) continue;
                *entry = 0;
                count++;
                Invalidate(space, address, old);
                memory.Release(new FrameNumber((uint)((old & PageTable.FrameMask) >> 12)));
            }

            address = next;
        }

        return count;
    }

    /// <inheritdoc/>
    public long CountMapped(AddressSpaceId space, ulong address, ulong length)
    {
        ulong end = address + length;
        long count = 0;
        while (address < end)
        {
            ulong* entry = FindRun(space, address, end, out ulong next);
            for (; entry != null && address < next; address += FrameNumber.Size, entry++)
                count += (long)(*entry & PageTable.Present);
            address = next;
        }

        return count;
    }

    /// <inheritdoc/>
    public void ReleaseTables(AddressSpaceId space, ulong address, ulong length, ulong floor, ulong ceiling)
    {
        if (length != 0)
            ReleaseTables((uint)(space.PageTableRoot >> 12), 3, 0, address, address + length, floor, Math.Min(ceiling, PageTable.UserLimit));
    }

    /// <inheritdoc/>
    public void Protect(AddressSpaceId space, ulong address, ulong length, PageAccess access)
    {
        ulong end = address + length;
        while (address < end)
        {
            ulong* entry = FindRun(space, address, end, out ulong next);
            for (; entry != null && address < next; address += FrameNumber.Size, entry++)
            {
                ulong old = *entry;
                if ((old & PageTable.Present) == 0) continue;
                ulong bits = PageTable.BitsOf(access);
                if (memory.ReferenceCount(new FrameNumber((uint)((old & PageTable.FrameMask) >> 12))) > 1) bits &= ~PageTable.Writable;
                ulong changed = (old & (PageTable.FrameMask | PageTable.Accessed | PageTable.Dirty)) | bits;
                if (changed == old) continue;
                *entry = changed;
                Invalidate(space, address, old);
            }

            address = next;
        }
    }

    /// <inheritdoc/>
    public bool TryGetMapping(AddressSpaceId space, ulong address, out PageMapping mapping)
    {
        ulong* entry = Find(space, address);
        if (entry == null || (*entry & PageTable.Present) == 0)
        {
            mapping = default;
            return false;
        }

        ulong value = *entry;
        mapping = new PageMapping(
            new FrameNumber((uint)((value & PageTable.FrameMask) >> 12)),
            PageTable.AccessOf(value),
            (value & PageTable.Accessed) != 0,
            (value & PageTable.Dirty) != 0);
        return true;
    }

    /// <inheritdoc/>
    public Result<AddressSpaceId> Fork(AddressSpaceId space)
    {
        if (!memory.TryAllocate(out uint root)) return Errno.ENOMEM;
        bool complete = CopyTable((uint)(space.PageTableRoot >> 12), root, 3);
        foreach (IPageTableCache cache in _caches) cache.FlushSpace(space);
        if (complete) return new AddressSpaceId((ulong)root << 12);
        ReleaseTable(root, 3);
        return Errno.ENOMEM;
    }

    /// <inheritdoc/>
    public Errno Move(AddressSpaceId space, ulong source, ulong destination, ulong length)
    {
        // Every table first, so that running out of memory changes nothing that the guest can see.
        for (ulong offset = 0; offset < length; offset += FrameNumber.Size)
        {
            ulong* from = Find(space, source + offset);
            if (from != null && (*from & PageTable.Present) != 0 && Ensure(space, destination + offset) == null) return Errno.ENOMEM;
        }

        Unmap(space, destination, length);
        for (ulong offset = 0; offset < length; offset += FrameNumber.Size)
        {
            ulong* from = Find(space, source + offset);
            if (from == null || (*from & PageTable.Present) == 0) continue;
            ulong value = *from;
            *from = 0;
            Invalidate(space, source + offset, value);
            *Find(space, destination + offset) = value;
        }

        return Errno.None;
    }

    // ---- IGuestMemory ----

    /// <inheritdoc/>
    public bool TryRead(AddressSpaceId space, ulong address, Span<byte> destination, out FaultInfo fault)
    {
        while (!destination.IsEmpty)
        {
            if (!TryGetSpan(space, address, PageAccess.Read, out Span<byte> page, out fault)) return false;
            int count = Math.Min(page.Length, destination.Length);
            page[..count].CopyTo(destination);
            destination = destination[count..];
            address += (ulong)count;
        }

        fault = default;
        return true;
    }

    /// <inheritdoc/>
    public bool TryWrite(AddressSpaceId space, ulong address, ReadOnlySpan<byte> source, out FaultInfo fault)
    {
        while (!source.IsEmpty)
        {
            if (!TryGetSpan(space, address, PageAccess.Write, out Span<byte> page, out fault)) return false;
            int count = Math.Min(page.Length, source.Length);
            source[..count].CopyTo(page);
            source = source[count..];
            address += (ulong)count;
        }

        fault = default;
        return true;
    }

    /// <inheritdoc/>
    public bool TryGetSpan(AddressSpaceId space, ulong address, PageAccess access, out Span<byte> span, out FaultInfo fault)
    {
        if (!TryTranslate(space, address, access, out uint frame, out _, out fault))
        {
            span = default;
            return false;
        }

        if ((access & PageAccess.Write) != 0 && memory.HoldsCode(frame)) memory.DropCode(frame);
        int offset = (int)(address & (FrameNumber.Size - 1));
        span = new Span<byte>(memory.Host(frame) + offset, FrameNumber.Size - offset);
        return true;
    }

    /// <inheritdoc/>
    public bool TryProbe(AddressSpaceId space, ulong address, PageAccess access, out FaultInfo fault) =>
        TryTranslate(space, address, access, out _, out _, out fault);

    // ---- the walk ----

    /// <summary>
    /// Walks the tables as the processor does on a TLB miss and sets the accessed and dirty bits. <paramref name="entry"/> is the
    /// page's table entry after that.
    /// </summary>
    internal bool TryTranslate(AddressSpaceId space, ulong address, PageAccess access, out uint frame, out ulong entry, out FaultInfo fault)
    {
        frame = 0;
        entry = 0;
        if (address >= PageTable.UserLimit)
        {
            // The upper half is the kernel's: no table of it says User.
            fault = new FaultInfo(address, access, false, !PageTable.IsCanonical(address));
            return false;
        }

        ulong* slot = Find(space, address);
        ulong value = slot == null ? 0 : *slot;
        if ((value & PageTable.Present) == 0)
        {
            fault = new FaultInfo(address, access, false);
            return false;
        }

        bool allowed = (value & PageTable.User) != 0
            && ((access & PageAccess.Write) == 0 || (value & PageTable.Writable) != 0)
            && ((access & PageAccess.Execute) == 0 || (value & PageTable.NoExecute) == 0);
        if (!allowed)
        {
            fault = new FaultInfo(address, access, true);
            return false;
        }

        ulong marks = (access & PageAccess.Write) != 0 ? PageTable.Accessed | PageTable.Dirty : PageTable.Accessed;
        if ((value & marks) != marks) *slot = value |= marks;
        frame = (uint)((value & PageTable.FrameMask) >> 12);
        entry = value;
        fault = default;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong* Table(ulong entry) => (ulong*)(memory.Base + (entry & PageTable.FrameMask));

    private ulong* Find(AddressSpaceId space, ulong address)
    {
        if (address >= PageTable.UserLimit) return null;
        ulong* table = Table(space.PageTableRoot);
        for (int shift = 39; shift > 12; shift -= 9)
        {
            ulong entry = table[(address >> shift) & 511];
            if ((entry & PageTable.Present) == 0) return null;
            table = Table(entry);
        }

        return table + ((address >> 12) & 511);
    }

    /// <summary>
    /// The entry of a page and the end of the run of pages whose entries follow it in the same table; null with the end of the
    /// range for which there is no table.
    /// </summary>
    private ulong* FindRun(AddressSpaceId space, ulong address, ulong end, out ulong next)
    {
        ulong* table = Table(space.PageTableRoot);
        for (int shift = 39; shift > 12; shift -= 9)
        {
            ulong entry = table[(address >> shift) & 511];
            if ((entry & PageTable.Present) == 0)
            {
                next = Math.Min(end, ((address >> shift) + 1) << shift);
                return null;
            }

            table = Table(entry);
        }

        next = Math.Min(end, ((address >> 21) + 1) << 21);
        return table + ((address >> 12) & 511);
    }

    private ulong* Ensure(AddressSpaceId space, ulong address)
    {
        if (address >= PageTable.UserLimit) throw new ArgumentOutOfRangeException(nameof(address), "Only the lower half is mapped.");
        ulong* table = Table(space.PageTableRoot);
        for (int shift = 39; shift > 12; shift -= 9)
        {
            ulong* slot = table + ((address >> shift) & 511);
            if ((*slot & PageTable.Present) == 0)
            {
                if (!memory.TryAllocate(out uint frame)) return null;
                *slot = ((ulong)frame << 12) | PageTable.Present | PageTable.Writable | PageTable.User;
            }

            table = Table(*slot);
        }

        return table + ((address >> 12) & 511);
    }

    private void ReleaseTable(uint table, int level)
    {
        ulong* entries = (ulong*)memory.Host(table);
        for (int i = 0; i < EntriesPerTable; i++)
        {
            ulong entry = entries[i];
            if ((entry & PageTable.Present) == 0) continue;
            uint frame = (uint)((entry & PageTable.FrameMask) >> 12);
            if (level == 0) memory.Release(new FrameNumber(frame));
            else ReleaseTable(frame, level - 1);
        }

        memory.Release(new FrameNumber(table));
    }

    /// <summary>Releases those tables below one, whose first address is <paramref name="start"/>, that lie wholly in the free room.</summary>
    private void ReleaseTables(uint table, int level, ulong start, ulong address, ulong end, ulong floor, ulong ceiling)
    {
        ulong* entries = (ulong*)memory.Host(table);
        int shift = 12 + (9 * level);
        ulong first = address <= start ? 0 : (address - start) >> shift;
        ulong last = Math.Min(511, (end - 1 - start) >> shift);
        for (ulong i = first; i <= last; i++)
        {
            ulong entry = entries[i];
            if ((entry & PageTable.Present) == 0) continue;
            uint below = (uint)((entry & PageTable.FrameMask) >> 12);
            ulong from = start + (i << shift);
            if (level > 1) ReleaseTables(below, level - 1, from, address, end, floor, ceiling);
            if (from < floor || from + (1UL << shift) > ceiling) continue;

            // Nothing is mapped in there any more, and what tables there were below have just gone with the range or before it.
            entries[i] = 0;
            ReleaseTable(below, level - 1);
        }
    }

    /// <summary>Copies a table for a fork; false when memory ran out, with what was made reachable from <paramref name="to"/>.</summary>
    private bool CopyTable(uint from, uint to, int level)
    {
        ulong* source = (ulong*)memory.Host(from);
        ulong* target = (ulong*)memory.Host(to);
        for (int i = 0; i < EntriesPerTable; i++)
        {
            ulong entry = source[i];
            if ((entry & PageTable.Present) == 0) continue;
            uint frame = (uint)((entry & PageTable.FrameMask) >> 12);
            if (level == 0)
            {
                entry &= ~PageTable.Writable;
                source[i] = entry;
                memory.AddReference(new FrameNumber(frame));
                target[i] = entry;
                continue;
            }

            if (!memory.TryAllocate(out uint table)) return false;
            target[i] = (entry & ~PageTable.FrameMask) | ((ulong)table << 12);
            if (!CopyTable(frame, table, level - 1)) return false;
        }

        return true;
    }

    private void Invalidate(AddressSpaceId space, ulong address, ulong oldEntry)
    {
        // What was never accessed is in no cache.
        if ((oldEntry & PageTable.Accessed) == 0) return;
        foreach (IPageTableCache cache in _caches) cache.FlushPage(space, address, (oldEntry & PageTable.NoExecute) == 0);
    }
}

/// <summary>A CPU's caches of page tables.</summary>
internal interface IPageTableCache
{
    /// <summary>A page's entry changed.</summary>
    void FlushPage(AddressSpaceId space, ulong address, bool executable);

    /// <summary>Many entries of the space changed.</summary>
    void FlushSpace(AddressSpaceId space);

    /// <summary>The space is going away; its id may be used again.</summary>
    void ForgetSpace(AddressSpaceId space);
}
