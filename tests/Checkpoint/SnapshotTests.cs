using Kpio.Contracts.Process;
using Kpio.Testing;

namespace Kpio.Checkpoint.Tests;

/// <summary>Programs that go from machine to machine print what they print natively.</summary>
public sealed class SnapshotTests
{
    public static TheoryData<string> Sources => [.. GuestProgram.Sources("conformance")];

    /// <summary>Each conformance guest, in a new machine after some of its calls, and again and again.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public void ConformanceGuestAgreesWithLinux(string source) => GuestCase.Check(new RelayRunner { FirstCalls = 20 + (source.Length % 13) }, source);

    public static TheoryData<string, SchedulerKind> Threads
    {
        get
        {
            var data = new TheoryData<string, SchedulerKind>();
            foreach (string source in GuestProgram.Sources("threads"))
                data.Add(source, source.Length % 2 == 0 ? SchedulerKind.RoundRobin : SchedulerKind.Chaos);
            return data;
        }
    }

    /// <summary>A deterministic program does the same in many machines as in one: each call, signal and switch of tasks in the same cycle.</summary>
    [Theory]
    [MemberData(nameof(Threads))]
    public void NothingOfTheOrderOrTheCyclesChanges(string source, SchedulerKind scheduler)
    {
        var run = new ProgramRun(GuestProgram.Build(source, GuestVariant.Glibc)) { Timeout = TimeSpan.FromMinutes(2) };
        (RunResult Result, List<string> Events, long Cycles, int Machines) whole = Run(long.MaxValue / 2), relayed = Run(25);
        Assert.Equal((whole.Result.OutputText, whole.Result.ErrorText, whole.Result.ExitCode), (relayed.Result.OutputText, relayed.Result.ErrorText, relayed.Result.ExitCode));
        Assert.Equal(whole.Events, relayed.Events);
        Assert.Equal(whole.Cycles, relayed.Cycles);
        Assert.True(relayed.Machines > 2, $"{relayed.Machines} machines");

        (RunResult Result, List<string> Events, long Cycles, int Machines) Run(long calls)
        {
            using var scratch = new ScratchDirectory();
            var log = new EventLog();
            var runner = new RelayRunner
            {
                FirstCalls = calls,
                Options = new MachineOptions { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes, Deterministic = true, Seed = 7, Scheduler = scheduler },
                Prepare = log.Follow,
            };
            RunResult result = runner.Run(run, scratch);
            return (result, log.Lines, runner.Cycles, runner.Machines);
        }
    }
}
