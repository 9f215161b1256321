using System.Runtime.CompilerServices;

namespace Kpio.Contracts.Values;

/// <summary>
/// A list for code that runs at every start. It has the members of <see cref="List{T}"/> that such code needs and implements no
/// interface: the runtime loads two types for each kind of element, not nine (docs/adr/0006). Elements are compared by reference.
/// A change while the list is being enumerated is not noticed: nothing is skipped when elements are only added at the end.
/// </summary>
/// <typeparam name="T">A reference type: what is generic over the program's own value types is not compiled ahead of time.</typeparam>
[CollectionBuilder(typeof(PlainList), nameof(PlainList.Create))]
public sealed class PlainList<T>
    where T : class
{
    private T[] _items = null!; // until the first element: an empty array is one more type

    /// <summary>How many elements there are.</summary>
    public int Count { get; private set; }

    /// <summary>The element at an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public T this[int index]
    {
        get
        {
            if ((uint)index >= (uint)Count)
                ThrowOutOfRange();
            return _items[index];
        }

        set
        {
            if ((uint)index >= (uint)Count)
                ThrowOutOfRange();
            _items[index] = value;
        }
    }

    /// <summary>Adds an element at the end.</summary>
    public void Add(T item)
    {
        MakeRoom();
        _items[Count++] = item;
    }

    /// <summary>Adds elements at the end.</summary>
    public void AddRange(IEnumerable<T> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (T item in items)
            Add(item);
    }

    /// <summary>Puts an element at an index, 0 to <see cref="Count"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index is another.</exception>
    public void Insert(int index, T item)
    {
        if ((uint)index > (uint)Count)
            ThrowOutOfRange();
        MakeRoom();
        Array.Copy(_items, index, _items, index + 1, Count - index);
        _items[index] = item;
        Count++;
    }

    /// <summary>The first index of an element; -1 when it is not in the list.</summary>
    public int IndexOf(T item)
    {
        for (int i = 0; i < Count; i++)
        {
            if (ReferenceEquals(_items[i], item))
                return i;
        }

        return -1;
    }

    /// <summary>The first element that meets a condition; null when none does.</summary>
    public T? Find(Predicate<T> match)
    {
        ArgumentNullException.ThrowIfNull(match);
        for (int i = 0; i < Count; i++)
        {
            if (match(_items[i]))
                return _items[i];
        }

        return null;
    }

    /// <summary>Whether any element meets a condition.</summary>
    public bool Exists(Predicate<T> match) => Find(match) is not null;

    /// <summary>Puts the elements in order.</summary>
    public void Sort(Comparison<T> comparison) => new Span<T>(_items, 0, Count).Sort(comparison);

    /// <summary>Whether the list holds an element.</summary>
    public bool Contains(T item) => IndexOf(item) >= 0;

    /// <summary>Removes the first occurrence of an element; false when there is none.</summary>
    public bool Remove(T item)
    {
        int index = IndexOf(item);
        if (index < 0)
            return false;
        RemoveAt(index);
        return true;
    }

    /// <summary>Removes the element at an index.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public void RemoveAt(int index)
    {
        if ((uint)index >= (uint)Count)
            ThrowOutOfRange();
        Count--;
        Array.Copy(_items, index + 1, _items, index, Count - index);
        _items[Count] = null!;
    }

    /// <summary>Removes all elements.</summary>
    public void Clear()
    {
        if (Count > 0)
            Array.Clear(_items, 0, Count);
        Count = 0;
    }

    /// <summary>The elements as an array of their own.</summary>
    public T[] ToArray()
    {
        if (Count == 0)
            return [];
        var items = new T[Count];
        Array.Copy(_items, items, Count);
        return items;
    }

    /// <summary>For foreach.</summary>
    public Enumerator GetEnumerator() => new(this);

    private void MakeRoom()
    {
        if (_items is not null && Count < _items.Length)
            return;
        var items = new T[Math.Max(4, Count * 2)];
        if (Count > 0)
            Array.Copy(_items!, items, Count);
        _items = items;
    }

    private static void ThrowOutOfRange() => throw new ArgumentOutOfRangeException("index");

    /// <summary>Goes through the elements from the first to the last.</summary>
    public struct Enumerator
    {
        private readonly PlainList<T> _list;
        private int _index;

        internal Enumerator(PlainList<T> list)
        {
            _list = list;
            _index = -1;
        }

        /// <summary>The element.</summary>
        public readonly T Current => _list._items[_index];

        /// <summary>Goes to the next; false behind the last.</summary>
        public bool MoveNext() => ++_index < _list.Count;
    }
}

/// <summary>Makes a <see cref="PlainList{T}"/> of a collection expression.</summary>
public static class PlainList
{
    /// <summary>A list of some elements.</summary>
    public static PlainList<T> Create<T>(ReadOnlySpan<T> items)
        where T : class
    {
        var list = new PlainList<T>();
        foreach (T item in items)
            list.Add(item);
        return list;
    }
}
