using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>
/// The sequences that the seed document tests: what musl, Rust and Go call before main, what BusyBox's applets call, and every
/// call of Tier A; on the Linux ABI against Linux, and on the variant that is the document to the letter.
/// </summary>
public sealed class SeedTests
{
    [Theory]
    [InlineData("seed/init.c", GuestVariant.Bare, 7)]
    [InlineData("seed/applets.c", GuestVariant.Musl, 0)]
    [InlineData("seed/tier_a.c", GuestVariant.Musl, 0)]
    public void AgreesWithLinux(string source, string variant, int exitCode)
    {
        RunResult native = Parity.Check(Runners.Default, new ProgramRun(GuestProgram.Build(source, variant)));
        Assert.Equal(exitCode, native.ExitCode);
    }

    [Theory]
    [InlineData("seed/init.c", GuestVariant.Bare, 7)]
    [InlineData("seed/applets.c", GuestVariant.Musl, 0)]
    [InlineData("seed/tier_a.c", GuestVariant.Musl, 0)]
    public void NothingOfTierAIsMissingInTheVariant(string source, string variant, int exitCode)
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Runners.Command.Run(
            new ProgramRun(GuestProgram.Build(source, variant)) { KpioOptions = ["--abi", "kpio-tier-a"] }, scratch);
        Assert.Equal(exitCode, result.ExitCode);
        string[] lines = result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 20);
        Assert.DoesNotContain(lines, static line => line.EndsWith(": -38", StringComparison.Ordinal));
    }
}
