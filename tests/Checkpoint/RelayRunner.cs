using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;
using Kpio.Platform.X64;
using Kpio.Testing;

namespace Kpio.Checkpoint.Tests;

/// <summary>
/// Runs a program on one machine after another: after some system calls the machine is kept, ended and disposed of, and a new one goes on
/// from there, and so on. The console alone is the same one.
/// </summary>
internal sealed class RelayRunner : IProgramRunner
{
    private const long MemoryBytes = 1L << 30;

    public string Name => "kpio";

    /// <summary>After how many calls the first machine ends.</summary>
    public required long FirstCalls { get; init; }

    /// <summary>How many times as many calls each next machine makes: programs that make many calls go through few machines.</summary>
    public double Growth { get; init; } = 1.3;

    /// <summary>What each machine is started with.</summary>
    public MachineOptions Options { get; init; } = new() { MemoryBytes = MemoryBytes };

    /// <summary>Whether the scratch folder is the host's own, for writing; else changes stay in the machine.</summary>
    public bool WritesScratch { get; init; } = true;

    /// <summary>The number of machines of the last run.</summary>
    public int Machines { get; private set; }

    /// <summary>Called with each machine before it runs.</summary>
    public Action<Machine>? Prepare { get; init; }

    /// <summary>What becomes of a snapshot on its way: through a file, for one.</summary>
    public Func<MachineSnapshot, MachineSnapshot> Carry { get; init; } = static snapshot => snapshot;

    /// <summary>The last machine's cycles.</summary>
    public long Cycles { get; private set; }

    public RunResult Run(ProgramRun run, ScratchDirectory scratch)
    {
        var console = new MemoryConsole(run.Input);
        MachineSnapshot? snapshot = null;
        double calls = FirstCalls;
        Machines = 0;
        while (true)
        {
            using HostMachine host = HostMachine.Create();
            using var waiter = new MemoryWaiter();
            using var machine = Machine.Create(Setup(host, waiter, console));
            Prepare?.Invoke(machine);
            Machines++;
            if (snapshot is not null)
                machine.Restore(snapshot);
            else if (Start(machine, run, scratch) is var error && error != Errno.None)
                return new RunResult(console.Output, console.Error, error == Errno.ENOENT ? 127 : 126, false);
            MachineSnapshot? taken = null;
            machine.CaptureAfter((long)calls, repeats: false, kept =>
            {
                taken = Carry(kept);
                machine.Stop(MachineEnd.Stopped);
            });
            using var timer = new Timer(_ => machine.Stop(MachineEnd.TimedOut), null, run.Timeout, System.Threading.Timeout.InfiniteTimeSpan);
            MachineExit exit = machine.Run();
            Cycles = machine.Cycles;
            if (exit.End == MachineEnd.Stopped && taken is not null)
            {
                snapshot = taken;
                calls *= Growth;
                continue;
            }

            if (exit.Message is { } message)
                console.Report(message);
            return new RunResult(console.Output, console.Error, exit.ExitCode, exit.End == MachineEnd.TimedOut);
        }
    }

    /// <summary>Makes a machine of a snapshot, and nothing more.</summary>
    public void TryRestore(MachineSnapshot snapshot)
    {
        using HostMachine host = HostMachine.Create();
        using var waiter = new MemoryWaiter();
        using var machine = Machine.Create(Setup(host, waiter, new MemoryConsole([])));
        machine.Restore(snapshot);
    }

    /// <summary>Makes a machine without mounts and program.</summary>
    public Machine Make(HostMachine host, MemoryWaiter waiter, MemoryConsole console) => Machine.Create(Setup(host, waiter, console));

    /// <summary>Starts a line of BusyBox's shell on a machine that has no program, or none any more.</summary>
    public static Errno StartShell(Machine machine, string line, bool isFirst)
    {
        if (isFirst)
            Assert.Equal(Errno.None, machine.Slots.Mounts.Current.MountMachine(new MachineMounts(RootKind.Host, null, [], [])));
        return machine.Start(
            new ProgramRequest
            {
                Path = "/bin/busybox"u8.ToArray(),
                Arguments = ["busybox"u8.ToArray(), "sh"u8.ToArray(), "-c"u8.ToArray(), Encoding.UTF8.GetBytes(line)],
                Environment = ["PATH=/bin:/usr/bin"u8.ToArray()],
                WorkingDirectory = "/"u8.ToArray(),
                Credentials = Credentials.Of(0, 0),
            },
            out _);
    }

    private MachineSetup Setup(HostMachine host, MemoryWaiter waiter, MemoryConsole console) => new()
    {
        Platform = entropy =>
        {
            var machine = new X64Machine(Options.MemoryBytes, entropy.Fill) { Model = Options.Cpu };
            return new MachinePlatform
            {
                Memory = machine.PhysicalMemory,
                Mmu = machine.Mmu,
                GuestMemory = machine.GuestMemory,
                Timing = machine.Timing,
                CreateCpu = machine.CreateCpu,
                Release = machine.Dispose,
            };
        },
        Console = console,
        Waiter = waiter,
        HostClock = host.Clock,
        Options = Options,
        Plugins = [.. KpioMachineRunner.UsualPlugins.Append("Tracing").Select(static name => PluginSource.BuiltIn(KpioMachineRunner.PluginPath(name)))],
        HostServices =
        [
            new(typeof(IHostFiles), host.Files),
            new(typeof(IHostFileContent), host.FileContent),
            new(typeof(IHostFileNames), host.FileNames),
        ],
        Report = console.Report,
    };

    private Errno Start(Machine machine, ProgramRun run, ScratchDirectory scratch)
    {
        Errno error = machine.Slots.Mounts.Current.MountMachine(new MachineMounts(RootKind.Host, null, [], []));
        if (error == Errno.None && WritesScratch)
            error = machine.Mount("host", new MountOptions(scratch.Path, ReadOnly: false), Encoding.UTF8.GetBytes(scratch.Path));
        Assert.Equal(Errno.None, error);
        byte[] program = Encoding.Latin1.GetBytes(run.Program);
        return machine.Start(
            new ProgramRequest
            {
                Path = program,
                Arguments = [program, .. run.Arguments.Select(Encoding.UTF8.GetBytes)],
                Environment = [.. run.EnvironmentIn(scratch.Path).Select(static v => Encoding.UTF8.GetBytes($"{v.Key}={v.Value}"))],
                WorkingDirectory = Encoding.UTF8.GetBytes(scratch.Path),
                Credentials = Credentials.Of(0, 0),
            },
            out _);
    }
}
