using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Kpio.Contracts.Values;

/// <summary>
/// A dictionary for code that runs at every start, as <see cref="PlainList{T}"/> is a list: it implements no interface, so that the
/// runtime loads two types for each pair of kinds, not ten (docs/adr/0006). Keys are compared by reference. It must not be changed
/// while its values are being enumerated.
/// </summary>
/// <typeparam name="TKey">What values are found by.</typeparam>
/// <typeparam name="TValue">What is found.</typeparam>
public sealed class PlainMap<TKey, TValue>
    where TKey : class
    where TValue : class
{
    // Chains through indices: _heads has a power of two of them, each one more than the index of an entry, or 0.
    private int[] _heads = new int[16];
    private Entry[] _entries = new Entry[16];
    private int _used;
    private int _free; // one more than the index of the first unused entry below _used; 0 for none

    /// <summary>How many entries there are.</summary>
    public int Count { get; private set; }

    /// <summary>The values, in no particular order.</summary>
    public ValueEnumerable Values => new(this);

    /// <summary>The value of a key; false when it has none.</summary>
    public bool TryGetValue(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        for (int at = _heads[Head(key)]; at != 0; at = _entries[at - 1].Next)
        {
            Entry entry = _entries[at - 1];
            if (ReferenceEquals(entry.Key, key))
            {
                value = entry.Value!;
                return true;
            }
        }

        value = null;
        return false;
    }

    /// <summary>Whether a key has a value.</summary>
    public bool ContainsKey(TKey key) => TryGetValue(key, out _);

    /// <summary>Gives a key its value.</summary>
    /// <exception cref="ArgumentException">It has one.</exception>
    public void Add(TKey key, TValue value)
    {
        if (ContainsKey(key))
            throw new ArgumentException("the key is there already", nameof(key));
        if (_free == 0 && _used == _entries.Length)
            Grow();
        int index = _free != 0 ? _free - 1 : _used++;
        if (_free != 0)
            _free = _entries[index].Next;
        ref int head = ref _heads[Head(key)];
        Entry entry = _entries[index] ??= new Entry();
        (entry.Key, entry.Value, entry.Next) = (key, value, head);
        head = index + 1;
        Count++;
    }

    /// <summary>Takes a key out; false when it is not there.</summary>
    public bool Remove(TKey key) => Remove(key, out _);

    /// <summary>Takes a key out and answers its value; false when it is not there.</summary>
    public bool Remove(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        ref int link = ref _heads[Head(key)];
        while (link != 0)
        {
            int index = link - 1;
            Entry entry = _entries[index];
            if (!ReferenceEquals(entry.Key, key))
            {
                link = ref entry.Next;
                continue;
            }

            value = entry.Value!;
            link = entry.Next;
            (entry.Key, entry.Value, entry.Next) = (null, null, _free);
            _free = index + 1;
            Count--;
            return true;
        }

        value = null;
        return false;
    }

    private int Head(TKey key) => RuntimeHelpers.GetHashCode(key) & (_heads.Length - 1);

    private void Grow()
    {
        Array.Resize(ref _entries, _entries.Length * 2);
        _heads = new int[_entries.Length];
        for (int i = 0; i < _used; i++)
        {
            Entry entry = _entries[i];
            ref int head = ref _heads[Head(entry.Key!)];
            entry.Next = head;
            head = i + 1;
        }
    }

    /// <summary>For foreach over the values.</summary>
    public readonly struct ValueEnumerable
    {
        private readonly PlainMap<TKey, TValue> _map;

        internal ValueEnumerable(PlainMap<TKey, TValue> map) => _map = map;

        /// <summary>From the first on.</summary>
        public ValueEnumerator GetEnumerator() => new(_map);
    }

    /// <summary>Goes through the values.</summary>
    public struct ValueEnumerator
    {
        private readonly PlainMap<TKey, TValue> _map;
        private int _index;

        internal ValueEnumerator(PlainMap<TKey, TValue> map)
        {
            _map = map;
            _index = -1;
        }

        /// <summary>The value.</summary>
        public readonly TValue Current => _map._entries[_index].Value!;

        /// <summary>Goes to the next; false behind the last.</summary>
        public bool MoveNext()
        {
            while (++_index < _map._used)
            {
                if (_map._entries[_index].Key is not null)
                    return true;
            }

            return false;
        }
    }

    private sealed class Entry
    {
        public TKey? Key;
        public TValue? Value;
        public int Next;
    }
}
