using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Signals where Linux's own order is not the same twice: deterministic runs are compared with each other.</summary>
public sealed class SignalTests
{
    [Theory]
    [InlineData("conformance/itimer.c")]
    [InlineData("conformance/timer_create.c")]
    [InlineData("conformance/stop.c")]
    public void DeterministicRunsDeliverAtTheSameInstructions(string source)
    {
        string program = GuestProgram.Build(source);
        string first = Trace(program);
        Assert.Contains("\"event\":\"signal\"", first, StringComparison.Ordinal);
        Assert.Equal(first, Trace(program));
    }

    private static string Trace(string program)
    {
        using var scratch = new ScratchDirectory();
        using var traces = new ScratchDirectory();
        string trace = Path.Combine(traces.Path, "trace.json");
        RunResult result = Runners.Command.Run(
            new ProgramRun(program) { KpioOptions = ["--deterministic", "--trace=" + trace, "--trace-format", "json"] }, scratch);
        Assert.Equal(0, result.ExitCode);
        return File.ReadAllText(trace);
    }
}
