using Kpio.Contracts.Process;

namespace Kpio.Kernel.Execution;

/// <summary>Wait queues by their keys: a hash table whose entries are the queues themselves, so that parking allocates nothing.</summary>
internal sealed class WaitQueueTable
{
    private WaitQueue?[] _buckets = new WaitQueue?[64];
    private WaitQueue? _spare;
    private int _count;

    /// <summary>The queue of a key, or null when nobody waits for it.</summary>
    public WaitQueue? Find(WaitKey key)
    {
        for (WaitQueue? queue = _buckets[BucketOf(key)]; queue is not null; queue = queue.Next)
        {
            if (queue.Key.Id == key.Id && queue.Key.Kind == key.Kind && queue.Key.Scope == key.Scope)
                return queue;
        }

        return null;
    }

    /// <summary>The queue of a key, made when there is none.</summary>
    public WaitQueue FindOrAdd(WaitKey key)
    {
        if (Find(key) is { } found)
            return found;
        if (_count == _buckets.Length)
            Grow();
        WaitQueue queue = _spare ?? new WaitQueue();
        _spare = queue.Next;
        queue.Key = key;
        Insert(queue);
        _count++;
        return queue;
    }

    /// <summary>Takes an empty queue out; it is used again.</summary>
    public void Remove(WaitQueue queue)
    {
        ref WaitQueue? link = ref _buckets[BucketOf(queue.Key)];
        while (link != queue)
            link = ref link!.Link;
        link = queue.Next;
        queue.Link = _spare;
        _spare = queue;
        _count--;
    }

    /// <summary>Every queue.</summary>
    public IEnumerable<WaitQueue> All()
    {
        foreach (WaitQueue? first in _buckets)
        {
            for (WaitQueue? queue = first; queue is not null; queue = queue.Next)
                yield return queue;
        }
    }

    private int BucketOf(WaitKey key)
    {
        ulong hash = (key.Id + (key.Scope * 0xC2B2_AE3D_27D4_EB4F) + ((ulong)key.Kind << 56)) * 0x9E37_79B9_7F4A_7C15;
        return (int)(hash >> 40) & (_buckets.Length - 1);
    }

    private void Insert(WaitQueue queue)
    {
        int bucket = BucketOf(queue.Key);
        queue.Link = _buckets[bucket];
        _buckets[bucket] = queue;
    }

    private void Grow()
    {
        WaitQueue?[] old = _buckets;
        _buckets = new WaitQueue?[old.Length * 2];
        foreach (WaitQueue? first in old)
        {
            for (WaitQueue? queue = first; queue is not null;)
            {
                WaitQueue? next = queue.Next;
                Insert(queue);
                queue = next;
            }
        }
    }
}
