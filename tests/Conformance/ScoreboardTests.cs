using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>What docs/conformance.md says: the number of KPIO's own cases, and the suites of others.</summary>
public sealed partial class ScoreboardTests
{
    /// <summary>The cases that each guest of <c>tests/Guests/conformance</c> has, as the document says: <see cref="ConformanceTests"/> checks it.</summary>
    public static IReadOnlyDictionary<string, int> Documented { get; } = Row().Matches(File.ReadAllText(RepositoryRoot.Combine("docs", "conformance.md")))
        .ToDictionary(static match => match.Groups["file"].Value, static match => int.Parse(match.Groups["cases"].ValueSpan, CultureInfo.InvariantCulture));

    [Fact]
    public void EnoughCasesAreDocumentedAndEachIsAGuest()
    {
        Assert.True(Documented.Values.Sum() >= 400);
        Assert.Empty(Documented.Keys.Except(GuestProgram.Sources("conformance").Select(static source => Path.GetFileName(source)!)));
    }

    /// <summary>A share of the suites of others; the whole is <c>tests/external.sh</c>, which compares, reports and lists them.</summary>
    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void ShortFormOfTheSuitesOfOthersHasTheListedDifferences()
    {
        RunResult run = ChildProcess.Run("/bin/bash", [RepositoryRoot.Combine("tests", "external.sh"), "--short"], RepositoryRoot.Path, timeout: TimeSpan.FromMinutes(10));
        Assert.True(run.ExitCode == 0, run.OutputText + run.ErrorText);
        Assert.Contains("external: all as expected", run.OutputText, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\| (?<file>\w+\.c) \| (?<cases>\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
