using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Platform.Host;
using Kpio.Plugins.Vfs.FileSystems.Host;
using Kpio.Testing;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>The plugin on the real host, with the kernel's services replaced by the smallest ones that work, and one task.</summary>
internal sealed class TestMachine : FileTestBed
{
    private readonly HostMachine _host = HostMachine.Create();

    public TestMachine(MachineOptions? options = null, IHostConsole? console = null, Contracts.Platform.IPhysicalMemory? physical = null, Contracts.Memory.IFileMappings? mappings = null, IHostTerminal? terminal = null)
    {
        Options = options ?? new MachineOptions();
        Tasks = new TestTasks();
        Waits = new TestWaits();
        Clock = new TestClock();
        Timers = new TestTimers(Waits);
        Signals.Bind(new TestSignals());
        var processes = new Contracts.Plugins.Slot<IProcessManager>();
        processes.Bind(Sender);
        var fileMappings = new Contracts.Plugins.Slot<Contracts.Memory.IFileMappings>();
        fileMappings.Bind(mappings);
        Services = new VfsServices
        {
            PhysicalMemory = physical,
            FileMappings = fileMappings,
            Clock = Clock,
            HostClock = _host.Clock,
            Console = console ?? _host.Console,
            Terminal = terminal,
            Host = new HostAccess(_host.Files, _host.FileContent, _host.FileNames),
            Waits = Waits,
            Entropy = new TestEntropy(),
            Tasks = Tasks,
            Options = Options,
            Timers = Timers,
            Signals = Signals,
            Processes = processes,
        };
        Parts = new VfsParts(Services);
        Waits.Listener = Parts.Core.Special.PollIndex;
        Task = new GuestTask(2, new ThreadGroup(2, 0), null!, null!)
        {
            Descriptors = new DescriptorTable(),
            FileSystem = new FileSystemContext(),
            Credentials = Credentials.Of(0, 0),
        };
        Task.Group.Threads.Add(2);
        Tasks.Add(Task);
    }

    public MachineOptions Options { get; }

    /// <summary>What was sent to processes.</summary>
    public TestSender Sender { get; } = new();

    public VfsServices Services { get; }

    public VfsParts Parts { get; private set; }

    public TestTasks Tasks { get; }

    public TestWaits Waits { get; }

    public TestClock Clock { get; }

    public TestTimers Timers { get; }

    public Contracts.Plugins.Slot<ISignals> Signals { get; } = new();

    public override GuestTask Task { get; }

    public override IVfs Names => Parts.Names;

    public override IOpenFiles Files => Parts.Files;

    public override IFileControl Control => Parts.Files;

    public IPipes Pipes => Parts.Pipes;

    public IFileWatches Watches => Parts.Watches;

    public IFileSignals FileSignals => Parts.FileSignals;

    public IFileLeases Leases => Parts.Leases;

    public ILocalSockets Sockets => Parts.Sockets;

    public IEventPolls EventPolls => Parts.EventPolls;

    public ISpecialFiles SpecialFiles => Parts.SpecialFiles;

    public override IVfsMounts Mounts => Parts.Mounts;

    /// <summary>Makes the root, by default an empty tmpfs, and points the task at it.</summary>
    public TestMachine WithRoot(string type = "tmpfs", string? source = null, bool readOnly = false, params (string Key, string Value)[] options)
    {
        Ok(Mounts.Mount(type, new MountOptions(source, readOnly, options.ToDictionary(o => o.Key, o => o.Value)), "/"u8));
        EnterRoot();
        return this;
    }

    public void EnterRoot()
    {
        Task.FileSystem.Root = Ok(Mounts.OpenRoot());
        Task.FileSystem.WorkingDirectory = Ok(Mounts.OpenRoot());
    }

    /// <summary>Replaces the plugin by a new instance that takes the old one's state.</summary>
    public override void Swap()
    {
        Contracts.State.VfsState state = Parts.State.Capture();
        var next = new VfsParts(Services);
        Ok(next.State.Restore(state));
        Parts = next;
        Waits.Listener = Parts.Core.Special.PollIndex;
    }

    public override void Dispose() => _host.Dispose();

    internal sealed class TestTasks : ITaskTable
    {
        private readonly List<GuestTask> _tasks = [];

        public IEnumerable<GuestTask> All => _tasks;

        public int Count => _tasks.Count;

        public int NextTid() => _tasks.Count + 2;

        public GuestTask? Find(int tid) => _tasks.Find(task => task.Tid == tid);

        public void Add(GuestTask task) => _tasks.Add(task);

        public void Remove(GuestTask task) => _tasks.Remove(task);

        public void ChangeTid(GuestTask task, int tid) => task.Tid = tid;
    }

    internal sealed class TestWaits : IWaitQueues
    {
        public List<WaitKey> Woken { get; } = [];

        public Dictionary<WaitKey, HostFileId> Watched { get; } = [];

        /// <summary>How many tasks are said to wait for a key.</summary>
        public Dictionary<WaitKey, int> WaitersOf { get; } = [];

        public HashSet<WaitKey> Subscribed { get; } = [];

        /// <summary>Who is told of wakes of <see cref="Subscribed"/> keys.</summary>
        public IWakeListener? Listener { get; set; }

        public int Wake(WaitKey key, int most = int.MaxValue)
        {
            Woken.Add(key);
            if (Subscribed.Contains(key))
                Listener?.OnWake(key);
            return WaitersOf.GetValueOrDefault(key);
        }

        public bool Interrupt(GuestTask task, bool kills = false) => false;

        public void Forget(GuestTask task)
        {
        }

        public void Watch(WaitKey key, HostFileId handle) => Watched[key] = handle;

        public void Unwatch(WaitKey key) => Watched.Remove(key);

        public void Subscribe(WaitKey key) => Subscribed.Add(key);

        public void Unsubscribe(WaitKey key) => Subscribed.Remove(key);
    }

    internal sealed class TestClock : IKernelClock
    {
        public long Time { get; set; } = 1_700_000_000_000_000_000;

        public long Cycles => 0;

        public Result<long> Now(ClockId clock, GuestTask? task = null) => Time;

        public Result<long> Resolution(ClockId clock) => 1;
    }

    /// <summary>Timers that expire when the test says so.</summary>
    internal sealed class TestTimers(TestWaits waits) : IKernelTimers
    {
        public Dictionary<TimerId, (TimerTarget Target, long Expiry, long Interval, long Expirations)> All { get; } = [];

        public Result<TimerId> Create(ClockId clock, int owner, in TimerTarget target)
        {
            if (clock > ClockId.CLOCK_MONOTONIC)
                return Errno.EINVAL;
            var id = new TimerId(All.Count + 1);
            All[id] = (target, long.MaxValue, 0, 0);
            return id;
        }

        public void Arm(TimerId timer, long expiryNanoseconds, long intervalNanoseconds) =>
            All[timer] = (All[timer].Target, expiryNanoseconds, intervalNanoseconds, 0);

        public bool TryGet(TimerId timer, out TimerSetting setting)
        {
            bool exists = All.TryGetValue(timer, out (TimerTarget Target, long Expiry, long Interval, long Expirations) found);
            setting = new TimerSetting(found.Expiry == long.MaxValue ? 0 : found.Expiry, found.Interval, found.Expirations > 0);
            return exists;
        }

        public long TakeExpirations(TimerId timer, long leastNanoseconds = 0)
        {
            long count = All[timer].Expirations;
            All[timer] = All[timer] with { Expirations = 0 };
            return count;
        }

        public void Delete(TimerId timer) => All.Remove(timer);

        public void Fire(TimerId timer)
        {
            All[timer] = All[timer] with { Expirations = All[timer].Expirations + 1 };
            waits.Wake(All[timer].Target.Key);
        }
    }

    /// <summary>Takes signals from the pending lists, as the process manager does.</summary>
    private sealed class TestSignals : ISignals
    {
        public void Force(GuestTask task, in SignalInfo info) => throw new NotSupportedException();

        public void SetBlocked(GuestTask task, SignalSet blocked) => throw new NotSupportedException();

        public void BlockDuringCall(GuestTask task, SignalSet blocked) => throw new NotSupportedException();

        public void SetAction(GuestTask task, Signal signal, in SignalAction action) => throw new NotSupportedException();

        public bool TryTake(GuestTask task, SignalSet wanted, out SignalInfo info)
        {
            for (int number = 1; number <= SignalNumbers.Count; number++)
            {
                if (wanted.Contains((Signal)number) && task.Signals.Pending.TryTake((Signal)number, out info))
                    return true;
            }

            info = default;
            return false;
        }
    }

    private sealed class TestEntropy : IEntropySource
    {
        public void Fill(Span<byte> destination) => Random.Shared.NextBytes(destination);
    }
}
