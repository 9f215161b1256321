using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>
/// A pipe's bytes and ends. As in Linux the bytes lie in a ring of page-sized slots: a write joins the last slot when what is left of
/// it after whole pages fits there, else it takes new ones. So a pipe of 16 slots may be full with less than 64 KiB in it, and a packet
/// (O_DIRECT) is a slot of its own.
/// </summary>
internal sealed class Pipe
{
    public const int PageSize = 4096;

    private Slot[] _slots;
    private int _head;
    private byte[]? _spare;

    public Pipe(int capacity) => _slots = new Slot[Math.Max(1, capacity / PageSize)];

    public required ulong Inode { get; init; }

    /// <summary>The mount of a fifo's node; null for a pipe without a name.</summary>
    public Mount? Mount { get; init; }

    public NodeId Node { get; init; }

    public FileTime Time { get; init; }

    public uint User { get; init; }

    public uint Group { get; init; }

    /// <summary>How many slots hold something.</summary>
    public int UsedSlots { get; private set; }

    public int SlotCount => _slots.Length;

    public int Capacity => _slots.Length * PageSize;

    public bool IsEmpty => UsedSlots == 0;

    public bool IsFull => UsedSlots == _slots.Length;

    /// <summary>How often it was opened for reading, and for writing: by this those who wait for the other side know that it came, even if it has gone again.</summary>
    public (int Readers, int Writers) Opened { get; set; }

    /// <summary>The open files that can read; an open file for both is in both lists.</summary>
    public PlainList<OpenFile> Readers { get; } = new();

    public PlainList<OpenFile> Writers { get; } = new();

    /// <summary>How many bytes are unread.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            for (int i = 0; i < UsedSlots; i++)
                count += At(i).Count;
            return count;
        }
    }

    /// <summary>Whether a write of so many bytes is made whole now: at once, or because a slot is free.</summary>
    public bool CanJoin(int length)
    {
        int rest = length % PageSize;
        if (rest == 0 || UsedSlots == 0)
            return false;
        ref Slot last = ref At(UsedSlots - 1);
        return !last.IsPacket && last.Start + last.Count + rest <= PageSize;
    }

    /// <summary>Takes bytes; of a packet what does not fit is lost (pipe(2)).</summary>
    public int Take(Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length && UsedSlots > 0)
        {
            ref Slot slot = ref At(0);
            int length = Math.Min(destination.Length - done, slot.Count);
            slot.Bytes.AsSpan(slot.Start, length).CopyTo(destination[done..]);
            done += length;
            slot.Start += length;
            slot.Count -= length;
            bool isPacket = slot.IsPacket;
            if (slot.Count == 0 || isPacket)
                DropFirst();
            if (isPacket)
                break;
        }

        return done;
    }

    /// <summary>Copies bytes from a distance on without taking them; of packets the first alone.</summary>
    public int Peek(Span<byte> destination)
    {
        int done = 0;
        for (int i = 0; i < UsedSlots && done < destination.Length; i++)
        {
            ref Slot slot = ref At(i);
            int length = Math.Min(destination.Length - done, slot.Count);
            slot.Bytes.AsSpan(slot.Start, length).CopyTo(destination[done..]);
            done += length;
            if (slot.IsPacket)
                break;
        }

        return done;
    }

    /// <summary>Puts as many bytes as there is room for.</summary>
    public int Put(ReadOnlySpan<byte> source, bool asPackets)
    {
        int done = 0;
        if (CanJoin(source.Length))
        {
            ref Slot last = ref At(UsedSlots - 1);
            int rest = source.Length % PageSize;
            source[..rest].CopyTo(last.Bytes.AsSpan(last.Start + last.Count));
            last.Count += rest;
            done = rest;
        }

        while (done < source.Length && !IsFull)
        {
            int length = Math.Min(PageSize, source.Length - done);
            ref Slot slot = ref At(UsedSlots++);
            slot.Bytes = _spare ?? new byte[PageSize];
            _spare = null;
            slot.Start = 0;
            slot.Count = length;
            slot.IsPacket = asPackets;
            source.Slice(done, length).CopyTo(slot.Bytes);
            done += length;
        }

        return done;
    }

    /// <summary>Sets the number of slots; EBUSY when what is unread would not fit.</summary>
    public Errno Resize(int slotCount)
    {
        if (slotCount < UsedSlots)
            return Errno.EBUSY;
        var slots = new Slot[slotCount];
        for (int i = 0; i < UsedSlots; i++)
            slots[i] = At(i);
        _slots = slots;
        _head = 0;
        return Errno.None;
    }

    /// <summary>A slot that holds something, by its age.</summary>
    public ref Slot At(int index) => ref _slots[(_head + index) % _slots.Length];

    /// <summary>Adds a slot as it was in a predecessor; false when there is no room.</summary>
    public bool Restore(byte[] bytes, int start, int count, bool isPacket)
    {
        if (IsFull || bytes.Length != PageSize || start < 0 || count <= 0 || start + count > PageSize)
            return false;
        At(UsedSlots++) = new Slot { Bytes = bytes, Start = start, Count = count, IsPacket = isPacket };
        return true;
    }

    private void DropFirst()
    {
        ref Slot slot = ref At(0);
        _spare = slot.Bytes;
        slot = default;
        _head = (_head + 1) % _slots.Length;
        UsedSlots--;
    }

    /// <summary>A page of the ring.</summary>
    internal struct Slot
    {
        public byte[] Bytes;
        public int Start;
        public int Count;
        public bool IsPacket;
    }
}
