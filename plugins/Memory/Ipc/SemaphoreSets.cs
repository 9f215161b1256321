using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory.Ipc;

/// <summary>System V semaphores (ipc/sem.c): operations that go together or wait together, and what tasks give back when they end.</summary>
internal sealed class SemaphoreSets : ISemaphoreSets, ISemaphoreUndo
{
    private const ushort IPC_NOWAIT = 0x800;
    private const ushort SEM_UNDO = 0x1000;
    private const int GETPID = 11;
    private const int GETNCNT = 14;
    private const int SEMMNI = 32000;
    private const int SEMMSL = 32000;
    private const int SEMVMX = 32767;
    private const ulong Scope = 1;
    private const long Parked = 1;

    private readonly IpcTable<SemaphoreSet> _table = new(SEMMNI);
    private readonly ITaskTable _tasks;
    private readonly IKernelClock _clock;
    private readonly IWaitQueues _waits;

    public SemaphoreSets(ITaskTable tasks, IKernelClock clock, IWaitQueues waits)
    {
        _tasks = tasks;
        _clock = clock;
        _waits = waits;
    }

    public IpcUse Use => new(_table.Count, _table.HighestIndex, _table.All.Sum(static set => (long)set.Values.Length), 0);

    public int NextSequence => _table.NextSequence;

    public int NextUndoList { get; private set; } = 1;

    private long Now => _clock.Now(ClockId.CLOCK_REALTIME).ValueOrDefault / 1_000_000_000;

    public Result<int> Get(GuestTask task, int key, int count, uint flags)
    {
        if (count is < 0 or > SEMMSL)
            return Errno.EINVAL;
        if (!_table.FindForGet(key, flags).TryGet(out SemaphoreSet? found, out Errno error))
            return error;
        if (found is not null)
        {
            if (count > found.Values.Length)
                return Errno.EINVAL;
            return IpcAccess.Allows(task, found.Permissions, flags & 0x1FF) ? found.Id : Errno.EACCES;
        }

        if (count == 0)
            return Errno.EINVAL;
        var set = new SemaphoreSet(_table.NextId(), IpcAccess.New(task, key, flags), new ushort[count], new int[count]) { ChangeTime = Now };
        _table.Add(set);
        return set.Id;
    }

    public SysResult Operate(GuestTask task, int id, ReadOnlySpan<SemaphoreOperation> operations, long timeoutNanoseconds)
    {
        RestartState restart = task.Restart;
        bool wasParked = restart.Progress == Parked;
        if (_table.Find(id) is not { } set)
            return wasParked ? Errno.EIDRM : Errno.EINVAL;
        if (wasParked)
            set.Waiters.RemoveAll(waiter => waiter.Tid == task.Tid);
        bool alters = false;
        bool undoes = false;
        foreach (SemaphoreOperation operation in operations)
        {
            if (operation.Semaphore >= set.Values.Length)
                return Errno.EFBIG;
            alters |= operation.Change != 0;
            undoes |= (operation.Flags & SEM_UNDO) != 0;
        }

        if (!IpcAccess.Allows(task, set.Permissions, alters ? IpcAccess.Write : IpcAccess.Read))
            return Errno.EACCES;
        if (undoes)
            task.SemaphoreUndo ??= NewUndoList();
        Errno error = TryOperate(set, task, operations, out int blocking);
        if (blocking < 0)
        {
            if (error == Errno.None)
            {
                set.OperationTime = Now;
                if (alters)
                    Wake(set);
            }

            return error;
        }

        SemaphoreOperation block = operations[blocking];
        if ((block.Flags & IPC_NOWAIT) != 0)
            return Errno.EAGAIN;
        if (wasParked && restart.Reason == WakeReason.TimedOut)
            return Errno.EAGAIN;
        if (wasParked && restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        if (!wasParked)
        {
            restart.Progress = Parked;
            restart.DeadlineNanoseconds = timeoutNanoseconds < 0
                ? long.MaxValue
                : Math.Max(0, _clock.Now(ClockId.CLOCK_MONOTONIC).ValueOrDefault) + Math.Min(timeoutNanoseconds, long.MaxValue / 2);
        }

        set.Waiters.Add((task.Tid, block.Semaphore, block.Change == 0));
        WaitSet wait = task.Wait.Begin(InterruptKind.NeverRestarted).On(KeyOf(set));
        if (restart.DeadlineNanoseconds != long.MaxValue)
            wait.Until(ClockId.CLOCK_MONOTONIC, restart.DeadlineNanoseconds);
        return SysResult.Wait(wait);
    }

    public Result<SemaphoreSetStatus> GetStatus(GuestTask task, int id, IpcLookup lookup) =>
        _table.Find(task, id, lookup).TryGet(out SemaphoreSet? set, out Errno error) ? StatusOf(set) : error;

    public Errno Change(GuestTask task, int id, bool remove, uint user, uint group, uint mode)
    {
        if (_table.Find(id) is not { } set)
            return Errno.EINVAL;
        if (!IpcAccess.MayChange(task, set.Permissions))
            return Errno.EPERM;
        if (remove)
        {
            _table.Remove(set);
            Wake(set);
            return Errno.None;
        }

        set.Permissions = set.Permissions with { User = user, Group = group, Mode = mode & 0x1FF };
        set.ChangeTime = Now;
        return Errno.None;
    }

    public Errno GetValues(GuestTask task, int id, int number, Span<ushort> values)
    {
        Errno error = Find(task, id, number, IpcAccess.Read, out SemaphoreSet? set);
        if (error != Errno.None)
            return error;
        if (number >= 0)
            values[0] = set!.Values[number];
        else
            set!.Values.AsSpan(0, Math.Min(values.Length, set.Values.Length)).CopyTo(values);
        return Errno.None;
    }

    public Errno SetValues(GuestTask task, int id, int number, ReadOnlySpan<ushort> values)
    {
        Errno error = Find(task, id, number, IpcAccess.Write, out SemaphoreSet? set);
        if (error != Errno.None)
            return error;
        foreach (ushort value in values)
        {
            if (value > SEMVMX)
                return Errno.ERANGE;
        }

        // What was owed to a semaphore is void when its value is set.
        for (int i = 0; i < values.Length; i++)
        {
            int at = number >= 0 ? number : i;
            set!.Values[at] = values[i];
            set.Pids[at] = task.Group.Pid;
            set.Undo.RemoveAll(undo => undo.Semaphore == at);
        }

        set!.ChangeTime = Now;
        Wake(set);
        return Errno.None;
    }

    public Result<int> Ask(GuestTask task, int id, int number, int command)
    {
        Errno error = Find(task, id, number, IpcAccess.Read, out SemaphoreSet? set);
        if (error != Errno.None)
            return error;
        if (command == GETPID)
            return set!.Pids[number];

        // A task that was killed while it waited never came back to take itself off.
        set!.Waiters.RemoveAll(waiter => _tasks.Find(waiter.Tid) is not { State: TaskState.Waiting });
        return set.Waiters.Count(waiter => waiter.Semaphore == number && waiter.ForZero == (command != GETNCNT));
    }

    public SemaphoreUndoList Share(GuestTask task)
    {
        SemaphoreUndoList list = task.SemaphoreUndo ??= NewUndoList();
        list.Sharers++;
        return list;
    }

    public void Leave(GuestTask task)
    {
        if (task.SemaphoreUndo is not { } list)
            return;
        task.SemaphoreUndo = null;
        if (--list.Sharers > 0)
            return;
        foreach (SemaphoreSet set in _table.All)
        {
            bool changed = false;
            for (int i = 0; i < set.Undo.Count; i++)
            {
                (int owner, int semaphore, int change) = set.Undo[i];
                if (owner != list.Id)
                    continue;
                set.Values[semaphore] = (ushort)Math.Clamp(set.Values[semaphore] + change, 0, SEMVMX);
                set.Pids[semaphore] = task.Group.Pid;
                changed = true;
            }

            if (!changed)
                continue;
            set.Undo.RemoveAll(undo => undo.List == list.Id);
            set.OperationTime = Now;
            Wake(set);
        }
    }

    public IReadOnlyList<SemaphoreSetState> Capture() =>
        [.. _table.All.Select(set => new SemaphoreSetState(StatusOf(set), set.Values, set.Pids, set.Undo.ToArray(), set.Waiters.ToArray()))];

    public void Restore(IEnumerable<SemaphoreSetState> sets, int nextSequence, int nextUndoList)
    {
        NextUndoList = nextUndoList;
        _table.Clear();
        _table.NextSequence = nextSequence;
        foreach (SemaphoreSetState state in sets)
        {
            var set = new SemaphoreSet(state.Status.Id, state.Status.Permissions, [.. state.Values], [.. state.Pids])
            {
                OperationTime = state.Status.OperationTime,
                ChangeTime = state.Status.ChangeTime,
            };
            set.Undo.AddRange(state.Undo);
            set.Waiters.AddRange(state.Waiters);
            _table.Place(set);
        }
    }

    private SemaphoreUndoList NewUndoList() => new(NextUndoList++);

    private static WaitKey KeyOf(SemaphoreSet set) => new(WaitKind.Ipc, (ulong)set.Id, Scope);

    private static SemaphoreSetStatus StatusOf(SemaphoreSet set) => new(set.Id, set.Permissions, set.Values.Length, set.OperationTime, set.ChangeTime);

    /// <summary>Does all of the operations or none; <paramref name="blocking"/> is the one that must wait, or -1.</summary>
    private static Errno TryOperate(SemaphoreSet set, GuestTask task, ReadOnlySpan<SemaphoreOperation> operations, out int blocking)
    {
        blocking = -1;
        Errno error = Errno.None;
        int done = 0;
        int list = task.SemaphoreUndo?.Id ?? 0;
        for (; done < operations.Length; done++)
        {
            SemaphoreOperation operation = operations[done];
            int value = set.Values[operation.Semaphore];
            int result = value + operation.Change;
            if ((operation.Change == 0 && value != 0) || result < 0)
            {
                blocking = done;
                break;
            }

            if (result > SEMVMX || ((operation.Flags & SEM_UNDO) != 0 && Math.Abs(set.Owed(list, operation.Semaphore) - operation.Change) > SEMVMX))
            {
                error = Errno.ERANGE;
                break;
            }

            set.Values[operation.Semaphore] = (ushort)result;
            if ((operation.Flags & SEM_UNDO) != 0)
                set.Owe(list, operation.Semaphore, -operation.Change);
        }

        if (done == operations.Length)
        {
            foreach (SemaphoreOperation operation in operations)
                set.Pids[operation.Semaphore] = task.Group.Pid;
            return Errno.None;
        }

        while (--done >= 0)
        {
            SemaphoreOperation operation = operations[done];
            set.Values[operation.Semaphore] = (ushort)(set.Values[operation.Semaphore] - operation.Change);
            if ((operation.Flags & SEM_UNDO) != 0)
                set.Owe(list, operation.Semaphore, operation.Change);
        }

        return error;
    }

    private Errno Find(GuestTask task, int id, int number, uint wanted, out SemaphoreSet? set)
    {
        set = _table.Find(id);
        if (set is null)
            return Errno.EINVAL;
        if (!IpcAccess.Allows(task, set.Permissions, wanted))
            return Errno.EACCES;
        return number >= set.Values.Length ? Errno.EINVAL : Errno.None;
    }

    private void Wake(SemaphoreSet set) => _waits.Wake(KeyOf(set));

    private sealed class SemaphoreSet(int id, IpcPermissions permissions, ushort[] values, int[] pids) : IpcObject(id, permissions)
    {
        public ushort[] Values { get; } = values;

        public int[] Pids { get; } = pids;

        public List<(int List, int Semaphore, int Change)> Undo { get; } = [];

        public List<(int Tid, int Semaphore, bool ForZero)> Waiters { get; } = [];

        public long OperationTime { get; set; }

        public long ChangeTime { get; set; }

        public int Owed(int list, int semaphore)
        {
            int index = Undo.FindIndex(undo => undo.List == list && undo.Semaphore == semaphore);
            return index < 0 ? 0 : Undo[index].Change;
        }

        public void Owe(int list, int semaphore, int change)
        {
            int index = Undo.FindIndex(undo => undo.List == list && undo.Semaphore == semaphore);
            if (index < 0)
                Undo.Add((list, semaphore, change));
            else
                Undo[index] = (list, semaphore, Undo[index].Change + change);
        }
    }
}
