using System.Text;
using Iced.Intel;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Platform.X64;
using Kpio.Plugins.Memory;
using Kpio.Plugins.Process;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Kernel.Tests;

/// <summary>A machine with the real processor, memory manager and process manager around a <see cref="TestSystem"/>.</summary>
internal sealed class TestMachine : IDisposable
{
    public TestMachine(MachineOptions? options = null, ClockSource clock = ClockSource.Host, PluginSource? plugin = null, Action<MachineSetup>? configure = null)
    {
        var setup = new MachineSetup
        {
            Platform = entropy =>
            {
                var hardware = new X64Machine((options ?? new()).MemoryBytes, entropy.Fill);
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
            Console = Console,
            Waiter = Console,
            HostClock = Console,
            Options = (options ?? new()) with { },
            Clock = clock,
            Plugins = [PluginSource.Instance(() => System), PluginSource.Instance(() => new MemoryPlugin()), PluginSource.Instance(() => new ProcessPlugin())],
            Log = Log.Add,
            Report = Reports.Add,
        };
        if (plugin is not null)
            setup.Plugins.Add(plugin);
        configure?.Invoke(setup);
        Machine = Machine.Create(setup);
    }

    public TestConsole Console { get; } = new();

    public TestSystem System { get; } = new();

    public List<string> Log { get; } = [];

    public List<string> Reports { get; } = [];

    public Machine Machine { get; }

    /// <summary>Machine code with the usual prologue left to the caller.</summary>
    public static byte[] Assemble(Action<Assembler> write)
    {
        var assembler = new Assembler(64);
        write(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), TestSystem.CodeAddress);
        return stream.ToArray();
    }

    /// <summary>Makes a call with constant arguments.</summary>
    public static void Call(Assembler c, uint number, long first = 0, long second = 0, long third = 0)
    {
        c.mov(edi, 0);
        c.mov(rdi, first);
        c.mov(rsi, second);
        c.mov(rdx, third);
        c.mov(eax, number);
        c.syscall();
    }

    /// <summary>Ends the program with the low byte of a value that is in RAX.</summary>
    public static void ExitWithRax(Assembler c)
    {
        c.mov(rdi, rax);
        c.mov(eax, TestSystem.Exit);
        c.syscall();
    }

    public Errno Start(Action<Assembler> program) => Start(Assemble(program));

    public Errno Start(byte[] program)
    {
        System.AddFile("/program", program);
        return Start("/program");
    }

    public Errno Start(string path, params string[] arguments) => Machine.Start(
        new ProgramRequest { Path = Encoding.UTF8.GetBytes(path), Arguments = [.. arguments.Prepend(path).Select(Encoding.UTF8.GetBytes)] }, out _);

    public MachineExit Run(Action<Assembler> program)
    {
        Assert.Equal(Errno.None, Start(program));
        return Machine.Run();
    }

    public void Dispose()
    {
        Machine.Dispose();
        Console.Dispose();
    }
}
