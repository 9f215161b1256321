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

    // A ring of its own: the base library's linked list is the one thing at start that would load its assembly (docs/adr/0006).
    private readonly PlainMap<GuestTask, Place> _places = new();
    private readonly ITaskTable _tasks;
    private Place? _first;

    public RoundRobinScheduler(ITaskTable tasks) => _tasks = tasks;

    public GuestTask? Next(out TimeSlice slice)
    {
        slice = new TimeSlice(Quantum);
        if (_first is not { } chosen)
            return null;
        _first = chosen.Next;
        return chosen.Task;
    }

    public void Ready(GuestTask task)
    {
        if (!_places.TryGetValue(task, out Place? place))
            _places.Add(task, place = new Place(task));
        if (place.Next is not null)
            return;
        if (_first is not { } first)
        {
            _first = place.Next = place.Previous = place;
            return;
        }

        place.Next = first;
        place.Previous = first.Previous;
        place.Previous!.Next = place;
        first.Previous = place;
    }

    public void Block(GuestTask task)
    {
        if (!_places.TryGetValue(task, out Place? place))
            return;
        if (place.Next is { } next)
        {
            if (ReferenceEquals(_first, place))
                _first = ReferenceEquals(next, place) ? null : next;
            next.Previous = place.Previous;
            place.Previous!.Next = next;
            place.Next = place.Previous = null;
        }

        if (task.State >= TaskState.Zombie)
            _places.Remove(task);
    }

    public SchedulerState Capture()
    {
        var ready = new List<int>();
        for (Place? place = _first; place is not null; place = ReferenceEquals(place.Next, _first) ? null : place.Next)
            ready.Add(place.Task.Tid);
        return new SchedulerState { Version = StateVersion, Ready = ready };
    }

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

    /// <summary>A task's place in the ring of those that are ready; without neighbours when it is not in it.</summary>
    private sealed class Place(GuestTask task)
    {
        public GuestTask Task { get; } = task;

        public Place? Next { get; set; }

        public Place? Previous { get; set; }
    }
}
