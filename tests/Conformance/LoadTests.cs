using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Testing;
using Microsoft.Extensions.DependencyInjection;

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
    public void AgreesWithLinux(string load, int count) => Parity.Check(Runners.Default, Run(load, count));

    /// <summary>Tasks, open files and frames are the same after much as after little.</summary>
    [Theory]
    [InlineData("processes", 200)]
    [InlineData("threads", 200)]
    [InlineData("chain", 40)]
    [InlineData("programs", 20)]
    [InlineData("killed", 80)]
    public void NothingIsLeft(string load, int count)
    {
        (int tasks, int files, int pipes, long frames) = Measure(load, count);
        Assert.Equal((0, 0), (tasks, pipes));
        (_, int filesAfterLittle, _, long framesAfterLittle) = Measure(load, 1);
        Assert.Equal(filesAfterLittle, files);
        Assert.Equal(framesAfterLittle, frames);
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

    private static ProgramRun Run(string load, int count) =>
        new(Load, load, count.ToString(System.Globalization.CultureInfo.InvariantCulture)) { Timeout = TimeSpan.FromMinutes(2) };

    private static (int Tasks, int Files, int Pipes, long Frames) Measure(string load, int count)
    {
        (int Tasks, int Files, int Pipes, long Frames) left = default;
        var runner = new KpioMachineRunner
        {
            Inspect = (machine, memory) =>
            {
                VfsState state = machine.Plugins
                    .Select(static plugin => plugin.Services.GetService<IStatefulService<VfsState>>())
                    .First(static service => service is not null)!.Capture();
                left = (machine.Tasks.Count, state.Files.Count, state.Pipes.Count, memory.UsedFrames);
            },
        };
        using var scratch = new ScratchDirectory();
        RunResult result = runner.Run(Run(load, count), scratch);
        Assert.Equal(0, result.ExitCode);
        return left;
    }
}
