using System.Text;
using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Debian;

/// <summary>
/// Runs a program that is itself a suite of tests, natively and on KPIO, and compares the results test by test. Tests that differ are
/// declared by name, with their cause, in <c>differs.txt</c>; one that is declared there and agrees is a failure too.
/// </summary>
internal static class SuiteResults
{
    private static readonly NativeRunner Native = new();

    /// <summary>Compares one suite.</summary>
    /// <param name="suite">Its name in <c>differs.txt</c>.</param>
    /// <param name="run">The program.</param>
    /// <param name="setUp">Fills the folder that it runs in.</param>
    /// <param name="result">Finds a test's line in the output: the groups <c>name</c> and <c>result</c>.</param>
    /// <param name="least">The number of tests below which something is wrong with the suite itself.</param>
    public static void Check(string suite, ProgramRun run, Action<ScratchDirectory> setUp, Regex result, int least)
    {
        string report = Compare(suite, run, setUp, result, least, out SortedSet<string> differing);
        if (differing.Count > 0)
            Assert.Fail($"{suite}: {string.Join(' ', differing)}\n{report}");
    }

    private static string Compare(
        string suite, ProgramRun run, Action<ScratchDirectory> setUp, Regex result, int least, out SortedSet<string> differing)
    {
        using var scratch = new ScratchDirectory();
        setUp(scratch);
        RunResult native = Native.Run(run, scratch);
        scratch.Empty();
        setUp(scratch);
        RunResult own = Runners.Default.Run(run, scratch);

        SortedDictionary<string, string> expected = Results(native, result);
        SortedDictionary<string, string> actual = Results(own, result);
        Assert.True(expected.Count >= least, $"{suite}: only {expected.Count} tests natively\n{Tail(native)}");
        SortedSet<string> declared = Declared(suite);
        differing = new SortedSet<string>(StringComparer.Ordinal);
        var report = new StringBuilder();
        if (own.TimedOut || native.TimedOut)
            report.Append($"  timed out: native {native.TimedOut}, kpio {own.TimedOut}\n");
        foreach (string name in expected.Keys.Union(actual.Keys).Union(declared))
        {
            string left = expected.GetValueOrDefault(name, "(not run)");
            string right = actual.GetValueOrDefault(name, "(not run)");
            bool isDeclared = declared.Contains(name);
            if ((left == right) == !isDeclared)
                continue;
            differing.Add(name);
            report.Append($"  {name}: native {left}, kpio {right}{(isDeclared ? ", declared to differ" : "")}\n");
        }

        return report + Tail(own);
    }

    // A name that comes twice (subtests, repeated runs) keeps all its results, in order.
    private static SortedDictionary<string, string> Results(RunResult run, Regex result)
    {
        var results = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (Match match in result.Matches(run.OutputText + run.ErrorText))
        {
            string name = match.Groups["name"].Value;
            string value = match.Groups["result"].Value;
            results[name] = results.TryGetValue(name, out string? before) ? $"{before} {value}" : value;
        }

        return results;
    }

    private static SortedSet<string> Declared(string suite)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string line in File.ReadLines(RepositoryRoot.Combine("tests", "Conformance", "Debian", "differs.txt")))
        {
            string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0] == "#" || words[0] != suite)
                continue;
            Assert.True(words.Length == 3, $"differs.txt: no cause in '{line}'");
            names.Add(words[1]);
        }

        return names;
    }

    private static string Tail(RunResult run)
    {
        string text = run.OutputText + run.ErrorText;
        return text.Length > 3000 ? text[^3000..] : text;
    }
}
