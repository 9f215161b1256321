namespace Kpio.Kernel.Execution;

/// <summary>Waiters by deadline: a binary heap whose elements know their place, so that a wait which ends early leaves at once.</summary>
internal sealed class DeadlineHeap
{
    private readonly List<Waiter> _heap = [];

    /// <summary>The earliest deadline; <see cref="long.MaxValue"/> when there is none.</summary>
    public long Next => _heap.Count > 0 ? _heap[0].Deadline : long.MaxValue;

    /// <summary>The waiter with the earliest deadline, left where it is.</summary>
    public Waiter First => _heap[0];

    public void Add(Waiter waiter)
    {
        _heap.Add(waiter);
        MoveUp(_heap.Count - 1, waiter);
    }

    public void Remove(Waiter waiter)
    {
        int index = waiter.HeapIndex;
        if (index < 0)
            return;
        waiter.HeapIndex = -1;
        int end = _heap.Count - 1;
        Waiter last = _heap[end];
        _heap.RemoveAt(end);
        if (index == end)
            return;
        MoveUp(index, last);
        MoveDown(last.HeapIndex, last);
    }

    private void MoveUp(int index, Waiter waiter)
    {
        while (index > 0)
        {
            int parent = (index - 1) >> 1;
            if (_heap[parent].Deadline <= waiter.Deadline)
                break;
            Place(index, _heap[parent]);
            index = parent;
        }

        Place(index, waiter);
    }

    private void MoveDown(int index, Waiter waiter)
    {
        for (int child = (index * 2) + 1; child < _heap.Count; child = (index * 2) + 1)
        {
            if (child + 1 < _heap.Count && _heap[child + 1].Deadline < _heap[child].Deadline)
                child++;
            if (_heap[child].Deadline >= waiter.Deadline)
                break;
            Place(index, _heap[child]);
            index = child;
        }

        Place(index, waiter);
    }

    private void Place(int index, Waiter waiter)
    {
        _heap[index] = waiter;
        waiter.HeapIndex = index;
    }
}
