using Kpio.Cli.Testing.Running;

namespace Kpio.Cli.Testing.Reporting;

/// <summary>What is wrong with a result, as lines.</summary>
internal static class FailureText
{
    private const int MostNotes = 10;

    /// <summary>The lines; none when it passed.</summary>
    public static IEnumerable<string> Lines(ScenarioResult result)
    {
        if (result.HasPassed)
            yield break;
        foreach (string failure in result.Failures)
        {
            foreach (string line in failure.Split('\n'))
                yield return line;
        }

        // What a guest's fault or a failed swap was about, and, where nothing is expected of it, what the program had to say.
        foreach (string note in result.Run.Notes.Take(MostNotes))
        {
            foreach (string line in note.Split('\n'))
                yield return $"kpio: {line}";
        }

        if (result.Run.Notes.Count > MostNotes)
            yield return $"kpio: … {result.Run.Notes.Count - MostNotes} more";
        if (result.Run.Error.Length == 0 || result.Scenario.Expect.Error is not null)
            yield break;
        yield return "stderr was:";
        foreach (string line in TextDifference.Show(result.Run.Error).Split('\n'))
            yield return line;
    }
}
