using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Where a Go program stops today: its runtime starts a thread before main, and threads are not there yet.</summary>
public sealed class GoTests
{
    [Fact]
    public void GoStopsAtItsFirstThread()
    {
        List<string> log = [];
        var runner = new KpioMachineRunner { Log = log.Add };
        using var scratch = new ScratchDirectory();
        RunResult result = runner.Run(new ProgramRun(GuestProgram.Build("go/hello.go", GuestVariant.Go)), scratch);
        Assert.Contains("failed to create new OS thread", result.ErrorText, StringComparison.Ordinal);
        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("unknown syscall clone (56)", Assert.Single(log), StringComparison.Ordinal);
    }
}
