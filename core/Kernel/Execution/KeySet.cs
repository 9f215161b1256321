using Kpio.Contracts.Process;

namespace Kpio.Kernel.Execution;

/// <summary>
/// A set of keys. Open addressing over a plain array, not a HashSet: generic code over the key is not precompiled, and every wake
/// asks. A key of kind 0 marks a free place.
/// </summary>
internal sealed class KeySet
{
    private WaitKey[] _keys = new WaitKey[4];
    private int _used;

    public bool Contains(WaitKey key) => _used != 0 && _keys[Find(key)].Kind != 0;

    /// <summary>The keys.</summary>
    public List<WaitKey> ToList()
    {
        var keys = new List<WaitKey>(_used);
        foreach (WaitKey key in _keys)
        {
            if (key.Kind != 0)
                keys.Add(key);
        }

        return keys;
    }

    public void Add(WaitKey key)
    {
        if (_used * 2 >= _keys.Length)
            Grow();
        int index = Find(key);
        if (_keys[index].Kind != 0)
            return;
        _keys[index] = key;
        _used++;
    }

    public void Remove(WaitKey key)
    {
        if (!Contains(key))
            return;
        int index = Find(key);
        _keys[index] = default;
        _used--;

        // Those that had gone on past this place move up, so that a search still ends at the first free one.
        int mask = _keys.Length - 1;
        for (int next = (index + 1) & mask; _keys[next].Kind != 0; next = (next + 1) & mask)
        {
            int home = HomeOf(_keys[next]);
            if (((next - home) & mask) < ((next - index) & mask))
                continue;
            _keys[index] = _keys[next];
            _keys[next] = default;
            index = next;
        }
    }

    private int HomeOf(WaitKey key)
    {
        ulong hash = (key.Id + ((ulong)key.Kind << 56)) * 0x9E37_79B9_7F4A_7C15;
        return (int)(hash >> 36) & (_keys.Length - 1);
    }

    // The place of the key, or the free one where it would go.
    private int Find(WaitKey key)
    {
        int index = HomeOf(key);
        while (_keys[index].Kind != 0 && (_keys[index].Id != key.Id || _keys[index].Kind != key.Kind))
            index = (index + 1) & (_keys.Length - 1);
        return index;
    }

    private void Grow()
    {
        WaitKey[] old = _keys;
        _keys = new WaitKey[Math.Max(16, old.Length * 2)];
        foreach (WaitKey key in old)
        {
            if (key.Kind != 0)
                _keys[Find(key)] = key;
        }
    }
}
