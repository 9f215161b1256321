using Kpio.Contracts.Process;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Much at once: processes, threads, pipes, killed processes. Nothing hangs, and when all have ended nothing of them is left.</summary>
public sealed class LoadTests
{
    private static string Load { get; } = GuestProgram.Build("load/load.c");

    [Theory]
    [InlineData("processes", 1000)]
    [InlineData("threads", 2000)]
    [InlineData("chain", 200)]
    [InlineData("programs", 60)]
    [InlineData("killed", 200)]
    [InlineData("user_bomb", 30)]
    [InlineData("user_storm", 200)]
    [InlineData("signals", 100_000)]
    public void AgreesWithLinux(string load, int count) => Parity.Check(Runners.Default, Run(load, count));

    /// <summary>Tasks, open files and frames are the same after much as after little.</summary>
    [Theory]
    [InlineData("processes", 1000)]
    [InlineData("threads", 2000)]
    [InlineData("chain", 200)]
    [InlineData("programs", 20)]
    [InlineData("killed", 80)]
    [InlineData("user_storm", 200)]
    [InlineData("signals", 100_000)]
    public void NothingIsLeft(string load, int count)
    {
        Leftovers left = Measure(load, count);
        Assert.Equal((0, 0, 0, 0, 0), (left.Tasks, left.Spaces, left.Pipes, left.Timers, left.Waiters));
        Assert.Equal(Measure(load, 1), left);
    }

    [Fact]
    public void TasksAreLimited()
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Runners.Command.Run(
            new ProgramRun(Load, "bomb", "30") { KpioOptions = ["--pids-max", "10"], Timeout = TimeSpan.FromSeconds(60) }, scratch);
        Assert.Equal("9 made, 21 refused\n", result.OutputText);
        Assert.Equal(0, result.ExitCode);
    }

    /// <summary>What stops a fork bomb that root has thrown: the number of tasks, the memory. Whoever watches it is spared (oom_score_adj).</summary>
    [Theory]
    [InlineData(50, 1 << 30, SchedulerKind.RoundRobin, "EAGAIN")]
    [InlineData(50, 1 << 30, SchedulerKind.Chaos, "EAGAIN")]
    [InlineData(null, 16 << 20, SchedulerKind.RoundRobin, "ENOMEM")]
    [InlineData(null, 16 << 20, SchedulerKind.Chaos, "ENOMEM")]
    public void ForkBombsAreStopped(int? tasks, long memory, SchedulerKind scheduler, string refusal)
    {
        var options = new MachineOptions { MaximumTasks = tasks, MemoryBytes = memory, Deterministic = true, Seed = 4, Scheduler = scheduler };
        (RunResult result, Leftovers left) = Run("storm", 200, options);
        Assert.Equal((0, $"refused: {refusal}\nover\n"), (result.ExitCode, result.OutputText));
        Assert.Equal(Run("nothing", 0, options).Left, left);
    }

    [Theory]
    [InlineData("storm", "EAGAIN", "--pids-max", "40")]
    [InlineData("storm", "ENOMEM", "--memory", "24M")]
    [InlineData("user_storm", "EAGAIN", "--user", "1000", "--cwd", "/")]
    public void OptionsStopForkBombs(string load, string refusal, params string[] options)
    {
        // In a folder that every user may enter.
        using var scratch = new ScratchDirectory();
        string program = Path.Combine(scratch.Path, "load");
        File.Copy(Load, program);
        scratch.LetOthersIn();
        RunResult result = Runners.Command.Run(Run(load, 200) with { Program = program, KpioOptions = options }, scratch);
        Assert.Equal((0, $"refused: {refusal}\nover\n"), (result.ExitCode, result.OutputText));
    }

    private static ProgramRun Run(string load, int count) =>
        new(Load, load, count.ToString(System.Globalization.CultureInfo.InvariantCulture)) { Timeout = TimeSpan.FromMinutes(2) };

    private static Leftovers Measure(string load, int count)
    {
        (RunResult result, Leftovers left) = Run(load, count, new MachineOptions { MemoryBytes = KpioMachineRunner.DefaultMemoryBytes });
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
        return left;
    }

    private static (RunResult Result, Leftovers Left) Run(string load, int count, MachineOptions options)
    {
        Leftovers? left = null;
        var runner = new KpioMachineRunner { Options = options, Inspect = (machine, memory) => left = Leftovers.Of(machine, memory) };
        using var scratch = new ScratchDirectory();
        RunResult result = runner.Run(Run(load, count), scratch);
        return (result, left!);
    }
}
