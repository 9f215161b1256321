using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;

namespace Kpio.Testing;

/// <summary>
/// Runs Linux programs on a KPIO machine within the test process: a fresh machine for each run, with the plugins, files and mounts that its
/// properties say. Deterministic unless told otherwise: the same program gives the same output, trace and cycles each time.
/// </summary>
public sealed class KernelFixture
{
    /// <summary>The memory of a machine unless a test wants another: 512 MiB.</summary>
    public const long DefaultMemoryBytes = 512L << 20;

    /// <summary>Plugins beside the built-in ones, in the order of loading; one that has the name of a built-in one takes its place.</summary>
    public IReadOnlyList<PluginSource> Plugins { get; init; } = [];

    /// <summary>The plugin of <see cref="Plugins"/> whose ABI the programs get; null for Linux's.</summary>
    public PluginSource? Abi { get; init; }

    /// <summary>What the machine's root is. The host's tree is read-only below memory: nothing that a program does reaches it.</summary>
    public RootKind Root { get; init; } = RootKind.Host;

    /// <summary>The programs' working directory, made when it is missing: an empty tree in memory.</summary>
    public string WorkingDirectory { get; init; } = "/run/kpio-test";

    /// <summary>Files that are there before, by paths relative to the working directory; everybody may read and execute them.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; init; } = new Dictionary<string, byte[]>();

    /// <summary>Further mounts.</summary>
    public IReadOnlyList<MachineMount> Mounts { get; init; } = [];

    /// <summary>Bytes of standard input, which then ends.</summary>
    public byte[] Input { get; init; } = [];

    /// <summary>The whole environment of the program.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>
    {
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["HOME"] = "/",
        ["LC_ALL"] = "C",
    };

    /// <summary>What plugins are told of the machine.</summary>
    public MachineOptions Options { get; init; } = new() { Deterministic = true, MemoryBytes = DefaultMemoryBytes };

    /// <summary>After how many system calls all of <see cref="Swaps"/> are swapped, again and again; 0 for never.</summary>
    public long SwapEvery { get; init; }

    /// <summary>After how many system calls all of <see cref="Swaps"/> are swapped, once; 0 for never.</summary>
    public long SwapAfter { get; init; }

    /// <summary>What is swapped in; empty for every plugin of the machine, each for itself.</summary>
    public IReadOnlyList<PluginSwap> Swaps { get; init; } = [];

    /// <summary>How long a run may take in time of the host.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Called with each machine before its program starts.</summary>
    public Action<Machine>? Prepare { get; init; }

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its path in the guest's tree, or a name that is looked for in PATH.</param>
    /// <param name="arguments">Its arguments, argv[0] apart.</param>
    /// <exception cref="Kpio.Kernel.Hosting.MachineSetupException">A plugin cannot be loaded.</exception>
    public GuestRun Run(string program, params IReadOnlyList<string> arguments)
    {
        var console = new MemoryConsole(Input);
        using var waiter = new MemoryWaiter();
        using HostMachine host = HostMachine.Create();
        using Machine machine = CreateMachine(host, console, waiter, console.Report);
        Require(machine.Slots.Mounts.Current.MountMachine(new MachineMounts(Root, null, [], [])), "the root");
        var recorder = new CallRecorder();
        machine.Observers.Add(recorder);
        var reports = new List<SwapReport>();
        if (SwapEvery > 0)
            machine.SwapAfter(SwapEvery, repeats: true, () => ChosenSwaps(machine), reports.Add);
        if (SwapAfter > 0)
            machine.SwapAfter(SwapAfter, repeats: false, () => ChosenSwaps(machine), reports.Add);
        Prepare?.Invoke(machine);

        Errno error = machine.Start(CreateRequest(program, arguments), out string culprit);
        MachineExit exit = default;
        if (error != Errno.None)
        {
            console.Report($"{culprit} {program}: {error}");
        }
        else
        {
            using var timer = new Timer(_ => machine.Stop(MachineEnd.TimedOut), null, TimeLimit, Timeout.InfiniteTimeSpan);
            exit = machine.Run();
            if (exit.Message is { } message)
                console.Report(message);
        }

        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        if (error == Errno.None)
            Gather(machine, WorkingDirectory, "", files);
        return new GuestRun
        {
            Exit = exit,
            ExitCode = error == Errno.None ? exit.ExitCode : error == Errno.ENOENT ? 127 : 126,
            Output = console.Output,
            Error = console.Error,
            Trace = recorder.Calls,
            Cycles = machine.Cycles,
            Files = files,
            Swaps = reports,
        };
    }

    /// <summary>Makes a machine without mounts and programs.</summary>
    internal Machine CreateMachine(HostMachine host, IHostConsole console, IHostWaiter waiter, Action<string> report, Action<MachinePlatform>? made = null) => Machine.Create(new MachineSetup
    {
        Platform = entropy =>
        {
            MachinePlatform platform = BuiltInPlugins.CreatePlatform(Options, entropy);
            made?.Invoke(platform);
            made = null; // rehearsals of swaps make machines of their own
            return platform;
        },
        Console = console,
        Waiter = waiter,
        HostClock = host.Clock,
        Options = Options,
        Plugins = AllPlugins(),
        AbiTiers = Abi is null ? [] : [AbiTier.Of(Abi)],
        HostServices =
        [
            new(typeof(IHostFiles), host.Files),
            new(typeof(IHostFileContent), host.FileContent),
            new(typeof(IHostFileNames), host.FileNames),
        ],
        Report = report,
    });

    /// <summary>The built-in plugins and those of the test. A plugin of the name of a built-in one is in its place.</summary>
    private PlainList<PluginSource> AllPlugins()
    {
        HashSet<string> own = [.. Plugins.Select(PluginNames.Of)];
        return [.. BuiltInPlugins.Required.Append("Tracing").Select(BuiltInPlugins.Open).Where(source => !own.Contains(PluginNames.Of(source))), .. Plugins];
    }

    private IReadOnlyList<PluginSwap> ChosenSwaps(Machine machine) =>
        Swaps.Count > 0 ? Swaps : [.. machine.Plugins.Select(static plugin => new PluginSwap(plugin.Source))];

    private ProgramRequest CreateRequest(string program, IReadOnlyList<string> arguments)
    {
        byte[] name = Encoding.UTF8.GetBytes(program);
        return new ProgramRequest
        {
            Path = name,
            SearchPath = Encoding.UTF8.GetBytes(Environment.TryGetValue("PATH", out string? path) ? path : "/bin:/usr/bin"),
            Arguments = [name, .. arguments.Select(Encoding.UTF8.GetBytes)],
            Environment = [.. Environment.Select(static variable => Encoding.UTF8.GetBytes($"{variable.Key}={variable.Value}"))],
            WorkingDirectory = Encoding.UTF8.GetBytes(WorkingDirectory),
            Mounts = [new MachineMount("tmpfs", new MountOptions("kpio-test"), Encoding.UTF8.GetBytes(WorkingDirectory)), .. Mounts],
            Prepare = PutFiles,
        };
    }

    private Errno PutFiles(MachineFiles files)
    {
        foreach ((string name, byte[] content) in Files)
        {
            Errno error = files.Write(Encoding.UTF8.GetBytes($"{WorkingDirectory}/{name}"), content, 0x1ED);
            if (error != Errno.None)
                return error;
        }

        return Errno.None;
    }

    private static void Gather(Machine machine, string folder, string prefix, SortedDictionary<string, byte[]> files)
    {
        if (!machine.Files.List(Encoding.UTF8.GetBytes(folder)).TryGet(out IReadOnlyList<byte[]>? names, out _))
            return;
        foreach (byte[] bytes in names)
        {
            string name = Encoding.UTF8.GetString(bytes);
            byte[] path = Encoding.UTF8.GetBytes($"{folder}/{name}");
            FileKind kind = machine.Files.Stat(path).ValueOrDefault.Kind;
            if (kind == FileKind.Directory)
                Gather(machine, $"{folder}/{name}", $"{prefix}{name}/", files);
            else if (kind == FileKind.Regular && machine.Files.Read(path).TryGet(out byte[]? content, out _))
                files[prefix + name] = content;
        }
    }

    private static void Require(Errno error, string what)
    {
        if (error != Errno.None)
            throw new InvalidOperationException($"{what} cannot be mounted: {error}");
    }
}
