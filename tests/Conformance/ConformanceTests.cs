using Kpio.Conformance.Tests.BusyBox;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Every C file in <c>tests/Guests/conformance</c>, one test each: see the README there.</summary>
public sealed class ConformanceTests
{
    public static TheoryData<string> Sources => [.. GuestProgram.Sources("conformance")];

    [Theory]
    [MemberData(nameof(Sources))]
    public void AgreesWithLinux(string source)
    {
        RunResult native = GuestCase.Check(Runners.Default, source);
        // A file that is not in the table yet is no failure: tests/External/cases.py puts it there.
        Assert.True(GuestCase.Cases(native) >= ScoreboardTests.Documented.GetValueOrDefault(Path.GetFileName(source)), "docs/conformance.md says more cases");
    }
}

/// <summary>The same files, and a share of BusyBox's command lines, through the <c>kpio</c> command, as a user runs them: streams, mounts and environment are the host's there.</summary>
public sealed class CommandConformanceTests(BusyBoxFixture fixture) : IClassFixture<BusyBoxFixture>
{
    private const int Share = 16;

    public static TheoryData<string> Sources => [.. GuestProgram.Sources("conformance")];

    public static TheoryData<string> Lines =>
        [.. BusyBoxFixture.Lines("applets.txt").Where(static (line, index) => index % Share == 0 && line[1] != ' ')];

    [Theory]
    [MemberData(nameof(Sources))]
    public void AgreesWithLinux(string source) => GuestCase.Check(Runners.Command, source);

    [Theory]
    [MemberData(nameof(Lines))]
    public void AppletAgreesWithLinux(string line) => Parity.Check(Runners.Command, fixture.Run(CommandLine.Parse(line)), fixture.SetUp);
}
