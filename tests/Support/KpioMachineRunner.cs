using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;
using Kpio.Platform.X64;

namespace Kpio.Testing;

/// <summary>
/// Runs a program on a machine within the test process: the same kernel and plugins as the command, without a process to start. The
/// host's tree is the root, read-only, with the scratch folder mounted for writing. Programs that test the command itself use
/// <see cref="KpioCommandRunner"/>.
/// </summary>
public sealed class KpioMachineRunner : IProgramRunner
{
    /// <summary>The plugins that every machine needs.</summary>
    public static IReadOnlyList<string> UsualPlugins { get; } = ["Vfs", "Memory", "Process", "LinuxAbi"];

    /// <inheritdoc/>
    public string Name => "kpio";

    /// <summary>The built-in plugins of each machine.</summary>
    public IReadOnlyList<string> Plugins { get; init; } = UsualPlugins;

    /// <summary>What each machine is started with.</summary>
    public MachineOptions Options { get; init; } = new() { MemoryBytes = DefaultMemoryBytes };

    /// <summary>
    /// After how many system calls every plugin is replaced, again and again; 0 for never. <c>KPIO_SWAP_EVERY</c> sets it for every machine
    /// of a test run (tests/swap-storm.sh).
    /// </summary>
    public long SwapEvery { get; init; } = SwapStorm.Every;

    /// <summary>Whether machines translate what they execute often.</summary>
    public bool Translates { get; init; } = EngineComparison.Translates;

    /// <summary>Called with each swap of <see cref="SwapEvery"/>.</summary>
    public Action<SwapReport>? Swapped { get; init; }

    /// <summary>Called with the memory of each machine: how much of it is in use may be asked for at any time.</summary>
    public Action<IPhysicalMemory>? MemoryMade { get; init; }

    /// <summary>Called with each machine before it runs: observers, for one.</summary>
    public Action<Machine>? Prepare { get; init; }

    /// <summary>Called with each machine when its program stands at its entry; what it answers is disposed of when the machine has ended.</summary>
    public Func<Machine, IDisposable?>? Started { get; init; }

    /// <summary>Called with each machine and its memory after it has run.</summary>
    public Action<Machine, IPhysicalMemory>? Inspect { get; init; }

    /// <summary>Takes the lines of KPIO's own log.</summary>
    public Action<string>? Log { get; init; }

    /// <inheritdoc/>
    public RunResult Run(ProgramRun run, ScratchDirectory scratch)
    {
        if (run.KpioOptions.Count > 0)
            throw new NotSupportedException("Options of the command need the KpioCommandRunner.");
        using HostMachine host = HostMachine.Create();
        using var waiter = new MemoryWaiter();
        var console = new MemoryConsole(run.Input);
        IPhysicalMemory? memory = null;
        using var machine = Machine.Create(new MachineSetup
        {
            Platform = entropy =>
            {
                MachinePlatform platform = CreatePlatform(Options, entropy);
                if (memory is null)
                {
                    // The first machine that is made: rehearsals of swaps make others.
                    memory = platform.Memory;
                    MemoryMade?.Invoke(memory);
                }

                return platform;
            },
            Console = console,
            Waiter = waiter,
            HostClock = host.Clock,
            Options = Options,
            Plugins = [.. Plugins.Select(static name => PluginSource.BuiltIn(PluginPath(name)))],
            HostServices =
            [
                new(typeof(IHostFiles), host.Files),
                new(typeof(IHostFileContent), host.FileContent),
                new(typeof(IHostFileNames), host.FileNames),
            ],
            Log = Log,
            Report = console.Report,
        });
        Require(machine.Slots.Mounts.Current.MountMachine(new MachineMounts(RootKind.Host, null, [], [])), "the root");
        Require(machine.Mount("host", new MountOptions(scratch.Path, ReadOnly: false), Encoding.UTF8.GetBytes(scratch.Path)), scratch.Path);
        var pauses = new List<TimeSpan>();
        if (SwapEvery > 0)
        {
            machine.SwapAfter(
                SwapEvery,
                repeats: true,
                () => [.. machine.Plugins.Select(static plugin => new PluginSwap(plugin.Source))],
                report =>
                {
                    pauses.Add(report.Pause);
                    Swapped?.Invoke(report);
                });
        }

        Prepare?.Invoke(machine);

        byte[] program = Encoding.Latin1.GetBytes(run.Program);
        Errno error = machine.Start(
            new ProgramRequest
            {
                Path = program,
                Arguments = [program, .. run.Arguments.Select(Encoding.UTF8.GetBytes)],
                Environment = [.. run.EnvironmentIn(scratch.Path).Select(static v => Encoding.UTF8.GetBytes($"{v.Key}={v.Value}"))],
                WorkingDirectory = Encoding.UTF8.GetBytes(scratch.Path),
                Credentials = Credentials.Of(0, 0),
            },
            out string culprit);
        if (error != Errno.None)
        {
            console.Report($"{culprit} {run.Program}: {error}");
            return new RunResult(console.Output, console.Error, error == Errno.ENOENT ? 127 : 126, false);
        }

        using IDisposable? company = Started?.Invoke(machine);
        using var timer = new Timer(_ => machine.Stop(MachineEnd.TimedOut), null, run.Timeout, System.Threading.Timeout.InfiniteTimeSpan);
        MachineExit exit = machine.Run();
        if (SwapEvery > 0)
            SwapStorm.Add($"{Path.GetFileName(run.Program)} {string.Join(' ', run.Arguments)}", pauses);
        Inspect?.Invoke(machine, memory!);
        if (exit.Message is { } message)
            console.Report(message);
        return new RunResult(console.Output, console.Error, exit.ExitCode, exit.End == MachineEnd.TimedOut);
    }

    /// <summary>Where the tests' build has left a plugin.</summary>
    public static string PluginPath(string name)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
        string assembly = $"Kpio.Plugins.{name}";
        return RepositoryRoot.Combine("artifacts", "bin", assembly, configuration, assembly + ".dll");
    }

    /// <summary>The memory of a machine unless a test wants another: 1 GiB.</summary>
    public const long DefaultMemoryBytes = 1L << 30;

    private MachinePlatform CreatePlatform(MachineOptions options, IEntropySource entropy)
    {
        var machine = new X64Machine(options.MemoryBytes, entropy.Fill) { Model = options.Cpu, CodeMemory = Translates ? HostMachine.FindCodeMemory() : null, TranslateAfter = EngineComparison.TranslateAfter, CodeCacheBytes = EngineComparison.CodeCacheBytes };
        return new MachinePlatform
        {
            Memory = machine.PhysicalMemory,
            Mmu = machine.Mmu,
            GuestMemory = machine.GuestMemory,
            Timing = machine.Timing,
            CreateCpu = machine.CreateCpu,
            Release = machine.Dispose,
        };
    }

    private static void Require(Errno error, string what)
    {
        if (error != Errno.None)
            throw new InvalidOperationException($"{what} cannot be mounted: {error}");
    }
}
