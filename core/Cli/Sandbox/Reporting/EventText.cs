using System.Globalization;
using System.Text;
using Kpio.Cli.Sandbox.Comparing;
using Kpio.Cli.Sandbox.Recording;

namespace Kpio.Cli.Sandbox.Reporting;

/// <summary>Events in words.</summary>
internal static class EventText
{
    /// <summary>In what a pair differs: <c>result, memory written</c>.</summary>
    public static string Describe(EventPair pair)
    {
        if (pair.B is null)
            return "only in the first";
        if (pair.A is null)
            return "only in the second";
        var words = new List<string>();
        if ((pair.Difference & Difference.Event) != 0)
            words.Add("another event");
        if ((pair.Difference & Difference.Arguments) != 0)
            words.Add("arguments");
        if ((pair.Difference & Difference.Result) != 0)
            words.Add(pair.A.Errno != pair.B.Errno ? "errno" : "result");
        if ((pair.Difference & Difference.Memory) != 0)
            words.Add("memory written");
        if ((pair.Difference & Difference.Time) != 0)
            words.Add("time");
        return words.Count == 0 ? "same" : string.Join(", ", words);
    }

    /// <summary>A run of memory: its address, size, first bytes and their letters.</summary>
    public static string Describe(MemoryChange change)
    {
        const int Most = 32;
        ReadOnlySpan<byte> shown = change.Bytes.AsSpan(0, Math.Min(change.Bytes.Length, Most));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"0x{change.Address:x}: {change.Bytes.Length} byte{(change.Bytes.Length == 1 ? "" : "s")}: {Convert.ToHexStringLower(shown)}");
        if (shown.Length < change.Bytes.Length)
            text.Append('…');
        text.Append(" \"");
        foreach (byte letter in shown)
            text.Append(letter is >= 0x20 and < 0x7F ? (char)letter : '.');
        return text.Append('"').ToString();
    }

    /// <summary>All that a call has written, a line each.</summary>
    public static IEnumerable<string> Written(TaskEvent item)
    {
        const int Most = 4;
        if (item.Written.Count == 0)
            return ["nothing"];
        IEnumerable<string> lines = item.Written.Take(Most).Select(Describe);
        return item.Written.Count <= Most ? lines : lines.Append($"and {item.Written.Count - Most} more");
    }
}
