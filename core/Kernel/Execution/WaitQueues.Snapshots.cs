using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

// Who waits for what, in which order, as data.
internal sealed partial class WaitQueues
{
    public WaitQueuesState Capture()
    {
        var waiters = new List<WaiterState>();
        foreach (Waiter waiter in _waiters.Values)
        {
            // A thread that was ended in the middle of its call is of no interest any more.
            if ((waiter.IsParked || waiter.IsInCall) && ReferenceEquals(_tasks.Find(waiter.Task.Tid), waiter.Task))
                waiters.Add(new WaiterState(waiter.Task.Tid, waiter.Count, waiter.IsParked, waiter.IsInCall, waiter.Observers is not null));
        }

        waiters.Sort(static (first, second) => first.Tid - second.Tid);
        var queues = new List<(WaitKey Key, IReadOnlyList<(int Tid, int Place)> Entries)>();
        foreach (WaitQueue queue in _queues.All())
        {
            var entries = new List<(int Tid, int Place)>();
            for (WaitEntry? entry = queue.First; entry is not null; entry = entry.Next)
                entries.Add((entry.Waiter.Task.Tid, entry.Place));
            queues.Add((queue.Key, entries));
        }

        return new WaitQueuesState
        {
            Waiters = waiters,
            Queues = queues,
            Deadlines = [.. _deadlines.Entries.Select(static entry => ((Waiter)entry).Task.Tid)],
            CpuTimes = [.. _cpuTimeWaiters.ToArray().Select(static waiter => waiter.Task.Tid)],
            HostWaiters = [.. _hostWaiters.ToArray().Select(static waiter => waiter.Task.Tid)],
            Watched = [.. _watched.ToArray().Select(static watched => (watched.Key, watched.Handle))],
            Subscribed = _subscribed.ToList(),
        };
    }

    /// <summary>Takes the waiting tasks over, with the tasks in their table. False when the state makes no sense.</summary>
    /// <param name="state">The state.</param>
    /// <param name="observers">Those who are told of the ends of calls whose beginning tracers were told of.</param>
    public bool Restore(WaitQueuesState state, ObserverEntry[]? observers)
    {
        _watched.Clear();
        foreach ((WaitKey key, Contracts.Values.HostFileId handle) in state.Watched)
            Watch(key, handle);
        foreach (WaitKey key in state.Subscribed)
            Subscribe(key);
        foreach (WaiterState saved in state.Waiters)
        {
            if (_tasks.Find(saved.Tid) is not { } task || _waiters.ContainsKey(task) || saved.Places < 0 || (saved.IsParked && saved.Places != task.Wait.Keys.Length))
                return false;
            _waiters.Add(task, new Waiter(task) { IsParked = saved.IsParked, IsInCall = saved.IsInCall, Observers = saved.WasObserved ? observers : null });
        }

        foreach ((WaitKey key, IReadOnlyList<(int Tid, int Place)> entries) in state.Queues)
        {
            foreach ((int tid, int index) in entries)
            {
                if (Parked(tid) is not { } waiter || (uint)index >= (uint)waiter.Task.Wait.Keys.Length)
                    return false;
                WaitEntry entry = waiter.Place(index);
                if (entry.Queue is not null)
                    return false;
                _queues.FindOrAdd(key).Add(entry);
                FindHandles(waiter, key);
            }
        }

        foreach (Waiter waiter in _waiters.Values)
        {
            foreach (WaitEntry entry in waiter.Entries)
            {
                if (entry.Queue is null)
                    return false;
            }

            if (waiter.IsParked && waiter.Count != waiter.Task.Wait.Keys.Length)
                return false;
        }

        foreach (int tid in state.Deadlines)
        {
            if (Parked(tid) is not { HeapIndex: < 0 } waiter)
                return false;
            waiter.Deadline = Clock.ToMonotonic(waiter.Task.Wait.Clock, waiter.Task.Wait.DeadlineNanoseconds);
            _deadlines.Add(waiter);
        }

        return TakeAll(state.CpuTimes, _cpuTimeWaiters) && TakeAll(state.HostWaiters, _hostWaiters);
    }

    private bool TakeAll(IReadOnlyList<int> tids, PlainList<Waiter> list)
    {
        foreach (int tid in tids)
        {
            if (Parked(tid) is not { } waiter || list.Contains(waiter))
                return false;
            list.Add(waiter);
        }

        return true;
    }

    private Waiter? Parked(int tid) =>
        _tasks.Find(tid) is { } task && _waiters.TryGetValue(task, out Waiter? waiter) && waiter.IsParked ? waiter : null;
}
