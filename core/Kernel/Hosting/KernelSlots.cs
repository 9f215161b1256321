using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Kernel.Hosting;

/// <summary>The places into which plugins are bound: one slot for each service that there is once, one list for each that there may be several of.</summary>
public sealed class KernelSlots
{
    private readonly PlainList<SlotBinding> _slots = new();
    private readonly PlainList<ListBinding> _lists = new();

    private readonly PlainList<StateBinding> _states = new();

    public KernelSlots()
    {
        StateBinding vfs = AddState<VfsState>();
        StateBinding memory = AddState<MemoryState>();
        StateBinding scheduler = AddState<SchedulerState>();
        StateBinding abi = AddState<AbiState>();
        AddState<OwnState>();
        Add(typeof(IMemoryManager), Memory = new Slot<IMemoryManager>(), memory);
        Add(typeof(IAddressSpaces), AddressSpaces = new Slot<IAddressSpaces>(), memory);
        Add(typeof(IProcessManager), Processes = new Slot<IProcessManager>());
        Add(typeof(ISignals), Signals = new Slot<ISignals>());
        Add(typeof(IProcessGroups), ProcessGroups = new Slot<IProcessGroups>());
        Add(typeof(IChildProcesses), Children = new Slot<IChildProcesses>());
        Add(typeof(IProcessTracing), Tracing = new Slot<IProcessTracing>());
        Add(typeof(IFutexes), Futexes = new Slot<IFutexes>());
        Add(typeof(IFutexLocks), FutexLocks = new Slot<IFutexLocks>());
        Add(typeof(IScheduler), Scheduler = new Slot<IScheduler>(), scheduler);
        Add(typeof(IVfs), Vfs = new Slot<IVfs>(), vfs);
        Add(typeof(IVfsMounts), Mounts = new Slot<IVfsMounts>(), vfs);
        Add(typeof(IOpenFiles), OpenFiles = new Slot<IOpenFiles>(), vfs);
        Add(typeof(IFileControl), FileControl = new Slot<IFileControl>(), vfs);
        Add(typeof(IFileEvents), FileEvents = new Slot<IFileEvents>(), vfs);
        Add(typeof(IFileSignals), FileSignals = new Slot<IFileSignals>(), vfs);
        Add(typeof(IFileLeases), FileLeases = new Slot<IFileLeases>(), vfs);
        Add(typeof(IDescriptorTables), DescriptorTables = new Slot<IDescriptorTables>(), vfs);
        Add(typeof(ITerminals), Terminals = new Slot<ITerminals>(), vfs);
        Add(typeof(IWakeListener), WakeListener = new Slot<IWakeListener>(), vfs);
        Add(typeof(IFilePages), FilePages = new Slot<IFilePages>(), vfs);
        Add(typeof(IMemoryFiles), MemoryFiles = new Slot<IMemoryFiles>(), vfs);
        Add(typeof(IFileMappings), FileMappings = new Slot<IFileMappings>(), memory);
        Add(typeof(IPageResidence), PageResidence = new Slot<IPageResidence>(), memory);
        Add(typeof(ISharedSegments), SharedSegments = new Slot<ISharedSegments>(), memory);
        Add(typeof(ISemaphoreSets), SemaphoreSets = new Slot<ISemaphoreSets>(), memory);
        Add(typeof(ISemaphoreUndo), SemaphoreUndo = new Slot<ISemaphoreUndo>(), memory);
        Add(typeof(IMessageQueues), MessageQueues = new Slot<IMessageQueues>(), memory);
        Add(typeof(INamedQueues), NamedQueues = new Slot<INamedQueues>(), vfs);
        Add(typeof(IEventPolls), EventPolls = new Slot<IEventPolls>(), vfs);
        Add(typeof(ISpecialFiles), SpecialFiles = new Slot<ISpecialFiles>(), vfs);
        Add(typeof(IPipes), Pipes = new Slot<IPipes>(), vfs);
        Add(typeof(IVfsAttributes), Attributes = new Slot<IVfsAttributes>(), vfs);
        Add(typeof(IFileLocks), FileLocks = new Slot<IFileLocks>(), vfs);
        Add(typeof(ILocalSockets), LocalSockets = new Slot<ILocalSockets>(), vfs);
        Add(typeof(IFileWatches), FileWatches = new Slot<IFileWatches>(), vfs);
        Add(typeof(IProgramLoader), Loader = new Slot<IProgramLoader>(), abi);
        Add(typeof(ISignalFrame), SignalFrame = new Slot<ISignalFrame>(), abi);
        Add(typeof(ISyscallAbi), Abi = new Slot<ISyscallAbi>(), abi);
        FileSystemTypes = AddList<IFileSystemType>();
        AbiLayers = AddList<ISyscallLayer>();
        Tracers = AddList<ITracerFactory>();
        AddList<ISyscallObserver>();
    }

    /// <summary>Regions and faults.</summary>
    public Slot<IMemoryManager> Memory { get; }

    /// <summary>Address spaces as wholes.</summary>
    public Slot<IAddressSpaces> AddressSpaces { get; }

    /// <summary>Tasks and signals.</summary>
    public Slot<IProcessManager> Processes { get; }

    /// <summary>What calls do to signals.</summary>
    public Slot<ISignals> Signals { get; }

    /// <summary>Children and their ends.</summary>
    public Slot<IChildProcesses> Children { get; }

    /// <summary>Tracers and tracees.</summary>
    public Slot<IProcessTracing> Tracing { get; }

    /// <summary>Waiting for words of memory.</summary>
    public Slot<IFutexes> Futexes { get; }

    /// <summary>Locks in memory that have an owner.</summary>
    public Slot<IFutexLocks> FutexLocks { get; }

    /// <summary>Process groups.</summary>
    public Slot<IProcessGroups> ProcessGroups { get; }

    /// <summary>The order in which tasks run.</summary>
    public Slot<IScheduler> Scheduler { get; }

    /// <summary>Paths.</summary>
    public Slot<IVfs> Vfs { get; }

    /// <summary>Mounts.</summary>
    public Slot<IVfsMounts> Mounts { get; }

    /// <summary>Open files.</summary>
    public Slot<IOpenFiles> OpenFiles { get; }

    /// <summary>What else open files can do.</summary>
    public Slot<IFileControl> FileControl { get; }

    /// <summary>What waiting for files needs.</summary>
    public Slot<IFileEvents> FileEvents { get; }

    /// <summary>Signals of open files.</summary>
    public Slot<IFileSignals> FileSignals { get; }

    /// <summary>Leases of files and notices of directories.</summary>
    public Slot<IFileLeases> FileLeases { get; }

    /// <summary>Descriptor tables and the files behind them.</summary>
    public Slot<IDescriptorTables> DescriptorTables { get; }

    /// <summary>Terminals.</summary>
    public Slot<ITerminals> Terminals { get; }

    /// <summary>Who is told of keys that were woken.</summary>
    public Slot<IWakeListener> WakeListener { get; }

    /// <summary>Pages of mapped files.</summary>
    public Slot<IFilePages> FilePages { get; }

    /// <summary>Files in memory without a name.</summary>
    public Slot<IMemoryFiles> MemoryFiles { get; }

    /// <summary>Mappings of files, for the page cache.</summary>
    public Slot<IFileMappings> FileMappings { get; }

    /// <summary>Pages in memory.</summary>
    public Slot<IPageResidence> PageResidence { get; }

    /// <summary>System V shared memory.</summary>
    public Slot<ISharedSegments> SharedSegments { get; }

    /// <summary>System V semaphores.</summary>
    public Slot<ISemaphoreSets> SemaphoreSets { get; }

    /// <summary>What processes that end owe to the semaphores.</summary>
    public Slot<ISemaphoreUndo> SemaphoreUndo { get; }

    /// <summary>System V message queues.</summary>
    public Slot<IMessageQueues> MessageQueues { get; }

    /// <summary>POSIX message queues.</summary>
    public Slot<INamedQueues> NamedQueues { get; }

    /// <summary>Files that collect the readiness of others.</summary>
    public Slot<IEventPolls> EventPolls { get; }

    /// <summary>Files that stand for something else of the kernel's.</summary>
    public Slot<ISpecialFiles> SpecialFiles { get; }

    /// <summary>Pipes and fifos.</summary>
    public Slot<IPipes> Pipes { get; }

    /// <summary>Extended attributes.</summary>
    public Slot<IVfsAttributes> Attributes { get; }

    /// <summary>Advisory locks.</summary>
    public Slot<IFileLocks> FileLocks { get; }

    /// <summary>Pairs of Unix sockets.</summary>
    public Slot<ILocalSockets> LocalSockets { get; }

    /// <summary>Events of files and directories.</summary>
    public Slot<IFileWatches> FileWatches { get; }

    /// <summary>The loader of programs.</summary>
    public Slot<IProgramLoader> Loader { get; }

    /// <summary>The layout of signal frames.</summary>
    public Slot<ISignalFrame> SignalFrame { get; }

    /// <summary>The system call interface, with its layers.</summary>
    public Slot<ISyscallAbi> Abi { get; }

    /// <summary>Types of file systems.</summary>
    public ServiceList<IFileSystemType> FileSystemTypes { get; }

    /// <summary>Variants of the system call interface.</summary>
    public ServiceList<ISyscallLayer> AbiLayers { get; }

    /// <summary>Makers of tracers.</summary>
    public ServiceList<ITracerFactory> Tracers { get; }

    /// <summary>Offers every slot and list to a plugin.</summary>
    internal void AddTo(IServiceCollection services)
    {
        for (int i = 0; i < _slots.Count; i++)
            services.Add(new ServiceDescriptor(_slots[i].SlotType, _slots[i].Slot));
        for (int i = 0; i < _lists.Count; i++)
            services.Add(new ServiceDescriptor(_lists[i].ListType, _lists[i].List));
    }

    /// <summary>Whether the service has a slot.</summary>
    internal SlotBinding? FindSlot(Type service)
    {
        for (int i = 0; i < _slots.Count; i++)
        {
            if (ReferenceEquals(_slots[i].Service, service))
                return _slots[i];
        }

        return null;
    }

    /// <summary>Whether services of the type are collected.</summary>
    internal ListBinding? FindList(Type service)
    {
        for (int i = 0; i < _lists.Count; i++)
        {
            if (ReferenceEquals(_lists[i].Service, service))
                return _lists[i];
        }

        return null;
    }

    /// <summary>Every slot.</summary>
    internal PlainList<SlotBinding> Slots => _slots;

    /// <summary>Every list.</summary>
    internal PlainList<ListBinding> Lists => _lists;

    /// <summary>Every kind of data that outlives a plugin.</summary>
    internal PlainList<StateBinding> States => _states;

    // Nothing that is generic over the service: it would be made for each at every start.
    private void Add(Type service, Slot slot, StateBinding? state = null) => _slots.Add(new SlotBinding(service, slot, state));

    private ServiceList<T> AddList<T>()
        where T : class
    {
        var list = new ServiceList<T>();
        _lists.Add(new ListBinding(
            typeof(T),
            typeof(ServiceList<T>),
            list,
            provider => list.Set([.. list.Current, .. (IEnumerable<T>)provider.GetService(typeof(IEnumerable<T>))!]),
            () => list.Set([])));
        return list;
    }

    private StateBinding<TState> AddState<TState>()
        where TState : PluginState
    {
        var state = new StateBinding<TState>();
        _states.Add(state);
        return state;
    }
}
