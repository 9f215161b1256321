using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.PluginKit.Tests;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace Kpio.Samples.LotteryScheduler;

/// <summary>The plugin as such.</summary>
public sealed class LotteryPluginConformance : PluginConformance
{
    protected override PluginSource Plugin { get; } = SampleFiles.Plugin("LotteryScheduler");
}

/// <summary>The scheduler as such.</summary>
public sealed class LotteryConformance : SchedulerConformance
{
    private static readonly PluginSource Plugin = SampleFiles.Plugin("LotteryScheduler");

    protected override IScheduler Create(ulong seed, ITaskTable tasks)
    {
        // The plugin's own class, by what it registers: with the options and the table of tasks that a machine would give it.
        return PluginServices.Make<IScheduler>(Plugin, new MachineOptions { Seed = seed }, tasks);
    }
}

/// <summary>It takes the place of the built-in one, and orders tasks in its own way.</summary>
public sealed class LotterySchedulerTests
{
    private static readonly PluginSource Plugin = SampleFiles.Plugin("LotteryScheduler");

    // Three children that print their letter eight times with some work between.
    private static readonly byte[] Guest = AssembledGuest.Make(static guest =>
    {
        for (int child = 0; child < 3; child++)
        {
            Iced.Intel.Label parent = guest.Code.CreateLabel(), again = guest.Code.CreateLabel(), work = guest.Code.CreateLabel();
            guest.Call(57); // fork
            guest.Code.test(Iced.Intel.AssemblerRegisters.rax, Iced.Intel.AssemblerRegisters.rax);
            guest.Code.jne(parent);
            guest.Code.mov(Iced.Intel.AssemblerRegisters.rbx, 8L);
            guest.Code.Label(ref again);
            guest.Code.mov(Iced.Intel.AssemblerRegisters.rbp, 150_000L);
            guest.Code.Label(ref work);
            guest.Code.dec(Iced.Intel.AssemblerRegisters.rbp);
            guest.Code.jne(work);
            guest.Print(((char)('a' + child)).ToString());
            guest.Code.dec(Iced.Intel.AssemblerRegisters.rbx);
            guest.Code.jne(again);
            guest.Call(60, 0);
            guest.Code.Label(ref parent);
        }

        for (int child = 0; child < 3; child++)
            guest.Call(61, -1, 0, 0, 0); // wait4
    });

    [Fact]
    public void TheSeedDecidesTheOrder()
    {
        string first = Run(1), again = Run(1), other = Run(2), builtIn = Run(1, []);
        Assert.Equal("aaaaaaaabbbbbbbbcccccccc", new string([.. first.Order()]));
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.NotEqual(first, builtIn);
    }

    [Fact]
    public void ItTakesOverFromTheBuiltInOneWhileProgramsRun()
    {
        GuestRun run = Fixture(1, [], after: 12, new PluginSwap(Plugin)).Run("/run/kpio-test/guest");
        Assert.Equal((0, ""), (run.ExitCode, run.ErrorText));
        Assert.Equal("aaaaaaaabbbbbbbbcccccccc", new string([.. run.OutputText.Order()]));
        Assert.Equal("lottery-scheduler", Assert.Single(Assert.Single(run.Swaps).Plugins).Name);
        Assert.NotEqual(Run(1, []), run.OutputText);
    }

    private static string Run(ulong seed, PluginSource[]? plugins = null) => Fixture(seed, plugins ?? [Plugin]).Run("/run/kpio-test/guest").OutputText;

    private static KernelFixture Fixture(ulong seed, PluginSource[] plugins, long after = 0, PluginSwap? swap = null) => new()
    {
        Root = Contracts.Vfs.RootKind.Empty,
        Plugins = plugins,
        Options = new MachineOptions { Deterministic = true, Seed = seed, MemoryBytes = 128 << 20 },
        Files = new Dictionary<string, byte[]> { ["guest"] = Guest },
        SwapAfter = after,
        Swaps = swap is null ? [] : [swap],
    };
}
