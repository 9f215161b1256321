using Kpio.Contracts.Values;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.PluginKit.Tests;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace Kpio.Samples.SharedCounters;

/// <summary>The variant as such.</summary>
public sealed class SharedCountersConformance : SyscallLayerConformance
{
    protected override PluginSource Plugin { get; } = SampleFiles.Plugin("SharedCounters");
}

/// <summary>The two calls, by a program that makes them.</summary>
public sealed class SharedCountersTests
{
    private const string Expected = "done: 40\nbelow zero: -1, ERANGE\nback to: 0\n";

    private static readonly PluginSource Plugin = SampleFiles.Plugin("SharedCounters");

    [Fact]
    public void ProcessesMeetAtCounters()
    {
        GuestRun run = Fixture(0).Run("/run/kpio-test/counters");
        Assert.Equal((0, Expected, ""), (run.ExitCode, run.OutputText, run.ErrorText));
        Assert.Equal(4, run.Trace.Count(static call => call is { Name: "counter_add", Arguments: [1, 10, ..] }));
        Assert.Contains(run.Trace, static call => call is { Name: "counter_wait", Result: 40 });
    }

    /// <summary>Counters and waiting calls go over to new generations of the plugin.</summary>
    [Fact]
    public void CallsThatWaitGoOnAfterASwap()
    {
        GuestRun plain = Fixture(0).Run("/run/kpio-test/counters"), swapped = Fixture(5).Run("/run/kpio-test/counters");
        Assert.Equal((0, Expected, ""), (swapped.ExitCode, swapped.OutputText, swapped.ErrorText));
        Assert.True(swapped.Swaps.Count > 5, $"{swapped.Swaps.Count} swaps");
        Assert.Contains(swapped.Swaps, static swap => swap.CallsCarriedOver > 0);
        Assert.Equal(plain.Cycles, swapped.Cycles);
    }

    [Fact]
    public void WithoutTheVariantThereAreNoSuchCalls()
    {
        GuestRun run = new KernelFixture { Files = Files() }.Run("/run/kpio-test/counters");
        Assert.Equal((1, "no shared counters here: Function not implemented\n"), (run.ExitCode, run.OutputText));
    }

    [Fact]
    public void CountersStayBetweenTheirEnds()
    {
        using var kernel = new TestKernel(new KernelFixture { Plugins = [Plugin], Abi = Plugin });
        Assert.Equal(long.MaxValue, kernel.Call("counter_add", 7, long.MaxValue).Raw);
        Assert.Equal(Errno.ERANGE, kernel.Call("counter_add", 7, 1).Errno);
        Assert.Equal(Errno.ERANGE, kernel.Call("counter_add", 8, unchecked((ulong)-1L)).Errno);
        Assert.Equal(Errno.ERANGE, kernel.Call("counter_add", 7, 1UL << 63).Errno);
        Assert.Equal(0, kernel.Call("counter_add", 8, 0).Raw);
        Assert.True(kernel.Call("counter_wait", 8, 1).IsWait);
        Assert.Equal(long.MaxValue, kernel.Call("counter_wait", 7, 1).Raw);
    }

    private static Dictionary<string, byte[]> Files() => new()
    {
        ["counters"] = File.ReadAllBytes(GuestProgram.Build(SampleFiles.Source("SharedCounters", "counters.c"))),
    };

    private static KernelFixture Fixture(long every) => new()
    {
        Plugins = [Plugin],
        Abi = Plugin,
        Files = Files(),
        SwapEvery = every,
        Swaps = [new PluginSwap(Plugin)],
    };
}
