using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Host;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Kernel.HotSwap;
using Kpio.Platform.Host;
using Kpio.Platform.Host.InMemory;
using Kpio.Platform.X64;

namespace Kpio.Bench;

/// <summary>
/// What a system call costs because plugins can be replaced: getuid through the slot, the interface, the generated switch and the LinuxAbi
/// plugin's handler, beside a direct call of a method that does the same. In this process, with the guest's side left out; the
/// shortest of many rounds, which other load on the machine cannot make shorter.
/// </summary>
internal sealed class SlotBenchmark(Workspace workspace)
{
    private const uint Getuid = 102;
    private const int Calls = 1_000_000;
    private const int Rounds = 60;
    private const uint Answer = 7; // the program's user
    private static readonly string[] Plugins = ["Vfs", "Memory", "Process", "LinuxAbi"];

    /// <summary>Measures the built-in plugin and a replaced one, which lies in a context that can be unloaded.</summary>
    public SlotFigures Run(Action<string> progress)
    {
        using HostMachine host = HostMachine.Create();
        using var waiter = new MemoryWaiter();
        using Machine machine = CreateMachine(host, waiter);
        GuestTask task = Start(machine);
        progress("slots");
        double direct = Shortest(() => CallDirectly(new DirectHandler(), task));
        double resident = Shortest(() => CallThroughSlot(machine.Slots.Abi, task));
        machine.Swapper.Swap([new PluginSwap(PluginSource.Assembly(PluginPath("LinuxAbi")))], new SwapOptions { TimeLimit = TimeSpan.FromMinutes(1) });
        double replaced = Shortest(() => CallThroughSlot(machine.Slots.Abi, task));
        return new SlotFigures(direct, resident, replaced);
    }

    private static double Shortest(Func<long> round)
    {
        long shortest = long.MaxValue;
        for (int i = 0; i < Rounds; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            long sum = round();
            long ticks = Stopwatch.GetTimestamp() - begin;
            if (sum != Calls * (long)Answer)
                throw new InvalidOperationException("getuid gave a wrong answer");
            shortest = Math.Min(shortest, ticks);
        }

        return shortest * 1e9 / Stopwatch.Frequency / Calls;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static long CallDirectly(DirectHandler handler, GuestTask task)
    {
        long sum = 0;
        for (int i = 0; i < Calls; i++)
            sum += handler.Getuid(task).Raw;
        return sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static long CallThroughSlot(Slot<ISyscallAbi> slot, GuestTask task)
    {
        var frame = new SyscallFrame(Getuid, 0, 0, 0, 0, 0, 0);
        long sum = 0;
        for (int i = 0; i < Calls; i++)
            sum += slot.Current.Invoke(task, in frame).Raw;
        return sum;
    }

    private Machine CreateMachine(HostMachine host, MemoryWaiter waiter) => Machine.Create(new MachineSetup
    {
        Platform = static entropy =>
        {
            var hardware = new X64Machine(64L << 20, entropy.Fill);
            return new MachinePlatform
            {
                Memory = hardware.PhysicalMemory,
                Mmu = hardware.Mmu,
                GuestMemory = hardware.GuestMemory,
                Timing = hardware.Timing,
                CreateCpu = hardware.CreateCpu,
                Release = hardware.Dispose,
            };
        },
        Console = new MemoryConsole([]),
        Waiter = waiter,
        HostClock = host.Clock,
        Options = new MachineOptions { MemoryBytes = 64L << 20, Deterministic = true },
        Plugins = [.. Plugins.Select(name => PluginSource.BuiltIn(PluginPath(name)))],
        HostServices =
        [
            new(typeof(IHostFiles), host.Files),
            new(typeof(IHostFileContent), host.FileContent),
            new(typeof(IHostFileNames), host.FileNames),
        ],
    });

    private static GuestTask Start(Machine machine)
    {
        string busybox = Workspace.Find("busybox") ?? throw new InvalidOperationException("busybox is not installed: apt install busybox-static");
        byte[] program = Encoding.UTF8.GetBytes(busybox);
        Errno error = machine.Slots.Mounts.Current.MountMachine(new MachineMounts(RootKind.Host, null, [], []));
        if (error == Errno.None)
            error = machine.Start(new ProgramRequest { Path = program, Arguments = [program], Environment = [], WorkingDirectory = "/"u8.ToArray(), Credentials = Credentials.Of(Answer, Answer) }, out _);
        return error == Errno.None ? machine.Tasks.All.First() : throw new InvalidOperationException($"{busybox}: {error}");
    }

    private string PluginPath(string name) => Path.Combine(workspace.Root, "artifacts", "bin", $"Kpio.Plugins.{name}", "release", $"Kpio.Plugins.{name}.dll");

    /// <summary>What the plugin's handler does, called as a method.</summary>
    private sealed class DirectHandler
    {
        // An object's method, as the plugin's is.
        private readonly int _calls = Environment.ProcessorCount;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public SysResult Getuid(GuestTask task) => _calls < 0 ? Errno.EPERM : task.Credentials.RealUser;
    }
}

/// <summary>Nanoseconds a call.</summary>
/// <param name="Direct">Of a method that does what the handler does.</param>
/// <param name="Resident">Through the slot into the built-in plugin.</param>
/// <param name="Replaced">Through the slot into a plugin that was swapped in.</param>
internal sealed record SlotFigures(double Direct, double Resident, double Replaced);
