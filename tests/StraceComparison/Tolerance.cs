using System.Text.RegularExpressions;

namespace Kpio.StraceComparison.Tests;

/// <summary>A difference that is allowed, with its reason: one line of tolerated.txt.</summary>
/// <param name="Kind">replace: the matches in both traces are replaced; drop: lines that match are left out of both.</param>
/// <param name="Pattern">What is matched.</param>
/// <param name="Replacement">What takes its place.</param>
/// <param name="Reason">Why the difference is none of KPIO's defects.</param>
internal sealed record Tolerance(string Kind, Regex Pattern, string Replacement, string Reason)
{
    public static IReadOnlyList<Tolerance> ReadAll()
    {
        var tolerances = new List<Tolerance>();
        foreach (string line in Resources.Lines("tolerated.txt"))
        {
            string[] parts = line.Split(" ;; ");
            tolerances.Add(parts switch
            {
                ["drop", string pattern, string reason] => new Tolerance("drop", new Regex(pattern), "", reason),
                ["replace", string pattern, string replacement, string reason] => new Tolerance("replace", new Regex(pattern), replacement, reason),
                _ => throw new InvalidOperationException($"tolerated.txt: '{line}'"),
            });
        }

        return tolerances;
    }

    /// <summary>Takes what is tolerated out of a trace, and notes which tolerances found something.</summary>
    public static List<string> Apply(IEnumerable<string> trace, IReadOnlyList<Tolerance> tolerances, ISet<Tolerance> used)
    {
        var lines = new List<string>();
        foreach (string original in trace)
        {
            string line = original;
            bool isDropped = false;
            foreach (Tolerance tolerance in tolerances)
            {
                if (!tolerance.Pattern.IsMatch(line))
                    continue;
                used.Add(tolerance);
                if (tolerance.Kind == "drop")
                {
                    isDropped = true;
                    break;
                }

                line = tolerance.Pattern.Replace(line, tolerance.Replacement);
            }

            if (!isDropped)
                lines.Add(line);
        }

        return lines;
    }
}
