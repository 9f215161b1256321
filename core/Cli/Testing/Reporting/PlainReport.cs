using System.Globalization;
using Kpio.Cli.Testing.Running;

namespace Kpio.Cli.Testing.Reporting;

/// <summary>One line for each scenario, with what is wrong below it, and a line with the sums.</summary>
internal sealed class PlainReport(TextWriter output) : IScenarioReport
{
    public void Begin(int count)
    {
    }

    public void Add(ScenarioResult result) => WriteResult(output, result);

    public void End(IReadOnlyList<ScenarioResult> results, TimeSpan duration) => WriteSum(output, results);

    /// <summary>A result's lines.</summary>
    public static void WriteResult(TextWriter output, ScenarioResult result)
    {
        string mark = result.HasPassed ? "ok  " : "FAIL";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{mark} {result.Scenario.Name} ({result.Scenario.Source.Shown}) {result.Duration.TotalMilliseconds:0} ms"));
        foreach (string line in FailureText.Lines(result))
            output.WriteLine("  " + line);
        foreach (string path in result.Run.Updated)
            output.WriteLine($"  wrote {path}");
    }

    /// <summary>The last line.</summary>
    public static void WriteSum(TextWriter output, IReadOnlyList<ScenarioResult> results)
    {
        int failed = results.Count(static result => !result.HasPassed);
        output.WriteLine($"{results.Count - failed} passed, {failed} failed");
        output.Flush();
    }
}
