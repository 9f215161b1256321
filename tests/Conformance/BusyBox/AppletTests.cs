using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.BusyBox;

/// <summary>Every line of <c>applets.txt</c>, and every applet's help, natively and on KPIO.</summary>
public sealed partial class AppletTests(BusyBoxFixture fixture) : IClassFixture<BusyBoxFixture>
{
    public static TheoryData<string> Lines => [.. BusyBoxFixture.Lines("applets.txt")];

    [Theory]
    [MemberData(nameof(Lines))]
    public void AgreesWithLinux(string line)
    {
        CommandLine command = CommandLine.Parse(line);
        Parity.Check(Runners.Default, fixture.Run(command), fixture.SetUp, Normalizer(command.Comparison));
    }

    private static Func<string, string> Normalizer(Comparison comparison) => comparison switch
    {
        Comparison.Figures => static text => Figures().Replace(text, "N"),
        Comparison.FirstLine => static text => text.Split('\n')[0],
        Comparison.AnyOrder => static text => string.Join('\n', text.Split('\n').Order(StringComparer.Ordinal)),
        _ => static text => text,
    };

    [GeneratedRegex(@"[\d. ]*\d[\d. ]*")]
    private static partial Regex Figures();
}

/// <summary>The help text of every applet: a start, a little work and an end for each of them.</summary>
public sealed class AppletHelpTests(BusyBoxFixture fixture) : IClassFixture<BusyBoxFixture>
{
    // These take --help as an ordinary argument, and then wait, or act on the machine.
    private static readonly HashSet<string> NoHelp = ["[", "[[", "test", "true", "false", "echo", "yes", "linuxrc", "init"];

    public static TheoryData<string> Applets => [.. BusyBoxFixture.Applets().Where(static applet => !NoHelp.Contains(applet))];

    [Theory]
    [MemberData(nameof(Applets))]
    public void HelpAgreesWithLinux(string applet) =>
        Parity.Check(Runners.Default, new ProgramRun(fixture.Program, applet, "--help"));
}
