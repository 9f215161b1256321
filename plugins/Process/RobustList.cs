using Kpio.Contracts.Process;

namespace Kpio.Plugins.Process;

/// <summary>
/// The list of locks that a thread holds, kept by the thread in its own memory (get_robust_list(2)): walked when it ends. A list that
/// makes no sense ends the walk.
/// </summary>
internal static class RobustList
{
    private const int LongestList = 2048; // ROBUST_LIST_LIMIT
    private const ulong PriorityLock = 1; // in the lowest bit of a link

    public static void Walk(GuestTask task, Futexes futexes)
    {
        ulong head = task.RobustListHead;
        task.RobustListHead = 0;
        if (head == 0)
            return;
        Span<byte> fields = stackalloc byte[24];
        if (!task.Memory.TryRead(task, head, fields, out _))
            return;
        ulong link = BitConverter.ToUInt64(fields);
        ulong offset = BitConverter.ToUInt64(fields[8..]);
        ulong pending = BitConverter.ToUInt64(fields[16..]);
        Span<byte> next = stackalloc byte[8];
        for (int count = 0; count < LongestList && (link & ~PriorityLock) != head; count++)
        {
            // The link is read first: who is woken may use the entry again.
            ulong entry = link;
            bool hasNext = task.Memory.TryRead(task, entry & ~PriorityLock, next, out _);
            link = BitConverter.ToUInt64(next);
            if ((entry & ~PriorityLock) != (pending & ~PriorityLock))
                futexes.GiveUp(task, (entry & ~PriorityLock) + offset, (entry & PriorityLock) != 0, isPending: false);
            if (!hasNext)
                break;
        }

        if ((pending & ~PriorityLock) != 0)
            futexes.GiveUp(task, (pending & ~PriorityLock) + offset, (pending & PriorityLock) != 0, isPending: true);
    }
}
