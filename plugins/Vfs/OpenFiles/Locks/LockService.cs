using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.OpenFiles.Locks;

/// <summary>Advisory locks of all files, and who waits for whom.</summary>
internal sealed class LockService : IFileLocks
{
    private readonly OpenFileTable _files;
    private readonly MountTable _mounts;
    private readonly IWaitQueues _queues;
    private readonly ITaskTable _tasks;
    private Dictionary<LockedNode, LockList>? _lists;
    private List<LockWait>? _waits;
    private long _lastList;
    private long _lastOwner;

    public LockService(OpenFileTable files, MountTable mounts, IWaitQueues queues, ITaskTable tasks)
    {
        _files = files;
        _mounts = mounts;
        _queues = queues;
        _tasks = tasks;
    }

    /// <summary>Every lock with the file that it is of, for /proc/locks.</summary>
    public IEnumerable<(LockedNode Node, FileLock Lock)> All =>
        _lists is null ? [] : _lists.Values.OrderBy(static list => list.Id).SelectMany(static list => list.Locks.Select(held => (list.Node, held.Lock)));

    public Errno Lock(GuestTask task, FileId id, in FileLock wanted, bool willWait)
    {
        if (_files.Find(id) is not { } file)
            return Errno.EBADF;
        long owner = OwnerOf(task, file, wanted.Kind, make: true);
        LockList list = ListOf(file);

        // As in Linux the old lock of flock(2) is given up first, whether or not the new one can be had.
        if (wanted.Kind == LockKind.Whole && !HasSame(list, in wanted, owner) && list.Remove(in wanted, owner))
            _queues.Wake(KeyOf(list));
        if (list.TryFindConflict(in wanted, owner, out HeldLock conflict))
        {
            Errno refused = Errno.EAGAIN;
            if (willWait && wanted.Kind == LockKind.Record && conflict.Lock.Kind == LockKind.Record)
                refused = Enlist(task, owner, conflict.Owner, list);
            DropIfEmpty(list);
            return refused;
        }

        _waits?.RemoveAll(wait => wait.Tid == task.Tid);
        file.HasLocks = true;
        int pid = wanted.Kind == LockKind.OpenFileRecord ? -1 : task.Group.Pid;
        if (list.Replace(wanted with { Pid = pid }, owner))
            _queues.Wake(KeyOf(list));
        return Errno.None;
    }

    public Errno Unlock(GuestTask task, FileId id, in FileLock range)
    {
        if (_files.Find(id) is not { } file)
            return Errno.EBADF;
        Remove(file, in range, OwnerOf(task, file, range.Kind, make: false));
        return Errno.None;
    }

    public bool TryFindConflict(GuestTask task, FileId id, in FileLock wanted, out FileLock found)
    {
        found = default;
        if (_files.Find(id) is not { } file || Find(file) is not { } list)
            return false;
        bool exists = list.TryFindConflict(in wanted, OwnerOf(task, file, wanted.Kind, make: false), out HeldLock held);
        found = held.Lock;
        return exists;
    }

    public WaitKey KeyOf(FileId id) => _files.Find(id) is { } file && Find(file) is { } list ? KeyOf(list) : new WaitKey(WaitKind.FileLock, 0);

    /// <summary>A process closes a descriptor of the file: its record locks go, whichever descriptor they were made through.</summary>
    public void ForgetRecords(DescriptorTable table, FileId id)
    {
        if (_files.Find(id) is { } file)
            Remove(file, new FileLock(LockKind.Record, false, 0, long.MaxValue), table.LockOwner);
    }

    /// <summary>By what number a task's descriptor table is known.</summary>
    public long OwnerOf(GuestTask task)
    {
        if (task.Descriptors.LockOwner == 0)
            task.Descriptors.LockOwner = ++_lastOwner;
        return task.Descriptors.LockOwner;
    }

    /// <summary>The open file is closed: its own locks go.</summary>
    public void Forget(OpenFile file)
    {
        Remove(file, new FileLock(LockKind.Whole, false, 0, long.MaxValue), file.Id.Value);
        Remove(file, new FileLock(LockKind.OpenFileRecord, false, 0, long.MaxValue), file.Id.Value);
    }

    public FileLocksState Capture() => new()
    {
        LastList = _lastList,
        LastOwner = _lastOwner,
        Lists = _lists is null ? [] : [.. _lists.Values.Select(static list => new LockListState(
            list.Id,
            list.Node.Mount?.Id ?? default,
            list.Node.Node,
            list.Node.Unnamed,
            [.. list.Locks.Select(static held => new HeldLockState(held.Lock, held.Owner))]))],
        Waits = _waits is null ? [] : [.. _waits.Where(IsStillWaiting).Select(static wait => new LockWaitState(wait.Owner, wait.Tid, wait.List, wait.Holder))],
    };

    public Errno Restore(FileLocksState state)
    {
        _lastList = state.LastList;
        _lastOwner = state.LastOwner;
        foreach (LockListState saved in state.Lists)
        {
            Mount? mount = saved.Mount.Value == 0 ? null : _mounts.Find(saved.Mount);
            if (mount is null && saved.Mount.Value != 0)
                return Errno.EINVAL;
            var list = new LockList(saved.Id, new LockedNode(mount, saved.Node, saved.Unnamed));
            foreach (HeldLockState held in saved.Locks)
                list.Restore(new HeldLock(held.Lock, held.Owner));
            if (!(_lists ??= []).TryAdd(list.Node, list))
                return Errno.EINVAL;
        }

        foreach (LockWaitState wait in state.Waits)
            (_waits ??= []).Add(new LockWait(wait.Owner, wait.Tid, wait.List, wait.Holder));
        return Errno.None;
    }

    private static WaitKey KeyOf(LockList list) => new(WaitKind.FileLock, (ulong)list.Id);

    private static bool HasSame(LockList list, in FileLock wanted, long owner)
    {
        foreach (HeldLock held in list.Locks)
        {
            if (held.IsOwnedBy(in wanted, owner) && held.Lock.IsExclusive == wanted.IsExclusive)
                return true;
        }

        return false;
    }

    private static LockedNode NodeOf(OpenFile file) =>
        file.Mount is { } mount ? new LockedNode(mount, file.Node, 0) : new LockedNode(null, default, file.Pipe?.Inode ?? (ulong)file.Id.Value << 1);

    private long OwnerOf(GuestTask task, OpenFile file, LockKind kind, bool make)
    {
        if (kind != LockKind.Record)
            return file.Id.Value;
        return make ? OwnerOf(task) : task.Descriptors.LockOwner;
    }

    private LockList? Find(OpenFile file) => _lists is not null && _lists.TryGetValue(NodeOf(file), out LockList? list) ? list : null;

    private LockList ListOf(OpenFile file)
    {
        if (Find(file) is { } found)
            return found;
        var made = new LockList(++_lastList, NodeOf(file));
        (_lists ??= []).Add(made.Node, made);
        return made;
    }

    private void Remove(OpenFile file, in FileLock range, long owner)
    {
        if (Find(file) is not { } list || !list.Remove(in range, owner))
            return;
        DropIfEmpty(list);
        _queues.Wake(KeyOf(list));
    }

    private void DropIfEmpty(LockList list)
    {
        if (list.Locks.Count == 0)
            _lists?.Remove(list.Node);
    }

    // Notes that the task waits for the holder; EDEADLK when the holder waits, through however many others, for the task's own locks.
    private Errno Enlist(GuestTask task, long owner, long holder, LockList list)
    {
        _waits ??= [];
        _waits.RemoveAll(wait => wait.Tid == task.Tid || !IsStillWaiting(wait));
        var seen = new HashSet<long>();
        var next = new Queue<long>();
        next.Enqueue(holder);
        while (next.TryDequeue(out long current))
        {
            if (current == owner)
                return Errno.EDEADLK;
            if (!seen.Add(current))
                continue;
            foreach (LockWait wait in _waits)
            {
                if (wait.Owner == current)
                    next.Enqueue(wait.Holder);
            }
        }

        _waits.Add(new LockWait(owner, task.Tid, list.Id, holder));
        return Errno.EAGAIN;
    }

    private bool IsStillWaiting(LockWait wait)
    {
        if (_tasks.Find(wait.Tid) is not { State: TaskState.Waiting } task)
            return false;
        foreach (WaitKey key in task.Wait.Keys)
        {
            if (key.Kind == WaitKind.FileLock && key.Id == (ulong)wait.List)
                return true;
        }

        return false;
    }

    private sealed record LockWait(long Owner, int Tid, long List, long Holder);
}
