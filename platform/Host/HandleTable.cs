using Kpio.Contracts.Values;

namespace Kpio.Platform.Host;

/// <summary>
/// The host's handles by id. An id is a slot and how often the slot was used, so that a stale id finds nothing; the standard streams
/// keep the ids 1 to 3. Used under the kernel's lock.
/// </summary>
/// <typeparam name="T">What stands for a handle of the host.</typeparam>
internal sealed class HandleTable<T>
{
    private const int SlotBits = 24;
    private const int FirstSlot = 4;

    private Slot[] _slots = new Slot[16];
    private int _used = FirstSlot;
    private int _free;

    /// <summary>How many handles are in the table.</summary>
    public int Count { get; private set; }

    public HostFileId Add(T handle)
    {
        int index = _free;
        if (index != 0)
        {
            _free = _slots[index].NextFree;
        }
        else
        {
            if (_used == _slots.Length)
                Array.Resize(ref _slots, _slots.Length * 2);
            index = _used++;
        }

        ref Slot slot = ref _slots[index];
        slot.Handle = handle;
        slot.IsUsed = true;
        slot.Generation++;
        Count++;
        return new HostFileId((slot.Generation << SlotBits) | (uint)index);
    }

    public bool TryGet(HostFileId id, out T handle)
    {
        int index = (int)(id.Value & ((1 << SlotBits) - 1));
        if (index < _slots.Length && _slots[index].IsUsed && _slots[index].Generation == id.Value >> SlotBits)
        {
            handle = _slots[index].Handle;
            return true;
        }

        handle = default!;
        return false;
    }

    public bool Remove(HostFileId id, out T handle)
    {
        if (!TryGet(id, out handle))
            return false;
        int index = (int)(id.Value & ((1 << SlotBits) - 1));
        ref Slot slot = ref _slots[index];
        slot.IsUsed = false;
        slot.Handle = default!;
        slot.NextFree = _free;
        _free = index;
        Count--;
        return true;
    }

    /// <summary>The ids in the table.</summary>
    public IEnumerable<HostFileId> Ids()
    {
        for (int i = FirstSlot; i < _used; i++)
        {
            if (_slots[i].IsUsed)
                yield return new HostFileId((_slots[i].Generation << SlotBits) | (uint)i);
        }
    }

    private struct Slot
    {
        public T Handle;
        public long Generation;
        public int NextFree;
        public bool IsUsed;
    }
}
