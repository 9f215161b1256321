using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>Makes and ends tasks. Programs are started by <see cref="ProgramStarter"/>, faults put into words by <see cref="FaultReport"/>; signals are in the other part of this class.</summary>
internal sealed partial class ProcessManager : IProcessManager
{
    private readonly ProcessServices _services;
    private readonly ProgramStarter _starter;
    private readonly SignalSender _sender;
    private readonly SignalDelivery _delivery;

    public ProcessManager(ProcessServices services)
    {
        _services = services;
        _starter = new ProgramStarter(services);
        var queues = new SignalQueues(services);
        var jobs = new JobControl(services);
        _sender = new SignalSender(services, queues, jobs);
        _delivery = new SignalDelivery(services, this, queues, _sender, jobs);
        Signals = new TaskSignals(services, queues, _sender, _delivery);
    }

    /// <summary>What calls do to signals.</summary>
    public TaskSignals Signals { get; }

    public Result<GuestTask> CreateFirst(FirstProcess options)
    {
        if (!_services.Spaces.Current.Create().TryGet(out AddressSpaceId space, out Errno error))
            return error;
        int tid = _services.Tasks.NextTid();
        _services.Clock.Now(ClockId.CLOCK_BOOTTIME).TryGet(out long now, out _);
        var group = new ThreadGroup(tid, parentPid: 0)
        {
            ProcessGroup = tid,
            Session = tid,
            AddressSpace = space,
            StartTimeNanoseconds = now,
        };
        DefaultLimits.Set(group.Limits);
        CpuContext registers = _services.Contexts.Create();
        registers.AddressSpace = space;
        var task = new GuestTask(tid, group, registers, _services.UserMemory)
        {
            Descriptors = options.Descriptors,
            FileSystem = options.FileSystem,
            Credentials = options.Credentials,
        };
        group.Threads.Add(tid);
        _services.Tasks.Add(task);
        _services.Scheduler.Current.Ready(task);
        return task;
    }

    public Errno Exec(GuestTask task, ReadOnlySpan<byte> path, IReadOnlyList<byte[]> arguments, IReadOnlyList<byte[]> environment) =>
        _starter.Exec(task, path, arguments, environment);

    public void Exit(GuestTask task, int status, bool wholeGroup)
    {
        ThreadGroup group = task.Group;
        if (wholeGroup)
        {
            for (int i = group.Threads.Count - 1; i >= 0; i--)
            {
                if (group.Threads[i] != task.Tid && _services.Tasks.Find(group.Threads[i]) is { } other)
                    EndThread(other);
            }
        }

        _services.Observers.OnEnd(task, status);
        EndThread(task);
        if (group.Threads.Count == 0 && group.WaitStatus is null)
            EndProcess(group, status);
    }

    private void EndThread(GuestTask task)
    {
        ThreadGroup group = task.Group;
        if (!group.Threads.Remove(task.Tid))
            return;
        if (task.ClearChildTid != 0 && task.Memory.TryWrite(task, task.ClearChildTid, stackalloc byte[sizeof(int)], out _))
            _services.Waits.Wake(new WaitKey(WaitKind.Futex, task.ClearChildTid), most: 1);
        group.EndedThreadsCpuTimeNanoseconds += task.CpuTimeNanoseconds;
        task.State = TaskState.Zombie;
        _services.Scheduler.Current.Block(task);
        _services.Descriptors.Current.Leave(task.Descriptors);
        if (--task.FileSystem.Sharers == 0)
        {
            _services.Files.Current.Release(task.FileSystem.Root);
            _services.Files.Current.Release(task.FileSystem.WorkingDirectory);
        }

        // A thread leaves nothing to wait for; a process's first one stays as what wait(2) finds.
        if (task.Tid != group.Pid)
            Remove(task);
    }

    private void EndProcess(ThreadGroup group, int status)
    {
        group.WaitStatus = status;
        _services.Waits.Wake(new WaitKey(WaitKind.ProcessEnd, (ulong)group.Pid));
        _services.Spaces.Current.Destroy(group.AddressSpace);
        group.AddressSpace = default;
        if (_services.Tasks.Find(group.Pid) is { } leader && _services.Tasks.Find(group.ParentPid) is null)
            Remove(leader);
    }

    private void Remove(GuestTask task)
    {
        task.State = TaskState.Dead;
        _services.Tasks.Remove(task);
    }
}
