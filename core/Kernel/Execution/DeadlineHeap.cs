using Kpio.Contracts.Values;
namespace Kpio.Kernel.Execution;

/// <summary>Something that happens at a time.</summary>
internal abstract class DeadlineEntry
{
    /// <summary>When, in nanoseconds of the monotonic clock.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>Its place in the <see cref="DeadlineHeap"/>, or -1.</summary>
    public int HeapIndex { get; set; } = -1;
}

/// <summary>Waits and timers by deadline: a binary heap whose elements know their place, so that one which ends early leaves at once.</summary>
internal sealed class DeadlineHeap
{
    private readonly PlainList<DeadlineEntry> _heap = new();

    /// <summary>The earliest deadline; <see cref="long.MaxValue"/> when there is none.</summary>
    public long Next => _heap.Count > 0 ? _heap[0].Deadline : long.MaxValue;

    /// <summary>The entry with the earliest deadline, left where it is.</summary>
    public DeadlineEntry First => _heap[0];

    /// <summary>The entries as they lie; added to an empty heap in this order they lie so again.</summary>
    public IReadOnlyList<DeadlineEntry> Entries => _heap.ToArray();

    public void Add(DeadlineEntry entry)
    {
        _heap.Add(entry);
        MoveUp(_heap.Count - 1, entry);
    }

    public void Remove(DeadlineEntry entry)
    {
        int index = entry.HeapIndex;
        if (index < 0)
            return;
        entry.HeapIndex = -1;
        int end = _heap.Count - 1;
        DeadlineEntry last = _heap[end];
        _heap.RemoveAt(end);
        if (index == end)
            return;
        MoveUp(index, last);
        MoveDown(last.HeapIndex, last);
    }

    private void MoveUp(int index, DeadlineEntry entry)
    {
        while (index > 0)
        {
            int parent = (index - 1) >> 1;
            if (_heap[parent].Deadline <= entry.Deadline)
                break;
            Place(index, _heap[parent]);
            index = parent;
        }

        Place(index, entry);
    }

    private void MoveDown(int index, DeadlineEntry entry)
    {
        for (int child = (index * 2) + 1; child < _heap.Count; child = (index * 2) + 1)
        {
            if (child + 1 < _heap.Count && _heap[child + 1].Deadline < _heap[child].Deadline)
                child++;
            if (_heap[child].Deadline >= entry.Deadline)
                break;
            Place(index, _heap[child]);
            index = child;
        }

        Place(index, entry);
    }

    private void Place(int index, DeadlineEntry entry)
    {
        _heap[index] = entry;
        entry.HeapIndex = index;
    }
}
