using Kpio.Conformance.Tests.BusyBox;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Chaos;

/// <summary><c>kpio run --scheduler</c>, and the time of <c>--deterministic</c>, through the command.</summary>
public sealed class SchedulerOptionTests
{
    private static string Program { get; } = GuestProgram.Build("threads/pipe_stages.c");

    [Fact]
    public void TheSameSeedGivesTheSameTraceToTheByte()
    {
        using var scratch = new ScratchDirectory();
        string first = Trace(scratch, "--scheduler", "chaos", "--seed", "3");
        Assert.Equal(first, Trace(scratch, "--scheduler", "chaos", "--seed", "3"));
        Assert.NotEqual(first, Trace(scratch, "--scheduler", "chaos", "--seed", "4"));
    }

    [Fact]
    public void TakingTurnsIsTheDefault()
    {
        using var scratch = new ScratchDirectory();
        string first = Trace(scratch);
        Assert.Equal(first, Trace(scratch, "--scheduler", "round-robin"));
        Assert.NotEqual(first, Trace(scratch, "--scheduler", "chaos"));
    }

    [Fact]
    public void ItNeedsNoVirtualTime()
    {
        using var scratch = new ScratchDirectory();
        RunResult native = new NativeRunner().Run(new ProgramRun(Program), scratch);
        RunResult result = Runners.Command.Run(new ProgramRun(Program) { KpioOptions = ["--scheduler=chaos", "--seed=9"] }, scratch);
        Assert.Equal((0, native.OutputText, ""), (result.ExitCode, result.OutputText, result.ErrorText));
    }

    [Theory]
    [InlineData("fair", "kpio: --scheduler: 'fair' is no scheduler: use round-robin or chaos\n")]
    [InlineData("", "kpio: --scheduler: '' is no scheduler: use round-robin or chaos\n")]
    public void AnUnknownOneIsRefused(string name, string message)
    {
        RunResult result = KpioCommandRunner.Invoke(["run", "--scheduler", name, Program], "/");
        Assert.Equal((125, "", message), (result.ExitCode, result.OutputText, result.ErrorText));
    }

    /// <summary>When every task sleeps, time jumps: two days in one pass at once, and to the second.</summary>
    [Fact]
    public void ADayOfSleepTakesNoTime()
    {
        string busyBox = BusyBoxFixture.Find();
        using var scratch = new ScratchDirectory();
        RunResult result = Runners.Command.Run(
            new ProgramRun(busyBox, "sh", "-c", $"d() {{ {busyBox} date +%s; }}; d; {busyBox} sleep 86400 & {busyBox} sleep 172800; d; wait; d")
            {
                KpioOptions = ["--deterministic", "--timeout", "50"],
            },
            scratch);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
        Assert.Equal("1767225600\n1767398400\n1767398400\n", result.OutputText);
    }

    private static string Trace(ScratchDirectory scratch, params string[] options)
    {
        scratch.Empty();
        using var traces = new ScratchDirectory();
        string trace = Path.Combine(traces.Path, "trace.json");
        RunResult result = Runners.Command.Run(
            new ProgramRun(Program) { KpioOptions = ["--deterministic", "--trace=" + trace, "--trace-format", "json", .. options] }, scratch);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
        return File.ReadAllText(trace);
    }
}
