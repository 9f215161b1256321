using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.State;

/// <summary>
/// The kernel's own data in a snapshot: tasks, waiting calls, timers, clocks. A swap leaves it where it is; a snapshot writes it beside the records of
/// the plugins.
/// </summary>
public sealed record KernelState
{
    /// <summary>The version of the record's shape.</summary>
    public required int Version { get; init; }

    /// <summary>The first process's first task, whose end is the machine's; it may be gone already.</summary>
    public required GuestTask First { get; init; }

    /// <summary>The tasks in the order of their tids.</summary>
    public required IReadOnlyList<GuestTask> Tasks { get; init; }

    /// <summary>The next tid to be tried, and whether the numbers have begun again.</summary>
    public required (int Next, bool HasWrapped) Tids { get; init; }

    /// <summary>The task that was on the processor last; null for none.</summary>
    public GuestTask? Current { get; init; }

    /// <summary>The turn that the current task is in the middle of; null for none.</summary>
    public TurnState? Turn { get; init; }

    /// <summary>Whether the last turn ended because its time was over.</summary>
    public bool IsPreempted { get; init; }

    /// <summary>What the processor has counted.</summary>
    public required CpuCounts Counts { get; init; }

    /// <summary>The clocks.</summary>
    public required ClockState Clock { get; init; }

    /// <summary>The state of the seeded source of random bytes: four words; null where they come from the host.</summary>
    public IReadOnlyList<ulong>? Entropy { get; init; }

    /// <summary>Where standard input stood, when it was a file; null for others.</summary>
    public long? InputPosition { get; init; }

    /// <summary>The number of the last timer.</summary>
    public required long LastTimer { get; init; }

    /// <summary>The timers, first those of the wall clocks that run in the order of their queue, then those of the CPU-time clocks that run, in theirs, then the others.</summary>
    public required IReadOnlyList<KernelTimerState> Timers { get; init; }

    /// <summary>The waiting tasks.</summary>
    public required WaitQueuesState Waits { get; init; }
}

/// <summary>What is left of a turn on the processor.</summary>
/// <param name="Cycles">Cycles; negative when they are over and steps are left.</param>
/// <param name="Steps">Single instructions after those.</param>
/// <param name="Calls">System calls.</param>
public sealed record TurnState(long Cycles, int Steps, int Calls);

/// <summary>The machine's clocks, in nanoseconds.</summary>
/// <param name="Monotonic">CLOCK_MONOTONIC.</param>
/// <param name="Realtime">CLOCK_REALTIME.</param>
/// <param name="Running">How long the current task has been on the processor.</param>
/// <param name="Idle">How long nothing ran, up to the last time that something began to.</param>
/// <param name="IdleSince">When nothing began to run last, on the monotonic clock.</param>
public sealed record ClockState(long Monotonic, long Realtime, long Running, long Idle, long IdleSince);

/// <summary>A timer (<see cref="IKernelTimers"/>).</summary>
public sealed record KernelTimerState
{
    /// <summary>Its id.</summary>
    public required TimerId Id { get; init; }

    /// <summary>Its clock.</summary>
    public required ClockId Clock { get; init; }

    /// <summary>The tid of the task whose CPU time is measured; 0 for a wall clock.</summary>
    public required int Owner { get; init; }

    /// <summary>What happens when it expires.</summary>
    public required TimerTarget Target { get; init; }

    /// <summary>When it expires, on its own clock.</summary>
    public required long Expiry { get; init; }

    /// <summary>Its period; 0 for none.</summary>
    public required long Interval { get; init; }

    /// <summary>Whether it runs.</summary>
    public required bool IsArmed { get; init; }

    /// <summary>Whether it has expired and nobody has taken that.</summary>
    public required bool HasFired { get; init; }
}

/// <summary>The tasks that wait, or have been woken and have not gone on with their calls yet.</summary>
public sealed record WaitQueuesState
{
    /// <summary>Those tasks.</summary>
    public required IReadOnlyList<WaiterState> Waiters { get; init; }

    /// <summary>The queues, each with the tids that wait there, oldest first, and which of a task's keys the place is for.</summary>
    public required IReadOnlyList<(WaitKey Key, IReadOnlyList<(int Tid, int Place)> Entries)> Queues { get; init; }

    /// <summary>The tids of those with a deadline, in the order of the kernel's queue.</summary>
    public required IReadOnlyList<int> Deadlines { get; init; }

    /// <summary>The tids of those who wait for CPU time, in their order.</summary>
    public required IReadOnlyList<int> CpuTimes { get; init; }

    /// <summary>The tids of those who wait for the host, in their order.</summary>
    public required IReadOnlyList<int> HostWaiters { get; init; }

    /// <summary>The handles of the host that wake keys.</summary>
    public required IReadOnlyList<(WaitKey Key, HostFileId Handle)> Watched { get; init; }

    /// <summary>The keys whose wakes are told of (<see cref="IWakeListener"/>).</summary>
    public required IReadOnlyList<WaitKey> Subscribed { get; init; }
}

/// <summary>A task that waits, or was woken.</summary>
/// <param name="Tid">The task.</param>
/// <param name="Places">In how many queues it stands; 0 when it was woken.</param>
/// <param name="IsParked">Whether it waits.</param>
/// <param name="IsInCall">Whether it goes on with a system call; else with an instruction.</param>
/// <param name="WasObserved">Whether tracers were told that the call began.</param>
public sealed record WaiterState(int Tid, int Places, bool IsParked, bool IsInCall, bool WasObserved);
