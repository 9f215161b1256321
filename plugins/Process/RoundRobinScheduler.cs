using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>Every ready task in turn, for a fixed number of cycles each: the order is a function of the cycle count alone.</summary>
internal sealed class RoundRobinScheduler : IScheduler, IStatefulService<SchedulerState>
{
    private const int StateVersion = 1;

    /// <summary>A few milliseconds of interpreted code: short enough to look at the host's input and deadlines between, long enough to cost nothing.</summary>
    public const long Quantum = 1_000_000;

    private readonly LinkedList<GuestTask> _ready = new();
    private readonly Dictionary<GuestTask, LinkedListNode<GuestTask>> _nodes = [];
    private readonly ITaskTable _tasks;

    public RoundRobinScheduler(ITaskTable tasks) => _tasks = tasks;

    public GuestTask? Next(out TimeSlice slice)
    {
        slice = new TimeSlice(Quantum);
        if (_ready.First is not { } first)
            return null;
        if (first.Next is not null)
        {
            _ready.Remove(first);
            _ready.AddLast(first);
        }

        return first.Value;
    }

    public void Ready(GuestTask task)
    {
        if (!_nodes.TryGetValue(task, out LinkedListNode<GuestTask>? node))
            _nodes.Add(task, node = new LinkedListNode<GuestTask>(task));
        if (node.List is null)
            _ready.AddLast(node);
    }

    public void Block(GuestTask task)
    {
        if (!_nodes.TryGetValue(task, out LinkedListNode<GuestTask>? node))
            return;
        if (node.List is not null)
            _ready.Remove(node);
        if (task.State >= TaskState.Zombie)
            _nodes.Remove(task);
    }

    public SchedulerState Capture() => new() { Version = StateVersion, Ready = [.. _ready.Select(static task => task.Tid)] };

    public Errno Restore(SchedulerState state)
    {
        if (state.Version != StateVersion)
            return Errno.EINVAL;
        foreach (int tid in state.Ready)
        {
            if (_tasks.Find(tid) is not { } task)
                return Errno.ESRCH;
            Ready(task);
        }

        return Errno.None;
    }
}
