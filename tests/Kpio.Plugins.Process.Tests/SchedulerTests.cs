using Kpio.Contracts.Process;
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
    public void The_order_is_a_function_of_what_was_asked(string name) => Assert.Equal(Order(Create(name)), Order(Create(name)));

    [Fact]
    public void Another_seed_is_another_order() => Assert.NotEqual(Order(Create("chaos 1")), Order(Create("chaos 2")));

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

    private static List<(int, TimeSlice)> Order(IScheduler scheduler)
    {
        GuestTask[] tasks = [.. Enumerable.Range(2, 4).Select(NewTask)];
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

    private static IScheduler Create(string name) =>
        name == "round-robin" ? new RoundRobinScheduler() : new ChaosScheduler(ulong.Parse(name[6..], System.Globalization.CultureInfo.InvariantCulture));

    private static GuestTask NewTask(int tid) => new(tid, new ThreadGroup(tid, 0), null!, null!)
    {
        Descriptors = new DescriptorTable(),
        FileSystem = new FileSystemContext(),
        Credentials = Credentials.Of(0, 0),
    };
}
