namespace Kpio.Platform.X64.Interpreter;

/// <summary>
/// A hash table from numbers other than 0 to pointers. The base library's generic collections over such types are not in its
/// precompiled code, and compiling them would take longer than everything else in a short program's life; so here are the few
/// lines that the block cache needs.
/// </summary>
internal sealed class AddressTable
{
    private ulong[] _keys = new ulong[16];
    private nint[] _values = new nint[16];
    private int _count;

    /// <summary>The value of a key, or 0.</summary>
    public nint Find(ulong key)
    {
        int slot = Slot(_keys, key);
        return _keys[slot] == key ? _values[slot] : 0;
    }

    /// <summary>Sets the value of a key; 0 forgets it but keeps its place.</summary>
    public void Set(ulong key, nint value)
    {
        int slot = Slot(_keys, key);
        if (_keys[slot] != key)
        {
            if (++_count * 2 > _keys.Length)
            {
                Grow();
                slot = Slot(_keys, key);
            }

            _keys[slot] = key;
        }

        _values[slot] = value;
    }

    /// <summary>Whether any key with a value lies in the page with a number (key divided by 4096).</summary>
    public bool AnyKeyIn(ulong page)
    {
        for (int i = 0; i < _keys.Length; i++)
        {
            if (_keys[i] >> 12 == page && _values[i] != 0) return true;
        }

        return false;
    }

    private static int Slot(ulong[] keys, ulong key)
    {
        int mask = keys.Length - 1;
        int slot = (int)((key * 0x9E37_79B9_7F4A_7C15) >> 40) & mask;
        while (keys[slot] != 0 && keys[slot] != key) slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        var keys = new ulong[_keys.Length * 2];
        var values = new nint[keys.Length];
        for (int i = 0; i < _keys.Length; i++)
        {
            if (_keys[i] == 0) continue;
            int slot = Slot(keys, _keys[i]);
            keys[slot] = _keys[i];
            values[slot] = _values[i];
        }

        _keys = keys;
        _values = values;
    }
}

/// <summary>A growing row of pointers; see <see cref="AddressTable"/>.</summary>
internal sealed class PointerList
{
    private nint[] _items = new nint[16];

    public int Count { get; private set; }

    public nint this[int index]
    {
        get => _items[index];
        set => _items[index] = value;
    }

    public void Add(nint item)
    {
        if (Count == _items.Length)
        {
            var items = new nint[Count * 2];
            Array.Copy(_items, items, Count);
            _items = items;
        }

        _items[Count++] = item;
    }

    /// <summary>Forgets all items but the first.</summary>
    public void Truncate(int count) => Count = count;
}
