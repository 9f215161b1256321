using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Testing.Conformance;

/// <summary>What every scheduler promises. Inherit it and make the scheduler.</summary>
public abstract class SchedulerConformance
{
    /// <summary>Makes a new scheduler.</summary>
    /// <param name="seed">For one that chooses at random.</param>
    /// <param name="tasks">The machine's tasks.</param>
    protected abstract IScheduler Create(ulong seed, ITaskTable tasks);

    [Fact]
    public void Only_ready_tasks_run()
    {
        IScheduler scheduler = New();
        GuestTask[] tasks = [.. Enumerable.Range(2, 20).Select(ListedTasks.NewTask)];
        var ready = new HashSet<GuestTask>();
        var random = new Random(3);
        for (int i = 0; i < 20_000; i++)
        {
            GuestTask task = tasks[random.Next(tasks.Length)];
            if (random.Next(2) == 0)
            {
                scheduler.Ready(task);
                ready.Add(task);
            }
            else
            {
                scheduler.Block(task);
                ready.Remove(task);
            }

            GuestTask? next = scheduler.Next(out TimeSlice slice);
            Assert.Equal(ready.Count == 0, next is null);
            if (next is null)
                continue;
            Assert.Contains(next, ready);
            Assert.True(slice.Cycles + slice.Steps > 0 && slice.Calls > 0, "a turn of nothing");
        }
    }

    /// <summary>Who is ready runs within a bounded number of cycles, whatever the others do.</summary>
    [Fact]
    public void Nobody_is_kept_from_running_for_ever()
    {
        IScheduler scheduler = New();
        GuestTask[] tasks = [.. Enumerable.Range(2, 5).Select(ListedTasks.NewTask)];
        var waits = new Dictionary<GuestTask, long>();
        foreach (GuestTask task in tasks)
        {
            scheduler.Ready(task);
            waits[task] = 0;
        }

        long longest = 0;
        for (int i = 0; i < 200_000; i++)
        {
            GuestTask next = scheduler.Next(out TimeSlice slice)!;
            foreach (GuestTask task in tasks)
            {
                waits[task] = ReferenceEquals(task, next) ? 0 : waits[task] + slice.Cycles;
                longest = Math.Max(longest, waits[task]);
            }
        }

        Assert.InRange(longest, 1, 100_000_000);
    }

    [Fact]
    public void The_order_is_a_function_of_what_was_asked() => Assert.Equal(Order(New(), NewTasks(4)), Order(New(), NewTasks(4)));

    [Fact]
    public void Ended_tasks_are_forgotten()
    {
        IScheduler scheduler = New();
        WeakReference ended = RunAndEnd(scheduler);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.False(ended.IsAlive, "the scheduler keeps a task that has ended");
        Assert.Null(scheduler.Next(out _));
    }

    /// <summary>A successor that has taken the data over goes on as its predecessor would have, and the predecessor too: a swap may be undone.</summary>
    [Fact]
    public void A_successor_keeps_the_order()
    {
        var tasks = new ListedTasks(NewTasks(6));
        IScheduler old = Create(1, tasks);
        Assert.NotEmpty(Order(old, [.. tasks.All]));
        var state = (IStatefulService<SchedulerState>)old;
        IScheduler successor = Create(99, tasks);
        Assert.Equal(Errno.None, ((IStatefulService<SchedulerState>)successor).Restore(state.Capture()));
        Assert.Equal(Order(old, [.. tasks.All.Take(3)]), Order(successor, [.. tasks.All.Take(3)]));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        var state = new SchedulerState { Version = 1, Ready = [77] };
        Assert.Equal(Errno.ESRCH, ((IStatefulService<SchedulerState>)New()).Restore(state));
        Assert.Equal(Errno.EINVAL, ((IStatefulService<SchedulerState>)New()).Restore(state with { Version = 2, Ready = [] }));
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference RunAndEnd(IScheduler scheduler)
    {
        GuestTask task = ListedTasks.NewTask(7);
        scheduler.Ready(task);
        for (int i = 0; i < 100; i++)
            scheduler.Next(out _);
        task.State = TaskState.Zombie;
        scheduler.Block(task);
        return new WeakReference(task);
    }

    private static List<(int, TimeSlice)> Order(IScheduler scheduler, GuestTask[] tasks)
    {
        foreach (GuestTask task in tasks)
            scheduler.Ready(task);
        var order = new List<(int, TimeSlice)>();
        for (int i = 0; i < 3000; i++)
        {
            GuestTask next = scheduler.Next(out TimeSlice slice)!;
            order.Add((next.Tid, slice));
            if (i % 7 != 0)
                continue;
            scheduler.Block(next);
            order.Add((scheduler.ChooseWaiter(4), default));
            scheduler.Ready(next);
        }

        return order;
    }

    private static GuestTask[] NewTasks(int count) => [.. Enumerable.Range(2, count).Select(ListedTasks.NewTask)];

    private IScheduler New() => Create(1, new ListedTasks([]));
}
