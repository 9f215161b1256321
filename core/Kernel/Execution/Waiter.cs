using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;

namespace Kpio.Kernel.Execution;

/// <summary>What the kernel keeps of one task while it is parked; made once a task and used again for every wait.</summary>
internal sealed class Waiter : DeadlineEntry
{
    public Waiter(GuestTask task) => Task = task;

    public GuestTask Task { get; }

    /// <summary>Whether it stands in queues now.</summary>
    public bool IsParked { get; set; }

    /// <summary>Whether it was parked inside a call, whose handler is entered again when it runs; else in a page fault, whose instruction is.</summary>
    public bool IsInCall { get; set; }

    /// <summary>Those who were told that the call began.</summary>
    public ISyscallObserver[]? Observers { get; set; }

    /// <summary>The queues that it stands in.</summary>
    public List<WaitQueue> Queues { get; } = [];

    /// <summary>Handles of the host that wake it.</summary>
    public HostHandleList HostHandles { get; } = new();
}

/// <summary>The tasks that wait for one key, oldest first.</summary>
internal sealed class WaitQueue
{
    private WaitQueue? _link;

    public WaitKey Key { get; set; }

    /// <summary>The next queue in the same bucket of <see cref="WaitQueueTable"/>, or the next spare one.</summary>
    public WaitQueue? Next => _link;

    /// <summary><see cref="Next"/> to be changed.</summary>
    public ref WaitQueue? Link => ref _link;

    public List<Waiter> Waiters { get; } = [];
}
