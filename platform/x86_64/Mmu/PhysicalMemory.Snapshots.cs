using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Mmu;

// All frames as a whole. An image may come from a file that anybody wrote, and what page tables say is the host's memory to a guest: so each frame
// that a table names is looked at first, and each must have as many references as there are.
internal sealed unsafe partial class PhysicalMemory : IMemorySnapshots
{
    private const int EntriesPerTable = 512;
    private const int TopLevel = 3;

    /// <inheritdoc/>
    public MemoryImage Capture()
    {
        int[] references = new int[_next];
        byte[]?[] frames = new byte[]?[_next];
        for (uint frame = 1; frame < _next; frame++)
        {
            references[frame] = _references[frame];
            var bytes = new ReadOnlySpan<byte>(Host(frame), FrameNumber.Size);
            if (references[frame] > 0 && bytes.ContainsAnyExcept((byte)0))
                frames[frame] = bytes.ToArray();
        }

        return new MemoryImage { NextFrame = _next, Free = _free[.._freeCount], References = references, Frames = frames };
    }

    /// <inheritdoc/>
    public Errno Restore(MemoryImage image, IReadOnlyList<AddressSpaceId> spaces, IReadOnlyList<FrameNumber> references)
    {
        if (_next != 1)
            return Errno.EBUSY;
        if (image.NextFrame - 1 > TotalFrames)
            return Errno.ENOMEM;
        if (_store is not null && !ReferenceEquals(_store.Image, image))
            return Errno.EBUSY;
        if (_store is not { IsChecked: true } && (!IsWhole(image) || !HasRightTables(image, spaces, references)))
            return Errno.EINVAL;
        if (_store is not null)
            _store.IsChecked = true;
        if (_view is null)
            Put(image);

        _freeCount = image.Free.Count;
        _free = new uint[Math.Max(64, _freeCount)];
        for (int i = 0; i < _freeCount; i++)
            _free[i] = image.Free[i];
        _next = image.NextFrame;
        return Errno.None;
    }

    private void Put(MemoryImage image)
    {
        for (int frame = 1; frame < image.NextFrame; frame++)
        {
            _references[frame] = image.References[frame];
            var bytes = new Span<byte>(Host((uint)frame), FrameNumber.Size);
            if (image.Frames[frame] is { } saved)
                saved.CopyTo(bytes);
            else if (frame < _reservation.UsedFrames)
                bytes.Clear();
        }
    }

    /// <summary>Whether each frame is either in use or free, once.</summary>
    private static bool IsWhole(MemoryImage image)
    {
        if (image.NextFrame == 0 || image.References.Count != image.NextFrame || image.Frames.Count != image.NextFrame)
            return false;
        bool[] isFree = new bool[image.NextFrame];
        for (int i = 0; i < image.Free.Count; i++)
        {
            uint frame = image.Free[i];
            if (frame == 0 || frame >= image.NextFrame || isFree[frame])
                return false;
            isFree[frame] = true;
        }

        for (int frame = 1; frame < image.NextFrame; frame++)
        {
            if (image.References[frame] < 0 || (image.References[frame] == 0) != isFree[frame] || image.Frames[frame] is { Length: not FrameNumber.Size })
                return false;
        }

        return true;
    }

    private static bool HasRightTables(MemoryImage image, IReadOnlyList<AddressSpaceId> spaces, IReadOnlyList<FrameNumber> references)
    {
        int[] found = new int[image.NextFrame];
        bool[] isTable = new bool[image.NextFrame];
        for (int i = 0; i < references.Count; i++)
        {
            if (references[i].Value == 0 || references[i].Value >= image.NextFrame)
                return false;
            found[references[i].Value]++;
        }

        for (int i = 0; i < spaces.Count; i++)
        {
            ulong root = spaces[i].PageTableRoot;
            if ((root & (FrameNumber.Size - 1)) != 0 || !Walk(image, root, TopLevel, found, isTable))
                return false;
        }

        for (int frame = 1; frame < image.NextFrame; frame++)
        {
            if (found[frame] != image.References[frame] || (isTable[frame] && found[frame] != 1))
                return false;
        }

        return true;
    }

    private static bool Walk(MemoryImage image, ulong entry, int level, int[] found, bool[] isTable)
    {
        ulong table = (entry & PageTable.FrameMask) >> 12;
        if (table == 0 || table >= image.NextFrame || isTable[table])
            return false;
        isTable[table] = true;
        found[table]++;
        if (image.Frames[(int)table] is not { } bytes)
            return true;
        fixed (byte* start = bytes)
        {
            ulong* entries = (ulong*)start;
            for (int i = 0; i < EntriesPerTable; i++)
            {
                if ((entries[i] & PageTable.Present) == 0)
                    continue;
                if (level > 0)
                {
                    // The upper half is the kernel's: there is nothing in it.
                    if ((level == TopLevel && i >= EntriesPerTable / 2) || !Walk(image, entries[i], level - 1, found, isTable))
                        return false;
                    continue;
                }

                ulong frame = (entries[i] & PageTable.FrameMask) >> 12;
                if (frame == 0 || frame >= image.NextFrame)
                    return false;
                found[frame]++;
            }
        }

        return true;
    }
}
