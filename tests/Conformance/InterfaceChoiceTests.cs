using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>What <c>--abi</c>, <c>--tier</c> and <c>--uname-release</c> change for a guest, and which lines KPIO prints of its own.</summary>
public sealed class InterfaceChoiceTests
{
    private const string UmaskIsUnknown = "kpio: unknown syscall umask (95): ENOSYS\n";
    private const string GetppidIsUnknown = "kpio: unknown syscall getppid (110): ENOSYS\n";

    private static readonly string s_program = GuestProgram.Build("support/tier.c");

    [Fact]
    public void LinuxHasAllCallsAndSaysNothing() => Check([], "done", "done", "6.1.0-kpio", 65536, "");

    [Fact]
    public void ReleaseIsWhatTheOptionSays() => Check(["--uname-release", "5.15.7"], "done", "done", "5.15.7", 65536, "");

    [Fact]
    public void TierAVariantIsTheSeedDocument() =>
        Check(["--abi", "kpio-tier-a"], "refused", "refused", "6.1.0-kpio", 4096, UmaskIsUnknown + GetppidIsUnknown);

    [Theory]
    [InlineData("A")]
    [InlineData("A+B")]
    public void TierRefusesWhatLiesBeyond(string tier) => Check(["--tier", tier], "refused", "refused", "6.1.0-kpio", 65536, "");

    [Fact]
    public void VerboseTellsEachUnknownCallOnce() =>
        Check(["--tier", "A", "--verbose"], "refused", "refused", "6.1.0-kpio", 65536, UmaskIsUnknown + GetppidIsUnknown);

    [Theory]
    [InlineData("A,+umask")]
    [InlineData("A,+95")]
    [InlineData("-getppid")]
    [InlineData("-110")]
    public void SingleCallsAreAddedAndTakenAway(string tier) => Check(["--tier", tier], "done", "refused", "6.1.0-kpio", 65536, "");

    private static void Check(string[] options, string umask, string getppid, string release, int pipe, string log)
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Runners.Command.Run(new ProgramRun(s_program) { KpioOptions = options }, scratch);
        string expected = $"umask: {umask}\numask: {umask}\ngetppid: {getppid}\nrelease: {release}\npipe: {pipe}\n";
        Assert.Equal((0, expected, log), (result.ExitCode, result.OutputText, result.ErrorText));
    }
}
