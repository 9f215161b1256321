using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;

namespace Kpio.Kernel.Execution;

/// <summary>What the kernel keeps of one task while it is parked; made once a task and used again for every wait.</summary>
internal sealed class Waiter : DeadlineEntry
{
    private WaitEntry[] _entries = [];

    public Waiter(GuestTask task) => Task = task;

    public GuestTask Task { get; }

    /// <summary>Whether it stands in queues now.</summary>
    public bool IsParked { get; set; }

    /// <summary>Whether it was parked inside a call, whose handler is entered again when it runs; else in a page fault, whose instruction is.</summary>
    public bool IsInCall { get; set; }

    /// <summary>Those who were told that the call began.</summary>
    public ObserverEntry[]? Observers { get; set; }

    /// <summary>Its places in queues.</summary>
    public ReadOnlySpan<WaitEntry> Entries => _entries.AsSpan(0, Count);

    /// <summary>How many queues it stands in.</summary>
    public int Count { get; private set; }

    /// <summary>Handles of the host that wake it.</summary>
    public HostHandleList HostHandles { get; } = new();

    /// <summary>Puts it behind the others of a queue.</summary>
    public void Join(WaitQueue queue)
    {
        if (Count == _entries.Length)
        {
            var larger = new WaitEntry[Math.Max(2, Count * 2)];
            for (int i = 0; i < larger.Length; i++)
                larger[i] = i < Count ? _entries[i] : new WaitEntry(this, i);
            _entries = larger;
        }

        queue.Add(_entries[Count++]);
    }

    /// <summary>One of its places, made when there is none yet.</summary>
    public WaitEntry Place(int index)
    {
        if (index >= _entries.Length)
        {
            var larger = new WaitEntry[index + 1];
            for (int i = 0; i < larger.Length; i++)
                larger[i] = i < _entries.Length ? _entries[i] : new WaitEntry(this, i);
            _entries = larger;
        }

        Count = Math.Max(Count, index + 1);
        return _entries[index];
    }

    /// <summary>Forgets its places, which it has left.</summary>
    public void ClearEntries() => Count = 0;
}

/// <summary>The place of one waiter in one queue.</summary>
internal sealed class WaitEntry
{
    public WaitEntry(Waiter waiter, int place)
    {
        Waiter = waiter;
        Place = place;
    }

    public Waiter Waiter { get; }

    /// <summary>Which of its waiter's places it is.</summary>
    public int Place { get; }

    /// <summary>Tells the waiter's call by which place it was woken.</summary>
    public Waiter Woken()
    {
        Waiter.Task.Wait.WokenBy = Place;
        return Waiter;
    }

    public WaitQueue? Queue { get; set; }

    public WaitEntry? Previous { get; set; }

    public WaitEntry? Next { get; set; }
}

/// <summary>The tasks that wait for one key, oldest first: a linked list, since any of them may leave at any time.</summary>
internal sealed class WaitQueue
{
    private WaitQueue? _link;
    private WaitEntry? _last;

    public WaitKey Key { get; set; }

    /// <summary>The next queue in the same bucket of <see cref="WaitQueueTable"/>, or the next spare one.</summary>
    public WaitQueue? Next => _link;

    /// <summary><see cref="Next"/> to be changed.</summary>
    public ref WaitQueue? Link => ref _link;

    /// <summary>Who has waited longest; null in a spare queue alone.</summary>
    public WaitEntry? First { get; private set; }

    public void Add(WaitEntry entry)
    {
        entry.Queue = this;
        entry.Next = null;
        entry.Previous = _last;
        if (_last is null)
            First = entry;
        else
            _last.Next = entry;
        _last = entry;
    }

    public void Remove(WaitEntry entry)
    {
        if (entry.Previous is null)
            First = entry.Next;
        else
            entry.Previous.Next = entry.Next;
        if (entry.Next is null)
            _last = entry.Previous;
        else
            entry.Next.Previous = entry.Previous;
        entry.Queue = null;
        entry.Previous = entry.Next = null;
    }
}
