namespace Kpio.Contracts.Process;

/// <summary>
/// Chooses which task runs next. Replaceable on its own. It must not look at anything but the calls that it gets: with the same
/// program and input it then gives the same order each time. Under the kernel lock.
/// </summary>
public interface IScheduler
{
    /// <summary>The task to run, one of those that are ready, and how long at most; null when none is ready.</summary>
    GuestTask? Next(out TimeSlice slice);

    /// <summary>The task can run, from now on or again. Twice is the same as once.</summary>
    void Ready(GuestTask task);

    /// <summary>The task cannot run: it waits, is stopped, or has ended.</summary>
    void Block(GuestTask task);

    /// <summary>
    /// Which of <paramref name="count"/> tasks that wait for the same futex is woken first, counted from the one that has waited
    /// longest: futex(2) promises no order.
    /// </summary>
    int ChooseWaiter(int count) => 0;
}

/// <summary>How long a task may run before another is chosen. Whatever comes first ends its turn; so does a call that waits.</summary>
/// <param name="Cycles">Cycles, after which the processor stops at the next place where it can do so without looking for it (<see cref="Platform.ICpu.Run"/>).</param>
/// <param name="Steps">Single instructions that are done after those: the turn may end between any two instructions.</param>
/// <param name="Calls">System calls, the last of which still ends.</param>
public readonly record struct TimeSlice(long Cycles, int Steps = 0, int Calls = int.MaxValue);

/// <summary>The schedulers that the Process plugin has.</summary>
public enum SchedulerKind : byte
{
    /// <summary>Every ready task in turn, for the same number of cycles.</summary>
    RoundRobin,

    /// <summary>Seeded random choices of task, time slice and priority, to find races.</summary>
    Chaos,
}
