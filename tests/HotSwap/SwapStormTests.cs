using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>Every plugin is replaced again and again while programs run, which must not notice. <c>tests/swap-storm.sh</c> is the long form.</summary>
public sealed class SwapStormTests
{
    private const long Every = 500;

    public static TheoryData<string> Sources => [.. GuestProgram.Sources("conformance")];

    public static TheoryData<string, SchedulerKind> Threads
    {
        get
        {
            var data = new TheoryData<string, SchedulerKind>();
            foreach (string source in GuestProgram.Sources("threads"))
            {
                data.Add(source, SchedulerKind.RoundRobin);
                data.Add(source, SchedulerKind.Chaos);
            }

            return data;
        }
    }

    /// <summary>The conformance guests print on a machine with a swap of all plugins every so many calls what they print natively.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public void ConformanceGuestAgreesWithLinux(string source) => GuestCase.Check(new KpioMachineRunner { SwapEvery = Every }, source);

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

    /// <summary>With and without swaps a deterministic machine does the same in the same cycles: every call, signal and switch of tasks.</summary>
    [Theory]
    [MemberData(nameof(Threads))]
    public void NothingOfTheOrderOrTheCyclesChanges(string source, SchedulerKind scheduler)
    {
        string program = GuestProgram.Build(source, GuestVariant.Glibc);
        using var scratch = new ScratchDirectory();
        (RunResult Result, string Digest, long Cycles, int Swaps) plain = Run(0), swapped = Run(10);
        Assert.Equal((plain.Result.OutputText, plain.Result.ErrorText, plain.Result.ExitCode), (swapped.Result.OutputText, swapped.Result.ErrorText, swapped.Result.ExitCode));
        Assert.Equal((plain.Digest, plain.Cycles), (swapped.Digest, swapped.Cycles));
        Assert.True(swapped.Swaps > 0, "there was no swap");

        (RunResult Result, string Digest, long Cycles, int Swaps) Run(long every)
        {
            TraceDigest? digest = null;
            long cycles = 0;
            int swaps = 0;
            scratch.Empty();
            var runner = new KpioMachineRunner
            {
                Options = new MachineOptions { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Deterministic = true, Seed = 7, Scheduler = scheduler },
                SwapEvery = every,
                Swapped = _ => swaps++,
                Prepare = machine => digest = new TraceDigest(machine),
                Inspect = (machine, _) => cycles = machine.Cycles,
            };
            RunResult result = runner.Run(new ProgramRun(program), scratch);
            using (digest)
                return (result, digest!.Value, cycles, swaps);
        }
    }
}
