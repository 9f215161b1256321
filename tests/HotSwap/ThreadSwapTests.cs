using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>Programs with threads on a deterministic machine: with swaps they do the same in the same cycles as without.</summary>
public sealed class ThreadSwapTests
{
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
