using System.Text.RegularExpressions;

namespace Kpio.Testing;

/// <summary>
/// A conformance guest: a C file of <c>tests/Guests/conformance</c> that prints <c>name: result</c> lines. It is run natively and
/// on KPIO in an empty folder, and every line must agree.
/// </summary>
public static partial class GuestCase
{
    /// <summary>
    /// Builds and compares one file, and checks that it printed anything at all and came to its end: exit code 0, or the one that
    /// the source names in a comment of the form <c>exit code 141</c>. Answers the native run.
    /// </summary>
    public static RunResult Check(IProgramRunner runner, string source, string variant = GuestVariant.Musl)
    {
        var run = new ProgramRun(GuestProgram.Build(source, variant));
        RunResult native = Parity.Check(runner, run);
        Match named = NamedExitCode().Match(File.ReadAllText(RepositoryRoot.Combine("tests", "Guests", source)));
        Assert.Equal(named.Success ? int.Parse(named.Groups[1].ValueSpan) : 0, native.ExitCode);
        Assert.NotEmpty(native.OutputText);
        return native;
    }

    /// <summary>How many cases a run printed.</summary>
    public static int Cases(RunResult run) => Case().Count(run.OutputText);

    [GeneratedRegex("exit code ([0-9]+)")]
    private static partial Regex NamedExitCode();

    [GeneratedRegex("^[^:\n]+: .*$", RegexOptions.Multiline)]
    private static partial Regex Case();
}
