using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process.Tests;

/// <summary>What every scheduler promises, and what the chaos scheduler does besides.</summary>
public sealed class SchedulerTests
{
    public static TheoryData<string> Schedulers => ["round-robin", "chaos 0", "chaos 1", "chaos 18446744073709551615"];

    [Theory]
    [MemberData(nameof(Schedulers))]
    public void Only_ready_tasks_run(string name)
    {
        IScheduler scheduler = Create(name);
        GuestTask[] tasks = [.. Enumerable.Range(2, 20).Select(NewTask)];
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

    [Fact]
    public void Round_robin_takes_tasks_in_turn()
    {
        IScheduler scheduler = Create("round-robin");
        (GuestTask first, GuestTask second) = (NewTask(2), NewTask(9));
        Assert.Null(scheduler.Next(out _));
        scheduler.Ready(first);
        scheduler.Ready(second);
        scheduler.Ready(first);
        Assert.Equal([2, 9, 2, 9], Enumerable.Range(0, 4).Select(_ => scheduler.Next(out TimeSlice _)!.Tid));
        scheduler.Block(second);
        Assert.Equal([2, 2], Enumerable.Range(0, 2).Select(_ => scheduler.Next(out TimeSlice _)!.Tid));
        scheduler.Block(first);
        Assert.Null(scheduler.Next(out _));
    }

    /// <summary>Who is ready runs within a bounded number of cycles, whatever the others do.</summary>
    [Theory]
    [MemberData(nameof(Schedulers))]
    public void Nobody_is_kept_from_running_for_ever(string name)
    {
        IScheduler scheduler = Create(name);
        GuestTask[] tasks = [.. Enumerable.Range(2, 5).Select(NewTask)];
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

    [Theory]
    [MemberData(nameof(Schedulers))]
    public void The_order_is_a_function_of_what_was_asked(string name) => Assert.Equal(Order(Create(name), NewTasks(4)), Order(Create(name), NewTasks(4)));

    [Fact]
    public void Another_seed_is_another_order() => Assert.NotEqual(Order(Create("chaos 1"), NewTasks(4)), Order(Create("chaos 2"), NewTasks(4)));

    [Fact]
    public void Ended_tasks_are_forgotten()
    {
        foreach (string name in new[] { "round-robin", "chaos 5" })
        {
            IScheduler scheduler = Create(name);
            WeakReference ended = RunAndEnd(scheduler);
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            Assert.False(ended.IsAlive, name);
            Assert.Null(scheduler.Next(out _));
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference RunAndEnd(IScheduler scheduler)
    {
        GuestTask task = NewTask(7);
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

    /// <summary>A successor that has taken the data over goes on as its predecessor would have, and the predecessor too: a swap may be undone.</summary>
    [Theory]
    [MemberData(nameof(Schedulers))]
    public void A_successor_keeps_the_order(string name)
    {
        var tasks = new ListedTasks(NewTasks(6));
        IScheduler old = Create(name, tasks);
        Assert.NotEmpty(Order(old, [.. tasks.All]));
        var state = (IStatefulService<SchedulerState>)old;
        IScheduler successor = Create(name == "round-robin" ? name : "chaos 99", tasks);
        Assert.Equal(Errno.None, ((IStatefulService<SchedulerState>)successor).Restore(state.Capture()));
        Assert.Equal(Order(old, [.. tasks.All.Take(3)]), Order(successor, [.. tasks.All.Take(3)]));
    }

    /// <summary>One kind takes over from another: who was ready still is.</summary>
    [Theory]
    [InlineData("round-robin", "chaos 1")]
    [InlineData("chaos 1", "round-robin")]
    public void Another_kind_takes_the_ready_tasks_over(string from, string to)
    {
        GuestTask[] tasks = NewTasks(6);
        var table = new ListedTasks(tasks);
        IScheduler old = Create(from, table);
        foreach (GuestTask task in tasks)
            old.Ready(task);
        old.Block(tasks[2]);
        IScheduler successor = Create(to, table);
        Assert.Equal(Errno.None, ((IStatefulService<SchedulerState>)successor).Restore(((IStatefulService<SchedulerState>)old).Capture()));
        var seen = new HashSet<GuestTask>();
        for (int i = 0; i < 20_000; i++)
            seen.Add(successor.Next(out _)!);
        Assert.Equal(tasks.Where(task => task != tasks[2]).ToHashSet(), seen);
    }

    [Theory]
    [MemberData(nameof(Schedulers))]
    public void What_cannot_be_is_refused(string name)
    {
        var state = new SchedulerState { Version = 1, Ready = [77] };
        Assert.Equal(Errno.ESRCH, ((IStatefulService<SchedulerState>)Create(name)).Restore(state));
        Assert.Equal(Errno.EINVAL, ((IStatefulService<SchedulerState>)Create(name)).Restore(state with { Version = 2, Ready = [] }));
    }

    private static GuestTask[] NewTasks(int count) => [.. Enumerable.Range(2, count).Select(NewTask)];

    private static IScheduler Create(string name) => Create(name, new ListedTasks([]));

    private static IScheduler Create(string name, ITaskTable tasks) =>
        name == "round-robin" ? new RoundRobinScheduler(tasks) : new ChaosScheduler(ulong.Parse(name[6..], System.Globalization.CultureInfo.InvariantCulture), tasks);

    /// <summary>A table of tasks that are there.</summary>
    private sealed class ListedTasks(GuestTask[] tasks) : ITaskTable
    {
        public IEnumerable<GuestTask> All => tasks;

        public int Count => tasks.Length;

        public int NextTid() => throw new NotSupportedException();

        public GuestTask? Find(int tid) => Array.Find(tasks, task => task.Tid == tid);

        public void Add(GuestTask task) => throw new NotSupportedException();

        public void Remove(GuestTask task) => throw new NotSupportedException();

        public void ChangeTid(GuestTask task, int tid) => throw new NotSupportedException();
    }

    private static GuestTask NewTask(int tid) => new(tid, new ThreadGroup(tid, 0), null!, null!)
    {
        Descriptors = new DescriptorTable(),
        FileSystem = new FileSystemContext(),
        Credentials = Credentials.Of(0, 0),
    };
}
