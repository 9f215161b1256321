namespace Kpio.Plugins.Vfs.FileSystems.Host;

/// <summary>A hash table from file names to objects that is asked by spans.</summary>
/// <typeparam name="T">What a name stands for.</typeparam>
internal sealed class NameTable<T>
    where T : class
{
    private Slot?[] _buckets = new Slot?[4];
    private int _count;

    public T? Find(ReadOnlySpan<byte> name)
    {
        int hash = NameHash.Of(name);
        for (Slot? slot = _buckets[hash & (_buckets.Length - 1)]; slot is not null; slot = slot.Next)
        {
            if (slot.Hash == hash && name.SequenceEqual(slot.Name))
                return slot.Value;
        }

        return null;
    }

    public void Set(byte[] name, T value)
    {
        Remove(name);
        if (_count == _buckets.Length)
            Grow();
        int hash = NameHash.Of(name);
        ref Slot? bucket = ref _buckets[hash & (_buckets.Length - 1)];
        bucket = new Slot(hash, name, value) { Next = bucket };
        _count++;
    }

    public void Remove(ReadOnlySpan<byte> name)
    {
        int hash = NameHash.Of(name);
        ref Slot? link = ref _buckets[hash & (_buckets.Length - 1)];
        while (link is not null)
        {
            if (link.Hash == hash && name.SequenceEqual(link.Name))
            {
                link = link.Next;
                _count--;
                return;
            }

            link = ref link.Next;
        }
    }

    private void Grow()
    {
        Slot?[] old = _buckets;
        _buckets = new Slot?[old.Length * 2];
        foreach (Slot? first in old)
        {
            Slot? slot = first;
            while (slot is not null)
            {
                Slot? next = slot.Next;
                ref Slot? bucket = ref _buckets[slot.Hash & (_buckets.Length - 1)];
                slot.Next = bucket;
                bucket = slot;
                slot = next;
            }
        }
    }

    private sealed class Slot(int hash, byte[] name, T value)
    {
        public readonly int Hash = hash;
        public readonly byte[] Name = name;
        public readonly T Value = value;
        public Slot? Next;
    }
}
