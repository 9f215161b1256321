using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Host;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel.Debugging;
using Kpio.Kernel.Execution;
using Kpio.Kernel.Hosting;
using Kpio.Kernel.HotSwap;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Kernel;

/// <summary>
/// One emulated machine with its kernel: made by <see cref="Create"/>, given mounts and a first program, run once. Several may live
/// in one process at the same time. <see cref="Run"/> belongs to one thread; <see cref="Send"/>, <see cref="Stop"/> and
/// <see cref="Observers"/> may be used from any.
/// </summary>
public sealed partial class Machine : IDisposable
{
    private readonly MachineSetup _setup;
    private readonly MachinePlatform _platform;
    private readonly ICpu _cpu;
    private readonly TaskTable _tasks;
    private readonly ObserverRegistry _observers;
    private readonly HostRequests _requests;
    private readonly KernelGate _gate = new();
    private readonly IEntropySource _entropy;
    private readonly MachineClock _clock;
    private readonly PluginHost _plugins;
    private readonly RunLoop _loop;
    private readonly WaitQueues _waits;
    private readonly KernelTimers _timers;
    private readonly DebugHooks _debug = new();
    private readonly CoreDumps _cores;
    private readonly TracerList _tracers;
    private readonly UserMemory _userMemory;
    private AbiStack? _abi;
    private HotSwapper? _swapper;
    private GuestTask? _first;
    private MachineFiles? _files;
    private bool _disposed;

    private Machine(MachineSetup setup)
    {
        _setup = setup;
        _entropy = setup.Options.Deterministic ? new SeededEntropy(setup.Options.Seed) : setup.Entropy ?? new HostEntropy();
        MachinePlatform platform = _platform = setup.Platform(_entropy);
        _cpu = platform.CreateCpu();
        _tasks = new TaskTable(setup.Options.FirstPid);
        Action<string> report = setup.Report ?? (static _ => { });
        _observers = new ObserverRegistry(report);
        _requests = new HostRequests(_cpu, setup.Waiter);
        _clock = CreateClock(setup, _cpu, _tasks, platform.Timing);
        Log = new KernelLog(setup.Log);
        Slots = new KernelSlots();
        var waits = new WaitQueues(Slots.Scheduler, Slots.WakeListener, _tasks) { Clock = _clock };
        var timers = new KernelTimers(waits, _tasks, Slots.Processes);
        _waits = waits;
        _timers = timers;
        _cores = new CoreDumps(_tasks);
        var shortage = new MemoryShortage(_tasks, Slots.AddressSpaces, Slots.Processes, setup.Options.MemoryBytes, report);
        _userMemory = new UserMemory(platform.GuestMemory, Slots.Memory, Slots.Processes, shortage);
        _plugins = new PluginHost(Slots, DescribeServices(setup, waits, timers, report));
        _tracers = new TracerList(_observers, _plugins);
        _loop = new RunLoop(new RunLoopParts(
            Slots, _cpu, platform.Timing, _tasks, waits, timers, shortage, _clock, _observers, _requests, _gate, setup.Waiter, Log, report, setup.Options.Deterministic, setup.Idle));
    }

    /// <summary>The services of the plugins.</summary>
    public KernelSlots Slots { get; }

    /// <summary>The machine's tasks. Under the kernel lock: between <see cref="Create"/> and <see cref="Run"/>, from plugins, or in <see cref="Invoke"/>.</summary>
    public ITaskTable Tasks => _tasks;

    /// <summary>Those who are told of system calls.</summary>
    public IObserverRegistry Observers => _observers;

    /// <summary>The machine's clocks.</summary>
    public IKernelClock Clock => _clock;

    /// <summary>KPIO's own log.</summary>
    public IKernelLog Log { get; }

    /// <summary>The loaded plugins.</summary>
    public IReadOnlyList<PluginGeneration> Plugins => _plugins.Plugins;

    /// <summary>Instructions that the processor has retired.</summary>
    public long Instructions => _cpu.Instructions;

    /// <summary>How many timers guests have, and of how many tasks the wait queues keep something: both 0 when every task has ended.</summary>
    public (int Timers, int Waiters) KernelObjects => (_timers.Count, _waits.Count);

    /// <summary>Cycles that the processor has run.</summary>
    public long Cycles => _cpu.Cycles;

    /// <summary>
    /// The files of the guests' tree, for the machine's owner: from <see cref="ProgramRequest.Prepare"/> on, and after <see cref="Run"/> too. Not
    /// while it runs, except in <see cref="Invoke"/>.
    /// </summary>
    public MachineFiles Files =>
        _files ??= new MachineFiles(Slots, _first ?? throw new InvalidOperationException("The machine has no program: call Start first."));

    /// <summary>Puts a machine together and loads its plugins.</summary>
    /// <exception cref="MachineSetupException">A plugin is missing or does not fit, or an option cannot be had.</exception>
    public static Machine Create(MachineSetup setup)
    {
        ArgumentNullException.ThrowIfNull(setup);
        if (setup.Options.Cpus != 1)
            throw new MachineSetupException($"this version runs one processor: {setup.Options.Cpus} cannot be had");
        var machine = new Machine(setup);
        try
        {
            machine._plugins.Load(setup.Plugins);
            machine._abi = new AbiStack(machine.Slots, machine._plugins, setup);
            machine._abi.Build();
            machine._tracers.AddServices();
            return machine;
        }
        catch
        {
            machine.Dispose();
            throw;
        }
    }

    /// <summary>Replaces plugins while guests run.</summary>
    public HotSwapper Swapper => _swapper ??= new HotSwapper(_setup, _plugins, Slots, _abi!, _tracers, _gate, _cpu, _waits);

    /// <summary>
    /// Swaps plugins on the machine's own thread each time that guests have made a number of system calls: at the same place of the same
    /// program every time. Before <see cref="Run"/>.
    /// </summary>
    /// <param name="calls">After how many calls.</param>
    /// <param name="repeats">Whether it is done again after as many more.</param>
    /// <param name="choose">What is swapped; called at each.</param>
    /// <param name="told">Told of each swap that happened.</param>
    public void SwapAfter(long calls, bool repeats, Func<IReadOnlyList<PluginSwap>> choose, Action<SwapReport>? told = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(calls, 1);
        ArgumentNullException.ThrowIfNull(choose);
        _loop.CallsDone.Add(new CallCountdown(calls, repeats, () => SwapInPlace(choose(), told)));
    }

    /// <summary>Has a tracer made that observes the guests from now on; null when no plugin knows the format. From any thread.</summary>
    /// <param name="format">One of the formats of <see cref="KernelSlots.Tracers"/>.</param>
    /// <param name="output">Where it writes.</param>
    /// <param name="target">What that is.</param>
    /// <param name="interests">The calls to be shown.</param>
    public TracerHandle<ITracer>? Trace(string format, TextWriter output, TraceTarget target, SyscallSet interests) =>
        _tracers.Add(factory => factory.Create(format, output, target, interests));

    /// <summary>Has somebody told where handlers write guest memory; null for nobody. Before <see cref="Run"/>, or in <see cref="Invoke"/>.</summary>
    public void WatchWrites(IGuestWriteObserver? observer) => _userMemory.WriteObserver = observer;

    /// <summary>Has calls counted from now on; null when no plugin can. From any thread.</summary>
    public TracerHandle<ISyscallStatistics>? CountCalls() => _tracers.Add(static factory => factory.CreateStatistics());

    /// <summary>Has faults, signals and delays injected into the guests' calls from now on, instead of what was injected before. Not while the machine runs.</summary>
    /// <param name="injections">What; where two name the same call the later one counts, as for strace(1).</param>
    public void Inject(IReadOnlyList<Injection> injections)
    {
        ArgumentNullException.ThrowIfNull(injections);
        _abi!.Top = injections.Count == 0 ? null : below => new InjectionLayer(below, injections, Slots.Processes, _clock);
        _abi.Build();
    }

    /// <summary>Mounts a file system; the first one becomes the root.</summary>
    public Errno Mount(string type, MountOptions options, ReadOnlySpan<byte> path) => Slots.Mounts.Current.Mount(type, options, path);

    /// <summary>
    /// Makes the first process and gives it its program. ENOENT, EACCES, ENOEXEC and such are the program's fault and leave a machine
    /// that must be disposed of; <paramref name="culprit"/> names what could not be had. A machine whose programs have all ended may be given
    /// another one, which finds the files that those have left, and is then the first.
    /// </summary>
    public Errno Start(ProgramRequest request, out string culprit)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_first is not null)
            StartOver();
        if (!CreateFirst(request.Credentials, out culprit).TryGet(out GuestTask? task, out Errno error))
            return error;
        FileSystemContext context = task.FileSystem;
        _first = task;
        if (Slots.Terminals.IsBound)
            Slots.Terminals.Current.AdoptConsole(task.Group);

        foreach (MachineMount mount in request.Mounts)
        {
            culprit = $"mount {Encoding.UTF8.GetString(mount.Path)}";
            error = new MountPoints(Slots).Mount(task, mount);
            if (error != Errno.None)
                return error;
        }

        culprit = "files";
        if (request.Prepare is { } prepare)
            error = prepare(Files);
        if (error != Errno.None)
            return error;

        culprit = "working directory";
        if (!Slots.Vfs.Current.Open(new PathStart(task), request.WorkingDirectory, OpenFlags.O_DIRECTORY, 0).TryGet(out FileId directory, out error))
            return error;
        Slots.OpenFiles.Current.Release(context.WorkingDirectory);
        context.WorkingDirectory = directory;

        culprit = "program";
        byte[] path = request.Path;
        if (request.SearchPath is { } searchPath && ByteSearch.First(path, (byte)'/') < 0)
        {
            error = new ProgramLookup(Slots).Find(task, path, searchPath, out path);
            if (error != Errno.None)
                return error;
        }

        return Slots.Processes.Current.Exec(task, new ExecRequest(path, request.Arguments, request.Environment));
    }

    /// <summary>Makes a machine that has come to its end ready for another program.</summary>
    private void StartOver()
    {
        if (_tasks.AnyAlive || _debug.Session is not null || !_loop.StartOver())
            throw new InvalidOperationException("A machine is given a program when it has none: at its begin, or when all its programs have ended.");
        _files = null;
    }

    /// <summary>Makes the first process, which has no program yet: at the root, with the standard streams.</summary>
    internal Result<GuestTask> CreateFirst(Credentials credentials, out string culprit)
    {
        culprit = "root directory";
        if (!Slots.Mounts.Current.OpenRoot().TryGet(out FileId root, out Errno error))
            return error;
        var context = new FileSystemContext { Root = root, WorkingDirectory = root };
        Slots.OpenFiles.Current.AddReference(root);
        var descriptors = new DescriptorTable();
        for (int fd = 0; fd < 3; fd++)
        {
            OpenFlags flags = fd == 0 ? OpenFlags.O_RDONLY : OpenFlags.O_WRONLY;
            if (!Slots.Mounts.Current.OpenHostStream(new HostFileId(fd + 1), flags).TryGet(out FileId file, out error))
            {
                culprit = $"descriptor {fd}";
                return error;
            }

            descriptors.Set(fd, new Descriptor(file, CloseOnExec: false));
        }

        culprit = "first process";
        return Slots.Processes.Current.CreateFirst(new FirstProcess(credentials, context, descriptors));
    }

    /// <summary>Has core files written of processes that a signal with that action ends. Before <see cref="Run"/>.</summary>
    public void WriteCores(ICoreWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _cores.Use(writer, new DebugMemory(Slots, _platform));
    }

    /// <summary>Gives the machine a debugger, which is told that the first program stands at its entry. Between <see cref="Start"/> and <see cref="Run"/>; once.</summary>
    /// <exception cref="MachineSetupException">The platform cannot be debugged.</exception>
    public DebugSession Debug(IDebugger debugger)
    {
        ArgumentNullException.ThrowIfNull(debugger);
        if (_first is null || _debug.Session is not null)
            throw new InvalidOperationException("A debugger is given to a machine once, between Start and Run.");
        var session = new DebugSession(debugger, _cpu, Slots, new DebugMemory(Slots, _platform), _tasks, _requests, _loop, _waits);
        _debug.Session = session;
        _loop.Debug = session;
        _observers.Add(session);
        session.Begin(_first);
        return session;
    }

    /// <summary>Runs the machine to its end.</summary>
    public MachineExit Run()
    {
        GuestTask first = _first ?? throw new InvalidOperationException("The machine has no program: call Start first.");
        StopRequest stop = _loop.Run();
        ShowOutput();
        (MachineEnd end, string? message) = (stop.End, stop.Message);
        int status = first.Group.WaitStatus ?? 0;
        if (end == MachineEnd.Finished && _loop.DefectOf(first.Group.Pid) is { } defect)
            return new MachineExit(MachineEnd.Defect, status, $"defect in KPIO: {defect}");
        return new MachineExit(end, status, message);
    }

    /// <summary>Sends a signal of the host to a process, or with <paramref name="pid"/> 0 to the foreground's. From any thread.</summary>
    public void Send(int pid, in SignalInfo signal) => _requests.Send(pid, in signal);

    /// <summary>The user's terminal (<see cref="IHostTerminal"/>) has something to say. From any thread.</summary>
    public void NotifyTerminal() => _requests.NotifyTerminal();

    /// <summary>Ends the machine soon, whatever its guests do. From any thread.</summary>
    public void Stop(MachineEnd end, string? message = null) => _requests.RequestStop(end, message);

    /// <summary>Runs <paramref name="action"/> under the kernel lock, between two steps of the guests. From any thread but the machine's own.</summary>
    public T Invoke<T>(Func<T> action)
    {
        _setup.Waiter.Interrupt();
        return _gate.Run(_cpu, action);
    }

    /// <summary>Disposes of the plugins and gives the machine's memory back.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;

        // What mappings changed of the host's files would go with the machine's memory.
        if (Slots.FilePages.IsBound)
            Slots.FilePages.Current.WriteBackAll();
        _plugins.Dispose();
        _platform.Release?.Invoke();
        (_entropy as IDisposable)?.Dispose();
    }

    /// <summary>What programs have written and the user's terminal has not taken yet is shown, unless the terminal is stopped.</summary>
    private void ShowOutput()
    {
        const int MostWaits = 100;
        const long WaitNanoseconds = 20_000_000;
        if (!Slots.Terminals.IsBound)
            return;
        for (int i = 0; i < MostWaits && Slots.Terminals.Current.HasConsoleOutput; i++)
        {
            _setup.Waiter.Wait([], WaitNanoseconds);
            Slots.Terminals.Current.ConsoleChanged();
        }
    }

    private void SwapInPlace(IReadOnlyList<PluginSwap> swaps, Action<SwapReport>? told)
    {
        try
        {
            SwapReport report = Swapper.SwapInPlace(swaps, new SwapOptions { TimeLimit = TimeSpan.FromMinutes(1) });
            told?.Invoke(report);
        }
        catch (SwapException e)
        {
            _setup.Report?.Invoke($"swap failed in step {e.Step}: {e.Message}");
        }
    }

    private static MachineClock CreateClock(MachineSetup setup, ICpu cpu, TaskTable tasks, ITimingModel timing)
    {
        if (!setup.Options.Deterministic && setup.Clock == ClockSource.Host)
            return new HostMachineClock(setup.HostClock, cpu, tasks);
        long start = setup.Options.Deterministic ? VirtualMachineClock.FixedStart : setup.HostClock.RealtimeNanoseconds;
        return new VirtualMachineClock(cpu, tasks, timing.Frequency, start);
    }

    private List<ServiceDescriptor> DescribeServices(MachineSetup setup, WaitQueues waits, KernelTimers timers, Action<string> report)
    {
        var services = new List<ServiceDescriptor>();
        MachinePlatform platform = _platform;
        Add<IPhysicalMemory>(platform.Memory);
        Add<IMmu>(platform.Mmu);
        Add<IGuestMemory>(platform.GuestMemory);
        Add<ITimingModel>(platform.Timing);
        Add<ICpuContexts>(new CpuContexts(_cpu));
        if (platform.Describer is { } describer)
            Add(describer);
        Add<ITaskTable>(_tasks);
        Add<IWaitQueues>(waits);
        Add<IKernelTimers>(timers);
        Add<IFutexQueues>(waits);
        Add<IKernelClock>(_clock);
        Add<IEntropySource>(_entropy);
        Add(Log);
        Add<IUserReport>(new UserReport(report));
        Add(setup.Options);
        Add<IObserverRegistry>(_observers);
        Add<ITaskObserver>(_observers);
        Add<ISignalGate>(_debug);
        Add<ICoreDump>(_cores);
        Add<IUserMemory>(_userMemory);
        Add(setup.Console);
        Add(setup.HostClock);
        foreach (HostService service in setup.HostServices)
            services.Add(new ServiceDescriptor(service.Contract, service.Service));
        return services;

        void Add<T>(T service)
            where T : class => services.Add(new ServiceDescriptor(typeof(T), service));
    }

    private sealed class CpuContexts(ICpu cpu) : ICpuContexts
    {
        public CpuContext Create() => cpu.CreateContext();
    }

    private sealed class UserReport(Action<string> report) : IUserReport
    {
        public void Write(string message) => report(message);
    }
}
