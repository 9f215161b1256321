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
/// who stopped at one goes on behind it whatever happens to the directory.
/// </summary>
internal sealed class MemoryDirectory
{
    private int[] _buckets = [];
    private Entry[] _entries = [];
    private int _used;

    internal struct Entry
    {
        public byte[] Name;
        public MemoryNode? Node;
        public long Position;
        public long CheckedAt;
        public ulong ListedInode;
        public int Hash;

        /// <summary>The next slot of the same bucket plus one; 0 ends the chain, as in the buckets.</summary>
        public int Next;

        public FileKind ListedKind;
        public EntryState State;

        /// <summary>Whether the name is that of the tree below, to be asked again when the answer is old.</summary>
        public bool IsLower;
    }

    /// <summary>The slots in order, unused ones among them.</summary>
    public Span<Entry> Slots => _entries.AsSpan(0, _used);

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
        Entry[] entries = _entries;
        for (int i = _buckets[hash & (_buckets.Length - 1)] - 1; i >= 0; i = entries[i].Next - 1)
        {
            if (entries[i].Hash == hash && name.SequenceEqual(entries[i].Name))
                return i;
        }

        return -1;
    }

    public ref Entry At(int index) => ref _entries[index];

    /// <summary>Sets what a name stands for, adding it at the end when it is new to the reader of the directory.</summary>
    public ref Entry Set(ReadOnlySpan<byte> name, EntryState state, MemoryNode? node)
    {
        int index = Find(name);
        byte[]? kept = null;
        if (index >= 0)
        {
            ref Entry found = ref _entries[index];
            if (IsShown(found.State) == IsShown(state))
            {
                Count(found.State, -1);
                Count(state, 1);
                found.State = state;
                found.Node = node;
                found.IsLower = false;
                return ref found;
            }

            kept = found.Name;
            RemoveAt(index);
        }

        return ref Append(kept ?? name.ToArray(), state, node);
    }

    public void RemoveAt(int index)
    {
        ref Entry entry = ref _entries[index];
        ref int link = ref _buckets[entry.Hash & (_buckets.Length - 1)];
        while (link - 1 != index)
            link = ref _entries[link - 1].Next;
        link = entry.Next;
        Count(entry.State, -1);
        entry = new Entry { Name = [], Position = entry.Position };
    }

    /// <summary>The first slot whose position is greater than <paramref name="position"/>.</summary>
    public int SlotAfter(long position)
    {
        int low = 0;
        int high = _used;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_entries[middle].Position <= position)
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
            if (_entries[i].State == EntryState.Absent)
                RemoveAt(i);
        }
    }

    /// <summary>Gives every shown name a new position behind all that there were: names in <paramref name="order"/> first, the others as they stand.</summary>
    public void Reorder(List<byte[]> order)
    {
        Entry[] old = _entries[.._used];
        var first = new List<Entry>(old.Length);
        foreach (byte[] name in order)
        {
            int index = Find(name);
            if (index < 0 || _entries[index].State == EntryState.Free)
                continue;
            first.Add(_entries[index]);
            old[index].State = EntryState.Free;
        }

        foreach (Entry entry in old)
        {
            if (entry.State != EntryState.Free)
                first.Add(entry);
        }

        _used = 0;
        Array.Clear(_buckets);
        Array.Clear(_entries);
        AbsentCount = 0;
        ShownCount = 0;
        foreach (Entry entry in first)
        {
            ref Entry added = ref Append(entry.Name, entry.State, entry.Node);
            added.CheckedAt = entry.CheckedAt;
            added.ListedInode = entry.ListedInode;
            added.ListedKind = entry.ListedKind;
            added.IsLower = entry.IsLower;
        }
    }

    /// <summary>Adds a name with its old position, in the order of positions: for restored directories.</summary>
    public void Restore(byte[] name, MemoryNode? node, long position, bool isLower)
    {
        ref Entry entry = ref Append(name, node is null ? EntryState.Covered : EntryState.Node, node);
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

    private ref Entry Append(byte[] name, EntryState state, MemoryNode? node)
    {
        if (_used == _entries.Length)
            MakeRoom();
        int index = _used++;
        ref Entry entry = ref _entries[index];
        entry = new Entry { Name = name, Node = node, State = state, Hash = NameHash.Of(name), Position = NextPosition++ };
        ref int bucket = ref _buckets[entry.Hash & (_buckets.Length - 1)];
        entry.Next = bucket;
        bucket = index + 1;
        Count(state, 1);
        return ref entry;
    }

    private void MakeRoom()
    {
        int live = 0;
        for (int i = 0; i < _used; i++)
        {
            if (_entries[i].State != EntryState.Free)
                live++;
        }

        int length = Math.Max(4, _entries.Length);
        while (length < live * 2)
            length *= 2;
        var entries = new Entry[length];
        var buckets = new int[length];
        int count = 0;
        for (int i = 0; i < _used; i++)
        {
            if (_entries[i].State == EntryState.Free)
                continue;
            ref Entry entry = ref entries[count];
            entry = _entries[i];
            ref int bucket = ref buckets[entry.Hash & (length - 1)];
            entry.Next = bucket;
            bucket = ++count;
        }

        _entries = entries;
        _buckets = buckets;
        _used = count;
    }
}
