using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>Stopped tracees (ptrace(2)) go over to the next generation.</summary>
public sealed class TraceeSwapTests
{
    public static TheoryData<string> Tracers => [.. GuestProgram.Sources("conformance").Where(static source => source.Contains("/ptrace", StringComparison.Ordinal))];

    /// <summary>ptrace(2): tracees that are stopped, by a signal, at a call, at an event or by a step, are found by their tracers after a swap as they were.</summary>
    [Theory]
    [MemberData(nameof(Tracers))]
    public void StoppedTraceesGoOver(string source)
    {
        Machine? machine = null;
        var stops = new HashSet<TraceStop>();
        var runner = new KpioMachineRunner
        {
            SwapEvery = 2,
            Prepare = made => machine = made,
            Swapped = _ => stops.UnionWith(machine!.Tasks.All.Select(static task => task.Trace?.Stop ?? TraceStop.None)),
        };
        GuestCase.Check(runner, source);
        Assert.True(stops.Count > 2, "stops that were swapped: " + string.Join(' ', stops));
    }
}
