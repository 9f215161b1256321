using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Cli.Sandbox.Recording;

/// <summary>
/// What a call changes in its task's memory: keeps what was there before each write of a handler's, and compares at the call's end. What
/// another task writes to the same place while the call waits cannot be told from it, and is not told apart.
/// </summary>
internal sealed class WrittenMemory : IGuestWriteObserver
{
    private readonly Func<long> _cycles;
    private readonly Dictionary<int, SortedList<ulong, Page>> _before = [];

    public WrittenMemory(Func<long> cycles) => _cycles = cycles;

    /// <inheritdoc/>
    public void BeforeWrite(GuestTask task, ulong address, ReadOnlySpan<byte> memory)
    {
        if (!_before.TryGetValue(task.Tid, out SortedList<ulong, Page>? pages))
            _before[task.Tid] = pages = [];
        long now = _cycles();

        // A page is kept from its first write on, once for each time that the handler is entered.
        if (pages.TryGetValue(address, out Page? page) && page.Cycle == now && page.Bytes.Length >= memory.Length)
            return;
        int earlier = Covering(pages, address, memory.Length, now);
        if (earlier >= 0)
            return;
        pages[address] = new Page(now, memory.ToArray());
    }

    /// <summary>Forgets what came before the task's call.</summary>
    public void Begin(GuestTask task)
    {
        if (_before.TryGetValue(task.Tid, out SortedList<ulong, Page>? pages))
            pages.Clear();
    }

    /// <summary>Forgets what all calls have written so far.</summary>
    public void Forget() => _before.Clear();

    /// <summary>What the task's call has changed.</summary>
    public IReadOnlyList<MemoryChange> End(GuestTask task)
    {
        if (!_before.TryGetValue(task.Tid, out SortedList<ulong, Page>? pages) || pages.Count == 0)
            return [];
        var changes = new List<MemoryChange>();
        ulong told = 0;
        foreach ((ulong address, Page page) in pages)
        {
            ulong start = Math.Max(address, told);
            int skip = (int)Math.Min(start - address, (ulong)page.Bytes.Length);
            ReadOnlySpan<byte> before = page.Bytes.AsSpan(skip);
            byte[] after = new byte[before.Length];
            if (after.Length == 0 || !task.Memory.TryRead(task, start, after, out SysResult _))
                continue;
            told = start + (ulong)after.Length;
            int first = before.CommonPrefixLength(after);
            if (first == after.Length)
                continue;
            int last = after.Length - 1;
            while (before[last] == after[last])
                last--;
            Add(changes, start + (ulong)first, after.AsSpan(first, last - first + 1));
        }

        pages.Clear();
        return changes;
    }

    private static int Covering(SortedList<ulong, Page> pages, ulong address, int length, long now)
    {
        for (int i = 0; i < pages.Count; i++)
        {
            if (pages.Keys[i] <= address && pages.Keys[i] + (ulong)pages.Values[i].Bytes.Length >= address + (ulong)length && pages.Values[i].Cycle == now)
                return i;
        }

        return -1;
    }

    /// <summary>Runs that touch, as pages of one buffer do, are one.</summary>
    private static void Add(List<MemoryChange> changes, ulong address, ReadOnlySpan<byte> bytes)
    {
        if (changes.Count > 0 && changes[^1] is var last && last.Address + (ulong)last.Bytes.Length == address)
            changes[^1] = new MemoryChange(last.Address, [.. last.Bytes, .. bytes]);
        else
            changes.Add(new MemoryChange(address, bytes.ToArray()));
    }

    private sealed record Page(long Cycle, byte[] Bytes);
}
