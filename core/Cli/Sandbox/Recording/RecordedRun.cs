using Kpio.Cli.Plugins;
using Kpio.Cli.Running;
using Kpio.Cli.Sandbox.Symbols;
using Kpio.Cli.Testing.Running;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;

namespace Kpio.Cli.Sandbox.Recording;

/// <summary>A deterministic run of a program, recorded. Whatever it writes to files stays in memory. Disposed of, its machine is gone; what was recorded stays.</summary>
internal sealed class RecordedRun : IDisposable
{
    private const int MostOutput = 64 << 20;
    private readonly MemoryWaiter _waiter = new();
    private readonly HostMachine _host;
    private readonly RecordedConsole _console;
    private readonly Machine _machine;
    private readonly CallRecorder _recorder;
    private readonly RunOptions _options;
    private readonly List<byte[]> _environment;
    private SymbolBook? _symbols;

    /// <summary>Makes the machine.</summary>
    /// <param name="name">What the user calls the interface.</param>
    /// <param name="options">What is run, and how.</param>
    /// <param name="world">What it has in common with other runs.</param>
    /// <param name="most">How many events are recorded.</param>
    public RecordedRun(string name, RunOptions options, SharedWorld world, int most)
    {
        Name = name;
        _environment = world.Environment;
        _options = options;
        options.Deterministic = true;
        options.Trace = true; // loads the tracers' plugin
        _console = new RecordedConsole(world.Input, MostOutput);
        _host = HostMachine.Create(_console, _waiter, terminal: null);
        _host.Interpose(world.AccessTimes.Over, world.AccessTimes.Over);
        var files = new PluginFiles(Notes.Add);
        _machine = MachineFactory.Create(options, _host, PluginCatalog.For(options, files), log: null, report: Notes.Add);
        _console.Overflowed = () => _machine.Stop(MachineEnd.Stopped, $"it wrote more than {MostOutput >> 20} MiB");
        Catalog = _machine.Slots.Abi.Current.Catalog;
        _recorder = new CallRecorder(_machine, most);
    }

    /// <summary>What the user calls the interface.</summary>
    public string Name { get; }

    /// <summary>What the interface says of itself.</summary>
    public AbiCatalog Catalog { get; }

    /// <summary>What KPIO itself had to say: warnings of the compiler, defects.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>What happened.</summary>
    public IReadOnlyList<TaskEvent> Events => _recorder.Events;

    /// <summary>How the machine ended.</summary>
    public MachineExit Exit { get; private set; }

    public long Cycles => _machine.Cycles;

    public byte[] Output => _console.Output;

    public byte[] Error => _console.Error;

    /// <summary>Whether the run came to its own end, and was recorded to it.</summary>
    public bool IsComplete => Exit.End is MachineEnd.Finished or MachineEnd.Deadlock && !_recorder.IsFull;

    /// <summary>In a few words: <c>exited 0</c>, <c>killed by SIGSEGV</c>.</summary>
    public string Ending => Exit.End switch
    {
        MachineEnd.Finished when Exit.Signal != Signal.None => $"killed by {Exit.Signal}",
        MachineEnd.Finished => $"exited {Exit.ExitCode}",
        MachineEnd.TimedOut => "stopped: the time was over",
        _ => Exit.Message ?? Exit.End.ToString(),
    };

    /// <summary>The program's path in the guest's tree, links resolved, once it has been started.</summary>
    public string? ProgramPath { get; private set; }

    /// <summary>Runs the program to its end.</summary>
    /// <exception cref="UsageException">It cannot be started.</exception>
    public void Execute()
    {
        GuestStart.MountRoot(_machine, _options, _environment);
        if (GuestStart.Begin(_machine, _options, _environment, out string message) != 0)
            throw new UsageException(message);

        foreach (GuestTask task in _machine.Tasks.All)
            ProgramPath ??= System.Text.Encoding.UTF8.GetString(task.Group.ExecutablePath);
        using (_options.Timeout is { } time ? new TimeLimit(_machine, time) : null)
            Exit = _machine.Run();
    }

    /// <summary>Where a call was made: <c>write+0x14 (libc.so.6)</c>. After the run.</summary>
    public string Describe(TaskEvent item) => item.Kind != TaskEventKind.Call || item.Place is null ? "" : (_symbols ??= new SymbolBook(_machine.Files)).Describe(item.Place);

    /// <summary>A file of the guests' tree, after the run; null when it cannot be read.</summary>
    public byte[]? ReadFile(string path, int most) => _machine.Files.Read(GuestStrings.Encode(path), most).TryGet(out byte[]? content, out _) ? content : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        _machine.Dispose();
        _host.Dispose();
        _waiter.Dispose();
    }
}
