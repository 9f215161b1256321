using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Guests that die: exit code as on Linux, and one report on standard error for a fault.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData("read-null", 139)]
    [InlineData("write-null", 139)]
    [InlineData("execute-null", 139)]
    [InlineData("unmapped", 139)]
    [InlineData("unaligned-sse", 139)]
    [InlineData("divide", 136)]
    [InlineData("divide-overflow", 136)]
    [InlineData("ud2", 132)]
    [InlineData("int3", 133)]
    [InlineData("bus", 135)]
    [InlineData("handled-overflow", 139)]
    [InlineData("alternate-overflow", 139)]
    [InlineData("blocked-fault", 139)]
    [InlineData("ignored-fault", 139)]
    [InlineData("fault-in-handler", 139)]
    public void FaultIsReportedAndEndsWithTheSignal(string way, int exitCode)
    {
        RunResult native = Check(way);
        Assert.Equal(exitCode, native.ExitCode);
    }

    [Theory]
    [InlineData("abort", 134)]
    [InlineData("kill", 137)]
    [InlineData("term", 143)]
    public void SignalOfTheGuestsOwnIsNoFault(string way, int exitCode)
    {
        RunResult native = Parity.Check(Runners.Default, new ProgramRun(GuestProgram.Build("faults/fault.c"), way));
        Assert.Equal(exitCode, native.ExitCode);
    }

    /// <summary>Compares with Linux, and wants KPIO's one report with signal, address and registers.</summary>
    internal static RunResult Check(string way) => Parity.Check(
        Runners.Default,
        new ProgramRun(GuestProgram.Build("faults/fault.c"), way),
        checkError: static error =>
        {
            Assert.Equal(1, error.Split(" got SIG").Length - 1);
            Assert.Contains("rip", error, StringComparison.Ordinal);
            Assert.Contains("rax", error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at Kpio.", error, StringComparison.Ordinal);
        });
}
