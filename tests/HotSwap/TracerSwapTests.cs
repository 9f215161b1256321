using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.Kernel.HotSwap;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>Tracers are swapped too: what they write and count is what it would have been without, calls included that began under an old one.</summary>
public sealed class TracerSwapTests
{
    public static TheoryData<string, TraceTarget> Formats => new()
    {
        { "kpio", TraceTarget.File },
        { "strace", TraceTarget.File },
        { "strace", TraceTarget.Console },
        { "json", TraceTarget.File },
        { "normalized", TraceTarget.File },
    };

    [Theory]
    [MemberData(nameof(Formats))]
    public void TheTraceIsTheSame(string format, TraceTarget target)
    {
        using var scratch = new ScratchDirectory();
        (string Trace, long Calls, string Table, int Swaps) plain = Run(0), swapped = Run(3);
        Assert.Contains(format == "json" ? "futex" : "wait4(", plain.Trace, StringComparison.Ordinal);
        Assert.Equal(plain.Trace, swapped.Trace);
        Assert.Equal((plain.Calls, plain.Table), (swapped.Calls, swapped.Table));
        Assert.True(swapped.Swaps > 20, $"{swapped.Swaps} swaps");

        (string Trace, long Calls, string Table, int Swaps) Run(long every)
        {
            using var trace = new StringWriter();
            TracerHandle<ITracer>? tracer = null;
            TracerHandle<ISyscallStatistics>? statistics = null;
            int swaps = 0;
            scratch.Empty();
            var runner = new KpioMachineRunner
            {
                Options = new MachineOptions { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Deterministic = true },
                SwapEvery = every,
                Swapped = _ => swaps++,
                Plugins = [.. KpioMachineRunner.UsualPlugins, "Tracing"],
                Prepare = machine =>
                {
                    tracer = machine.Trace(format, trace, target, SyscallSet.All());
                    statistics = machine.CountCalls();
                },
            };
            RunResult result = runner.Run(new ProgramRun(GuestProgram.Build("load/blocked.c"), "10", "5", "3"), scratch);
            Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
            tracer!.Current.Flush();
            using var table = new StringWriter();
            statistics!.Current.WriteTable(table);
            return (trace.ToString(), statistics.Current.Total, table.ToString(), swaps);
        }
    }

    /// <summary>An observer that was taken off stays off, whichever generation it was of.</summary>
    [Fact]
    public void ATracerThatWasTakenOffStaysOff()
    {
        using var trace = new StringWriter();
        using var scratch = new ScratchDirectory();
        TracerHandle<ITracer>? tracer = null;
        int length = 0;
        int swaps = 0;
        var runner = new KpioMachineRunner
        {
            SwapEvery = 5,
            Swapped = _ =>
            {
                if (++swaps != 4)
                    return;
                tracer!.Remove();
                length = trace.GetStringBuilder().Length;
            },
            Plugins = [.. KpioMachineRunner.UsualPlugins, "Tracing"],
            Prepare = machine => tracer = machine.Trace("strace", trace, TraceTarget.File, SyscallSet.All()),
        };
        Assert.Equal(0, runner.Run(new ProgramRun(GuestProgram.Build("load/blocked.c"), "2", "5", "3"), scratch).ExitCode);
        Assert.True(swaps > 5 && length > 0, "too few swaps");
        Assert.Equal(length, trace.GetStringBuilder().Length);
    }
}
