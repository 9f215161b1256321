using Kpio.Contracts.Process;

namespace Kpio.Kernel.Execution;

/// <summary>The machine's tasks by their tids.</summary>
internal sealed class TaskTable : ITaskTable
{
    /// <summary>PID_MAX_LIMIT of 64-bit Linux (proc(5), pid_max): tids start again after it.</summary>
    private const int MaximumTid = 4_194_304;

    private readonly SortedList<int, GuestTask> _tasks = [];
    private readonly int _first;
    private int _next;

    public TaskTable(int firstPid) => _first = _next = firstPid;

    public IEnumerable<GuestTask> All => _tasks.Values;

    /// <summary>Whether any task could still run.</summary>
    public bool AnyAlive
    {
        get
        {
            IList<GuestTask> tasks = _tasks.Values;
            for (int i = 0; i < tasks.Count; i++)
            {
                if (tasks[i].State < TaskState.Zombie)
                    return true;
            }

            return false;
        }
    }

    public int NextTid()
    {
        while (_tasks.ContainsKey(_next))
            Advance();
        int tid = _next;
        Advance();
        return tid;
    }

    public GuestTask? Find(int tid) => _tasks.GetValueOrDefault(tid);

    public void Add(GuestTask task) => _tasks.Add(task.Tid, task);

    public void Remove(GuestTask task) => _tasks.Remove(task.Tid);

    private void Advance() => _next = _next >= MaximumTid - 1 ? _first : _next + 1;
}
