using Kpio.Contracts.Process;

namespace Kpio.Kernel.Execution;

/// <summary>The machine's tasks by their tids.</summary>
internal sealed class TaskTable : ITaskTable
{
    /// <summary>PID_MAX_LIMIT of 64-bit Linux (proc(5), pid_max): tids start again after it.</summary>
    private const int MaximumTid = 4_194_304;

    /// <summary>Sorted by tid. A list, because collections of value types must be compiled at start (docs/adr/0006).</summary>
    private readonly List<GuestTask> _tasks = [];
    private readonly int _first;
    private int _next;
    private bool _hasWrapped;

    public TaskTable(int firstPid) => _first = _next = firstPid;

    /// <summary>Told of each task that is added.</summary>
    public Action<GuestTask>? Added { get; set; }

    public IEnumerable<GuestTask> All => _tasks;

    public int Count => _tasks.Count;

    /// <summary>The next tid to be tried, and whether the numbers have begun again.</summary>
    public (int Next, bool HasWrapped) Tids
    {
        get => (_next, _hasWrapped);
        set => (_next, _hasWrapped) = value;
    }

    /// <summary>Whether any task could still run.</summary>
    public bool AnyAlive
    {
        get
        {
            for (int i = 0; i < _tasks.Count; i++)
            {
                if (_tasks[i].State < TaskState.Zombie)
                    return true;
            }

            return false;
        }
    }

    public int NextTid()
    {
        while (Find(_next) is not null || (_hasWrapped && IsInUse(_next)))
            Advance();
        int tid = _next;
        Advance();
        return tid;
    }

    public GuestTask? Find(int tid)
    {
        int index = IndexOf(tid);
        return index < _tasks.Count && _tasks[index].Tid == tid ? _tasks[index] : null;
    }

    public void Add(GuestTask task)
    {
        int index = IndexOf(task.Tid);
        if (index < _tasks.Count && _tasks[index].Tid == task.Tid)
            throw new ArgumentException($"There is a task {task.Tid} already.", nameof(task));
        _tasks.Insert(index, task);
        Added?.Invoke(task);
    }

    public void Remove(GuestTask task)
    {
        int index = IndexOf(task.Tid);
        if (index < _tasks.Count && ReferenceEquals(_tasks[index], task))
            _tasks.RemoveAt(index);
    }

    public void ChangeTid(GuestTask task, int tid)
    {
        Remove(task);
        task.Tid = tid;
        Add(task);
    }

    /// <summary>Whether a process group or session has the number, though its first process is gone.</summary>
    private bool IsInUse(int id)
    {
        for (int i = 0; i < _tasks.Count; i++)
        {
            if (_tasks[i].Group.ProcessGroup == id || _tasks[i].Group.Session == id)
                return true;
        }

        return false;
    }

    /// <summary>Where the tid is, or would be.</summary>
    private int IndexOf(int tid)
    {
        int low = 0;
        int high = _tasks.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (_tasks[middle].Tid < tid)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private void Advance()
    {
        _hasWrapped |= _next >= MaximumTid - 1;
        _next = _next >= MaximumTid - 1 ? _first : _next + 1;
    }
}
