using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>
/// Parks tasks and wakes them. A parked task has no frame of any plugin on any stack: its <see cref="GuestTask.Wait"/> says what it
/// waits for, and its registers still hold the call. Queues and their lists are used again, so that waiting allocates nothing once
/// warm. Under the kernel lock.
/// </summary>
internal sealed partial class WaitQueues : IWaitQueues, IFutexQueues
{
    private readonly WaitQueueTable _queues = new();
    private readonly PlainMap<GuestTask, Waiter> _waiters = new();
    private readonly PlainList<Watched> _watched = new();
    private readonly PlainList<Waiter> _hostWaiters = new();
    private readonly PlainList<Waiter> _cpuTimeWaiters = new();
    private readonly DeadlineHeap _deadlines = new();
    private readonly KeySet _subscribed = new();
    private readonly Slot<IScheduler> _scheduler;
    private readonly Slot<IWakeListener> _listener;
    private readonly TaskTable _tasks;

    public WaitQueues(Slot<IScheduler> scheduler, Slot<IWakeListener> listener, TaskTable tasks)
    {
        _tasks = tasks;
        _scheduler = scheduler;
        _listener = listener;
    }

    /// <summary>The clock that deadlines are converted with.</summary>
    public required MachineClock Clock { get; init; }

    /// <summary>The earliest deadline on the monotonic clock.</summary>
    public long NextDeadline => _deadlines.Next;

    /// <summary>How many tasks something is kept of.</summary>
    public int Count => _waiters.Count;

    /// <summary>How many tasks are parked inside a call.</summary>
    public int ParkedCalls
    {
        get
        {
            int count = 0;
            foreach (Waiter waiter in _waiters.Values)
                count += waiter is { IsParked: true, IsInCall: true } ? 1 : 0;
            return count;
        }
    }

    /// <summary>Whether any task waits for the host.</summary>
    public bool AnyHostWaiter => _hostWaiters.Count > 0;

    public int Wake(WaitKey key, int most = int.MaxValue)
    {
        int woken = 0;
        while (woken < most && _queues.Find(key) is { } queue)
        {
            End(queue.First!.Woken(), WakeReason.Ready);
            woken++;
        }

        if (_subscribed.Contains(key))
            _listener.Current.OnWake(key);
        return woken;
    }

    public int Wake(WaitKey key, int most, uint bits)
    {
        int woken = 0;
        if (most == 1 && ChooseWaiter(key, bits) is { } chosen)
        {
            End(chosen.Woken(), WakeReason.Ready);
            return 1;
        }

        for (WaitEntry? entry = _queues.Find(key)?.First; entry is not null && woken < most;)
        {
            WaitEntry? next = entry.Next;
            if ((entry.Waiter.Task.Wait.Bits & bits) != 0)
            {
                End(entry.Woken(), WakeReason.Ready);
                woken++;
            }

            entry = next;
        }

        return woken;
    }

    /// <summary>The scheduler's choice among several that one wake-up could go to; null where there are not several.</summary>
    private WaitEntry? ChooseWaiter(WaitKey key, uint bits)
    {
        WaitEntry? first = _queues.Find(key)?.First;
        if (first?.Next is null)
            return null;
        int count = 0;
        for (WaitEntry? entry = first; entry is not null; entry = entry.Next)
            count += (entry.Waiter.Task.Wait.Bits & bits) != 0 ? 1 : 0;
        int place = count > 1 ? _scheduler.Current.ChooseWaiter(count) : 0;
        for (WaitEntry? entry = first; entry is not null; entry = entry.Next)
        {
            if ((entry.Waiter.Task.Wait.Bits & bits) != 0 && place-- == 0)
                return entry;
        }

        return null;
    }

    public int Move(WaitKey from, WaitKey to, int most)
    {
        int moved = 0;
        if (from.Id == to.Id && from.Scope == to.Scope && from.Kind == to.Kind)
        {
            for (WaitEntry? entry = _queues.Find(from)?.First; entry is not null && moved < most; entry = entry.Next)
                moved++;
            return moved;
        }

        while (moved < most && _queues.Find(from) is { First: { } entry } queue)
        {
            queue.Remove(entry);
            if (queue.First is null)
                _queues.Remove(queue);
            _queues.FindOrAdd(to).Add(entry);
            moved++;
        }

        return moved;
    }

    public GuestTask? First(WaitKey key) => _queues.Find(key)?.First?.Waiter.Task;

    public bool Interrupt(GuestTask task, bool kills = false)
    {
        if (!_waiters.TryGetValue(task, out Waiter? waiter) || !waiter.IsParked || (task.Wait.Interrupt == InterruptKind.Uninterruptible && !kills))
            return false;
        End(waiter, WakeReason.Interrupted);
        return true;
    }

    public void Watch(WaitKey key, HostFileId handle) => _watched.Add(new Watched(key, handle));

    public void Unwatch(WaitKey key)
    {
        for (int i = _watched.Count - 1; i >= 0; i--)
        {
            if (_watched[i].IsOf(key))
                _watched.RemoveAt(i);
        }
    }

    public void Subscribe(WaitKey key) => _subscribed.Add(key);

    public void Unsubscribe(WaitKey key) => _subscribed.Remove(key);

    /// <summary>Parks a task on its <see cref="GuestTask.Wait"/>.</summary>
    public Waiter Park(GuestTask task, bool isInCall, ObserverEntry[]? observers)
    {
        if (!_waiters.TryGetValue(task, out Waiter? waiter))
            _waiters.Add(task, waiter = new Waiter(task));
        waiter.IsParked = true;
        waiter.IsInCall = isInCall;
        waiter.Observers = observers;
        foreach (WaitKey key in task.Wait.Keys)
            Enqueue(waiter, key);
        if (waiter.HostHandles.Count > 0)
            _hostWaiters.Add(waiter);
        if (task.Wait.Clock is ClockId.CLOCK_PROCESS_CPUTIME_ID or ClockId.CLOCK_THREAD_CPUTIME_ID or ClockId.ProcessUserTime or ClockId.ThreadUserTime)
        {
            _cpuTimeWaiters.Add(waiter);
        }
        else
        {
            waiter.Deadline = Clock.ToMonotonic(task.Wait.Clock, task.Wait.DeadlineNanoseconds);
            if (waiter.Deadline != long.MaxValue)
                _deadlines.Add(waiter);
        }

        task.State = TaskState.Waiting;
        _scheduler.Current.Block(task);
        return waiter;
    }

    /// <summary>Whether the task is parked in a call.</summary>
    public bool IsInCall(GuestTask task) => _waiters.TryGetValue(task, out Waiter? waiter) && waiter is { IsParked: true, IsInCall: true };

    /// <summary>The call that a task goes on with now that it runs again; null when it was not parked in one.</summary>
    public Waiter? TakeResumed(GuestTask task)
    {
        if (!_waiters.TryGetValue(task, out Waiter? waiter) || waiter.IsParked || !waiter.IsInCall)
            return null;
        waiter.IsInCall = false;
        return waiter;
    }

    /// <summary>Wakes everyone whose deadline has passed.</summary>
    public void ExpireDeadlines()
    {
        if (_cpuTimeWaiters.Count > 0)
            ExpireCpuTimes();
        if (_deadlines.Next == long.MaxValue)
            return;
        long now = Clock.MonotonicNanoseconds;
        while (_deadlines.Next <= now)
            End((Waiter)_deadlines.First, WakeReason.TimedOut);
    }

    /// <summary>Those who wait until tasks have run for some time: few, so that each is looked at.</summary>
    private void ExpireCpuTimes()
    {
        for (int i = _cpuTimeWaiters.Count - 1; i >= 0; i--)
        {
            WaitSet wait = _cpuTimeWaiters[i].Task.Wait;
            GuestTask? owner = wait.ClockOwner == 0 ? _cpuTimeWaiters[i].Task : _tasks.Find(wait.ClockOwner);
            if (owner is not null && Clock.Now(wait.Clock, owner).TryGet(out long now, out _) && now >= wait.DeadlineNanoseconds)
                End(_cpuTimeWaiters[i], WakeReason.TimedOut);
        }
    }

    /// <summary>Writes the handles of the host that any task waits for, each once.</summary>
    public void CollectHostHandles(HostHandleList handles)
    {
        handles.Clear();
        foreach (Waiter waiter in _hostWaiters)
        {
            for (int i = 0; i < waiter.HostHandles.Count; i++)
                handles.Add(waiter.HostHandles[i]);
        }
    }

    /// <summary>A handle of the host is ready: wakes who waits for it.</summary>
    public void WakeHost(HostFileId handle)
    {
        for (int i = 0; i < _hostWaiters.Count; i++)
        {
            if (_hostWaiters[i].HostHandles.Contains(handle))
                End(_hostWaiters[i--], WakeReason.Ready);
        }
    }

    public void Forget(GuestTask task)
    {
        if (!_waiters.Remove(task, out Waiter? waiter) || !waiter.IsParked)
            return;
        Leave(waiter);
    }

    private void Enqueue(Waiter waiter, WaitKey key)
    {
        WaitQueue queue = _queues.FindOrAdd(key);
        waiter.Join(queue);
        FindHandles(waiter, key);
    }

    private void FindHandles(Waiter waiter, WaitKey key)
    {
        if (key.Kind == WaitKind.HostFile)
        {
            waiter.HostHandles.Add(new HostFileId((long)key.Id));
            return;
        }

        // A handful: the host's streams.
        foreach (Watched watched in _watched)
        {
            if (watched.IsOf(key))
                waiter.HostHandles.Add(watched.Handle);
        }
    }

    private void End(Waiter waiter, WakeReason reason)
    {
        Leave(waiter);
        waiter.Task.Restart.Reason = reason;
        waiter.Task.State = TaskState.Runnable;
        _scheduler.Current.Ready(waiter.Task);
    }

    private void Leave(Waiter waiter)
    {
        waiter.IsParked = false;
        foreach (WaitEntry entry in waiter.Entries)
        {
            WaitQueue queue = entry.Queue!;
            queue.Remove(entry);
            if (queue.First is null)
                _queues.Remove(queue);
        }

        waiter.ClearEntries();
        if (waiter.HostHandles.Count > 0)
        {
            waiter.HostHandles.Clear();
            _hostWaiters.Remove(waiter);
        }

        _deadlines.Remove(waiter);
        if (_cpuTimeWaiters.Count > 0)
            _cpuTimeWaiters.Remove(waiter);
    }

    /// <summary>A key that the readiness of a handle of the host wakes.</summary>
    private sealed record Watched(WaitKey Key, HostFileId Handle)
    {
        public bool IsOf(WaitKey key) => Key.Id == key.Id && Key.Kind == key.Kind;
    }
}
