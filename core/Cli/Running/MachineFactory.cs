using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Platform.Host;
using Kpio.Platform.X64;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Cli.Running;

/// <summary>Puts a machine together from the emulated hardware, the host below and plugins: the one place that knows them all.</summary>
internal static class MachineFactory
{
    public static Machine Create(RunOptions options, HostMachine host, PlainList<PluginSource> plugins, Action<string>? log, Action<string> report, Func<bool>? idle = null, FrameStore? frames = null, MemoryPool? pool = null)
    {
        var defaults = new MachineOptions();
        var setup = new MachineSetup
        {
            Platform = entropy => CreatePlatform(options, frames, pool, entropy),
            Console = host.Console,
            Waiter = host.Waiter,
            HostClock = host.Clock,
            Entropy = host.Entropy,
            Options = defaults with
            {
                MemoryBytes = options.MemoryBytes,
                MaximumTasks = options.MaximumTasks,
                Cpu = options.Cpu,
                Deterministic = options.Deterministic,
                Seed = options.Seed,
                Scheduler = options.Scheduler,
                Release = options.Release ?? defaults.Release,
            },
            Clock = options.Clock,
            Plugins = plugins,
            AbiTiers = options.Abi is null && options.Tiers.Count == 0 ? [] : PluginCatalog.Tiers(plugins, options),
            Log = log,
            Report = report,
            Idle = idle,
        };
        setup.HostServices.Add(new(typeof(IHostFiles), host.Files));
        setup.HostServices.Add(new(typeof(IHostFileContent), host.FileContent));
        setup.HostServices.Add(new(typeof(IHostFileNames), host.FileNames));
        if (UsesTerminal(options, host))
            setup.HostServices.Add(new(typeof(IHostTerminal), host.Terminal!));
        return Machine.Create(setup);
    }

    /// <summary>
    /// Whether the user's terminal becomes the machine's console. What a deterministic machine sees must not depend on when a key is pressed:
    /// it reads plain lines, and waits for them. A terminal that nobody has to take is the caller's own, with keys that the machine's output decides on.
    /// </summary>
    public static bool UsesTerminal(RunOptions options, HostMachine host) =>
        host.TerminalControl is { } control
            ? !options.Deterministic && control.CanTake && options.Restored is not { HasTerminal: false }
            : host.Terminal is not null;

    private static MachinePlatform CreatePlatform(RunOptions options, FrameStore? frames, MemoryPool? pool, IEntropySource entropy)
    {
        ICodeMemory? code = options.Translates ? HostMachine.FindCodeMemory() : null;
        X64Machine machine = frames is null
            ? new X64Machine(options.MemoryBytes, entropy.Fill, pool) { Model = options.Cpu, CodeMemory = code }
            : new X64Machine(frames, entropy.Fill, pool) { Model = options.Cpu, CodeMemory = code };
        return new MachinePlatform
        {
            Memory = machine.PhysicalMemory,
            Mmu = machine.Mmu,
            GuestMemory = machine.GuestMemory,
            Timing = machine.Timing,
            CreateCpu = machine.CreateCpu,
            Describer = new InstructionDescriber(),
            Release = machine.Dispose,
        };
    }
}
