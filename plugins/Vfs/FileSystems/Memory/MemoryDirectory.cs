using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

/// <summary>What a directory knows of a name.</summary>
internal enum EntryState : byte
{
    /// <summary>The slot is not in use.</summary>
    Free,

    /// <summary>The name of a node.</summary>
    Node,

    /// <summary>The tree below has the name; its node has not been asked for.</summary>
    Listed,

    /// <summary>The tree below did not have the name when it was asked.</summary>
    Absent,

    /// <summary>The tree below may have the name, but it was removed here.</summary>
    Covered,
}

/// <summary>
/// The names of one directory: a hash table over an array in the order in which names came. Positions only grow, so that a reader
/// who stopped at one goes on behind it whatever happens to the directory. Entries are objects: code for arrays and lists of a structure
/// could not be compiled ahead of time, and this is on the way of every start.
/// </summary>
internal sealed class MemoryDirectory
{
    private int[] _buckets = [];
    private Entry[]? _entries;
    private int _used;

    internal sealed class Entry
    {
        public required byte[] Name { get; init; }

        public required int Hash { get; init; }

        public required long Position { get; set; }

        public MemoryNode? Node { get; set; }

        public long CheckedAt { get; set; }

        public ulong ListedInode { get; set; }

        /// <summary>The next slot of the same bucket plus one; 0 ends the chain, as in the buckets.</summary>
        public int Next { get; set; }

        public FileKind ListedKind { get; set; }

        public EntryState State { get; set; }

        /// <summary>Whether the name is that of the tree below, to be asked again when the answer is old.</summary>
        public bool IsLower { get; set; }
    }

    /// <summary>How many slots there are, unused ones among them.</summary>
    public int SlotCount => _used;

    public long NextPosition { get; set; } = 1;

    /// <summary>How many names there are that are not shown (absent ones).</summary>
    public int AbsentCount { get; private set; }

    /// <summary>How many names a reader of the directory sees.</summary>
    public int ShownCount { get; private set; }

    public int Find(ReadOnlySpan<byte> name)
    {
        if (_buckets.Length == 0)
            return -1;
        int hash = NameHash.Of(name);
        Entry[] entries = _entries!;
        for (int i = _buckets[hash & (_buckets.Length - 1)] - 1; i >= 0; i = entries[i].Next - 1)
        {
            if (entries[i].Hash == hash && name.SequenceEqual(entries[i].Name))
                return i;
        }

        return -1;
    }

    public Entry At(int index) => _entries![index];

    /// <summary>Sets what a name stands for, adding it at the end when it is new to the reader of the directory.</summary>
    public Entry Set(ReadOnlySpan<byte> name, EntryState state, MemoryNode? node)
    {
        int index = Find(name);
        byte[]? kept = null;
        if (index >= 0)
        {
            Entry found = _entries![index];
            if (IsShown(found.State) == IsShown(state))
            {
                Count(found.State, -1);
                Count(state, 1);
                found.State = state;
                found.Node = node;
                found.IsLower = false;
                return found;
            }

            kept = found.Name;
            RemoveAt(index);
        }

        return Append(kept ?? name.ToArray(), state, node);
    }

    public void RemoveAt(int index)
    {
        Entry entry = _entries![index];
        ref int bucket = ref _buckets[entry.Hash & (_buckets.Length - 1)];
        if (bucket - 1 == index)
        {
            bucket = entry.Next;
        }
        else
        {
            Entry before = _entries[bucket - 1];
            while (before.Next - 1 != index)
                before = _entries[before.Next - 1];
            before.Next = entry.Next;
        }

        Count(entry.State, -1);
        entry.State = EntryState.Free;
        entry.Node = null;
    }

    /// <summary>The first slot whose position is greater than <paramref name="position"/>.</summary>
    public int SlotAfter(long position)
    {
        int low = 0;
        int high = _used;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_entries![middle].Position <= position)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Forgets the names that are known to be absent.</summary>
    public void DropAbsent()
    {
        for (int i = 0; i < _used; i++)
        {
            if (_entries![i].State == EntryState.Absent)
                RemoveAt(i);
        }
    }

    /// <summary>Gives every shown name a new position behind all that there were: names in <paramref name="order"/> first, the others as they stand.</summary>
    public void Reorder(List<byte[]> order)
    {
        var first = new List<Entry>(_used);
        foreach (byte[] name in order)
        {
            int index = Find(name);
            if (index < 0)
                continue;
            Entry entry = _entries![index];
            entry.Position = 0;
            first.Add(entry);
        }

        for (int i = 0; i < _used; i++)
        {
            if (_entries![i].State != EntryState.Free && _entries[i].Position != 0)
                first.Add(_entries[i]);
        }

        _used = 0;
        Array.Clear(_buckets);
        AbsentCount = 0;
        ShownCount = 0;
        foreach (Entry entry in first)
        {
            entry.Position = NextPosition++;
            Insert(entry);
        }
    }

    /// <summary>Adds a name with its old position, in the order of positions: for restored directories.</summary>
    public void Restore(byte[] name, MemoryNode? node, long position, bool isLower)
    {
        Entry entry = Append(name, node is null ? EntryState.Covered : EntryState.Node, node);
        entry.Position = position;
        entry.IsLower = isLower;
    }

    public static bool IsShown(EntryState state) => state is EntryState.Node or EntryState.Listed;

    private void Count(EntryState state, int change)
    {
        if (IsShown(state))
            ShownCount += change;
        else if (state == EntryState.Absent)
            AbsentCount += change;
    }

    private Entry Append(byte[] name, EntryState state, MemoryNode? node)
    {
        var entry = new Entry { Name = name, Node = node, State = state, Hash = NameHash.Of(name), Position = NextPosition++ };
        Insert(entry);
        return entry;
    }

    private void Insert(Entry entry)
    {
        if (_entries is null || _used == _entries.Length)
            MakeRoom();
        _entries![_used++] = entry;
        ref int bucket = ref _buckets[entry.Hash & (_buckets.Length - 1)];
        entry.Next = bucket;
        bucket = _used;
        Count(entry.State, 1);
    }

    private void MakeRoom()
    {
        int live = 0;
        for (int i = 0; i < _used; i++)
        {
            if (_entries![i].State != EntryState.Free)
                live++;
        }

        int length = Math.Max(4, _buckets.Length);
        while (length < live * 2)
            length *= 2;
        var entries = new Entry[length];
        var buckets = new int[length];
        int count = 0;
        for (int i = 0; i < _used; i++)
        {
            Entry entry = _entries![i];
            if (entry.State == EntryState.Free)
                continue;
            entries[count] = entry;
            ref int bucket = ref buckets[entry.Hash & (length - 1)];
            entry.Next = bucket;
            bucket = ++count;
        }

        _entries = entries;
        _buckets = buckets;
        _used = count;
    }
}
