using System.Globalization;
using System.Text;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;

namespace Kpio.Cli.Testing.Selection;

/// <summary>
/// One of N parts of a suite, for several machines. A scenario's part depends on its name and its path below the folder that was named, and on
/// nothing else: others that come and go do not move it, and every machine finds the same.
/// </summary>
internal sealed record Shard(int Index, int Count)
{
    /// <summary>Reads <c>I/N</c>, I from 1.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static Shard Parse(string text)
    {
        string[] parts = text.Split('/');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && index >= 1 && index <= count
            ? new Shard(index, count)
            : throw new UsageException($"--shard {text}: use I/N with I from 1 to N, as in 2/5");
    }

    /// <summary>Whether a scenario belongs to this part.</summary>
    public bool Holds(Scenario scenario) => Hash($"{scenario.Source.Relative}\n{scenario.Name}") % (ulong)Count == (ulong)(Index - 1);

    /// <summary>FNV-1a of 64 bits, with its upper half stirred in: the remainder alone would be of its weakest bits.</summary>
    private static ulong Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ b) * 1099511628211;
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        return hash ^ (hash >> 33);
    }
}
