using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>
/// Where the process manager's parts come together: tasks are made by <see cref="TaskMaker"/> and ended by <see cref="TaskEnder"/>,
/// programs started by <see cref="ProgramStarter"/>, faults put into words by <see cref="FaultReport"/>; signals are in the other part of
/// this class.
/// </summary>
internal sealed partial class ProcessManager : IProcessManager
{
    private readonly ProcessServices _services;
    private readonly CpuLimits _limits;
    private readonly TaskMaker _maker;
    private readonly TaskEnder _ender;
    private readonly ProgramStarter _starter;
    private readonly SignalSender _sender;
    private readonly SignalDelivery _delivery;

    public ProcessManager(ProcessServices services)
    {
        _services = services;
        Children = new ChildProcesses(services, this);
        Futexes = new Futexes(services);
        _limits = new CpuLimits(services);
        var jobs = new JobControl(services, Children);
        Groups = new ProcessGroups(services, this, jobs);
        var queues = new SignalQueues(services);
        _sender = new SignalSender(services, queues, jobs, _limits);
        Tracing = new Tracing(services, _sender, jobs, Children);
        _maker = new TaskMaker(services, _limits, Tracing);
        _ender = new TaskEnder(services, Children, Futexes, jobs, new OrphanedGroups(services, this, jobs), Tracing);
        _starter = new ProgramStarter(services, _ender, Tracing);
        _delivery = new SignalDelivery(services, this, queues, _sender, jobs, Tracing);
        Signals = new TaskSignals(services, queues, _sender, _delivery);
    }

    /// <summary>What calls do to signals.</summary>
    public TaskSignals Signals { get; }

    /// <summary>Waiting for words of memory.</summary>
    public Futexes Futexes { get; }

    /// <summary>Parents and children.</summary>
    public ChildProcesses Children { get; }

    /// <summary>Tracers and tracees.</summary>
    public Tracing Tracing { get; }

    /// <summary>Process groups.</summary>
    public ProcessGroups Groups { get; }

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

    public SysResult Clone(GuestTask task, in CloneRequest request) => _maker.Clone(task, in request);

    public Errno Exec(GuestTask task, ExecRequest request) => _starter.Exec(task, request);

    public void ApplyCpuLimit(ThreadGroup group) => _limits.Apply(group);

    public void Exit(GuestTask task, int status, bool wholeGroup) => _ender.Exit(task, status, wholeGroup);
}
