using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>
/// exit(2) and exit_group(2): takes threads and processes apart. What wait(2) finds afterwards is the process's first task, a zombie,
/// which <see cref="ChildProcesses"/> removes.
/// </summary>
internal sealed class TaskEnder
{
    private readonly ProcessServices _services;
    private readonly ChildProcesses _children;
    private readonly Futexes _futexes;
    private readonly JobControl _jobs;
    private readonly OrphanedGroups _orphans;
    private readonly Tracing _tracing;

    public TaskEnder(ProcessServices services, ChildProcesses children, Futexes futexes, JobControl jobs, OrphanedGroups orphans, Tracing tracing)
    {
        _tracing = tracing;
        _futexes = futexes;
        _services = services;
        _children = children;
        _jobs = jobs;
        _orphans = orphans;
    }

    public void Exit(GuestTask task, int status, bool wholeGroup)
    {
        ThreadGroup group = task.Group;
        if (group.WaitStatus is not null)
            return;
        if (wholeGroup)
            EndOtherThreads(task, status);
        _services.Observers.OnEnd(task, status);
        EndThread(task, status);
        if (group.Threads.Count == 0 && group.WaitStatus is null)
            EndProcess(group, status); // of threads that end one by one, the last one's status counts
    }

    /// <summary>Ends every thread of the process but one: what exit_group(2) and execve(2) begin with.</summary>
    public void EndOtherThreads(GuestTask task, int status)
    {
        ThreadGroup group = task.Group;
        for (int i = group.Threads.Count - 1; i >= 0; i--)
        {
            if (group.Threads[i] == task.Tid || _services.Tasks.Find(group.Threads[i]) is not { } other)
                continue;
            _services.Observers.OnEnd(other, status);
            EndThread(other, status);
        }
    }

    /// <summary>The task uses its memory no longer (execve(2), exit(2)): its locks are given up, and whoever waits for that in vfork(2) goes on.</summary>
    public void LeaveMemory(GuestTask task)
    {
        RobustList.Walk(task, _futexes);
        _futexes.ClearTid(task);
        if (!task.HoldsVforkParent)
            return;
        task.HoldsVforkParent = false;
        _services.Waits.Wake(new WaitKey(WaitKind.Vfork, (ulong)task.Tid));
    }

    /// <summary>One process less has the address space.</summary>
    public void LeaveSpace(AddressSpaceId space, SpaceSharing sharing)
    {
        if (--sharing.Processes > 0)
            return;
        if (!space.IsNone)
            _services.Spaces.Current.Destroy(space);
        _services.Files.Current.Release(sharing.Executable);
        sharing.Executable = default;
    }

    private void EndThread(GuestTask task, int status)
    {
        ThreadGroup group = task.Group;
        // By hand: the base library's search loads its vector types, which takes a millisecond when it is first used.
        int place = group.Threads.Count - 1;
        while (place >= 0 && group.Threads[place] != task.Tid)
            place--;
        if (place < 0)
            return;
        group.Threads.RemoveAt(place);
        LeaveMemory(task);
        if (task.SemaphoreUndo is not null && _services.Semaphores is { IsBound: true } semaphores)
            semaphores.Current.Leave(task);
        CountUsage(task);
        task.State = TaskState.Zombie;
        _services.Scheduler.Current.Block(task);
        _services.Waits.Forget(task);
        _services.Descriptors.Current.Leave(task.Descriptors);
        _services.Files.Current.Release(task.Restart.Held);
        task.Restart.Held = default;
        task.FileSystem.Leave(_services.Files.Current);
        if (group.Threads.Count > 0)
        {
            _children.PassOn(group, task.Tid, group.Pid, group.Threads[0]);
            PassSignalsOn(group);
        }

        // A thread leaves nothing to wait for; a process's first one stays as what wait(2) finds.
        _tracing.EndTracer(task);
        if (task.Tid != group.Pid && !_tracing.KeepsThread(task, status))
            _children.Remove(task);
    }

    /// <summary>Signals of the process that the thread would have taken go to the others; and so does the end of a stop that it was the last to follow.</summary>
    private void PassSignalsOn(ThreadGroup group)
    {
        for (int i = 0; group.PendingSignals.Set.Bits != 0 && i < group.Threads.Count; i++)
        {
            if (_services.Tasks.Find(group.Threads[i]) is not { HasDeliverableSignal: true } other)
                continue;
            other.HasSignalWork = true;
            _services.Waits.Interrupt(other);
        }

        _jobs.Settle(group);
    }

    private void CountUsage(GuestTask task)
    {
        ThreadGroup group = task.Group;
        _services.Clock.Now(ClockId.CLOCK_THREAD_CPUTIME_ID, task).TryGet(out long time, out _);
        group.EndedThreadsCpuTimeNanoseconds += time;
        group.EndedThreadsSystemTimeNanoseconds += task.SystemTimeNanoseconds;
        var usage = new ResourceUsage(0, 0, task.PageFaults.Minor, task.PageFaults.Major, 0, task.Switches.Voluntary, task.Switches.Involuntary);
        group.EndedThreadsUsage = ResourceUsage.Sum(group.EndedThreadsUsage, in usage);
    }

    private void EndProcess(ThreadGroup group, int status)
    {
        if (!group.AddressSpace.IsNone)
        {
            var peak = new ResourceUsage(0, 0, 0, 0, _services.Spaces.Current.GetUse(group.AddressSpace).PeakResident, 0, 0);
            group.EndedThreadsUsage = ResourceUsage.Sum(group.EndedThreadsUsage, in peak);
        }

        List<int>? anchored = _orphans.FindAnchored(group);
        group.WaitStatus = status;
        LeaveSpace(group.AddressSpace, group.Sharing);
        group.AddressSpace = default;
        group.PendingSignals.Clear();
        TimerEnd.DeleteAll(_services.Timers, group.Timers);
        if (_services.Terminals.IsBound)
            _services.Terminals.Current.LeaveSession(group, ends: true);
        _children.OrphanAll(group);
        _orphans.Release(anchored, group.Session);
        _children.ReportEnd(group);
    }
}
