using System.Globalization;
using Kpio.Cli.Testing.Running;

namespace Kpio.Cli.Testing.Reporting;

/// <summary>The Test Anything Protocol, version 14, which readers of version 13 understand.</summary>
internal sealed class TapReport(TextWriter output) : IScenarioReport
{
    private int _number;

    public void Begin(int count)
    {
        output.WriteLine("TAP version 14");
        output.WriteLine($"1..{count}");
    }

    public void Add(ScenarioResult result)
    {
        output.WriteLine($"{(result.HasPassed ? "ok" : "not ok")} {++_number} - {Escape($"{result.Scenario.Source.Relative}: {result.Scenario.Name}")}");
        if (result.HasPassed)
            return;
        output.WriteLine("  ---");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  duration_ms: {result.Duration.TotalMilliseconds:0.###}"));
        output.WriteLine("  message: |-");
        foreach (string line in FailureText.Lines(result))
            output.WriteLine("    " + XmlText.Clean(line));
        output.WriteLine("  ...");
    }

    public void End(IReadOnlyList<ScenarioResult> results, TimeSpan duration) => output.Flush();

    /// <summary>A description: <c>#</c> would begin a directive, a newline another line.</summary>
    private static string Escape(string text) =>
        XmlText.Clean(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("#", "\\#", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
