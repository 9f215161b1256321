using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace Kpio.Plugins.Process.Tests;

/// <summary>The promises of every scheduler, kept by the one that takes turns.</summary>
public sealed class RoundRobinConformance : SchedulerConformance
{
    protected override IScheduler Create(ulong seed, ITaskTable tasks) => new RoundRobinScheduler(tasks);
}

/// <summary>The same, kept by the one that finds races.</summary>
public class ChaosConformance : SchedulerConformance
{
    protected virtual ulong Seed => 0;

    protected override IScheduler Create(ulong seed, ITaskTable tasks) => new ChaosScheduler(seed == 1 ? Seed : seed, tasks);
}

/// <summary>The same with another seed.</summary>
public sealed class ChaosConformanceOfSeed1 : ChaosConformance
{
    protected override ulong Seed => 1;
}

/// <summary>The same with the largest seed.</summary>
public sealed class ChaosConformanceOfLargestSeed : ChaosConformance
{
    protected override ulong Seed => ulong.MaxValue;
}

/// <summary>What the two schedulers do besides.</summary>
public sealed class SchedulerTests
{
    [Fact]
    public void Round_robin_takes_tasks_in_turn()
    {
        IScheduler scheduler = Create("round-robin");
        (GuestTask first, GuestTask second) = (ListedTasks.NewTask(2), ListedTasks.NewTask(9));
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

    [Fact]
    public void Another_seed_is_another_order() => Assert.NotEqual(Order(Create("chaos 1"), NewTasks(4)), Order(Create("chaos 2"), NewTasks(4)));

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

    private static GuestTask[] NewTasks(int count) => [.. Enumerable.Range(2, count).Select(ListedTasks.NewTask)];

    private static IScheduler Create(string name) => Create(name, new ListedTasks([]));

    private static IScheduler Create(string name, ITaskTable tasks) =>
        name == "round-robin" ? new RoundRobinScheduler(tasks) : new ChaosScheduler(ulong.Parse(name[6..], System.Globalization.CultureInfo.InvariantCulture), tasks);
}
