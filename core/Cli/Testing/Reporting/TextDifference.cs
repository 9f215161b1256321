using System.Globalization;
using System.Text;

namespace Kpio.Cli.Testing.Reporting;

/// <summary>Shows where two texts differ first, with some lines before and after, in characters that any terminal can show.</summary>
internal static class TextDifference
{
    private const int LinesBefore = 3;
    private const int LinesOfEach = 5;
    private const int MostLines = 20;
    private const int LineWidth = 160;

    /// <summary>What is different: " at line 3:" and the lines, those of the expected text with -, those of the actual one with +.</summary>
    public static string Describe(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        int same = expected.CommonPrefixLength(actual);
        List<string> left = Lines(expected), right = Lines(actual);
        int first = 0;
        while (first < left.Count && first < right.Count && left[first] == right[first])
            first++;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $" at line {first + 1}, byte {same + 1}:");
        for (int i = Math.Max(0, first - LinesBefore); i < first; i++)
            Append(text, "    ", left[i], 0);

        // Behind the difference the texts may agree again: only what lies between is shown.
        int common = 0;
        while (common < Math.Min(left.Count, right.Count) - first && left[^(common + 1)] == right[^(common + 1)])
            common++;
        int start = first < left.Count && first < right.Count ? Math.Max(0, CommonLength(left[first], right[first]) - (LineWidth / 2)) : 0;
        AppendAll(text, "  - ", left, first, left.Count - common, start);
        AppendAll(text, "  + ", right, first, right.Count - common, start);
        for (int i = left.Count - common; i < Math.Min(left.Count, left.Count - common + LinesBefore); i++)
            Append(text, "    ", left[i], 0);
        return text.ToString();
    }

    /// <summary>A text's beginning.</summary>
    public static string Show(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return "    (nothing)";
        List<string> lines = Lines(text);
        var shown = new StringBuilder();
        AppendAll(shown, "    ", lines, 0, lines.Count, 0, MostLines);
        return shown.ToString()[1..];
    }

    /// <summary>A text's last lines.</summary>
    public static string ShowEnd(ReadOnlySpan<byte> text)
    {
        List<string> lines = Lines(text);
        var shown = new StringBuilder();
        AppendAll(shown, "    ", lines, Math.Max(0, lines.Count - MostLines), lines.Count, 0, MostLines);
        return shown.Length == 0 ? "    (nothing)" : shown.ToString()[1..];
    }

    private static void AppendAll(StringBuilder text, string mark, List<string> lines, int from, int to, int start, int most = LinesOfEach)
    {
        int end = to - from > most + 1 ? from + most : to;
        for (int i = from; i < end; i++)
            Append(text, mark, lines[i], start);
        if (end < to)
            text.Append(CultureInfo.InvariantCulture, $"\n{mark}… {to - end} more lines");
    }

    private static void Append(StringBuilder text, string mark, string line, int start)
    {
        text.Append('\n').Append(mark);
        if (start > 0 && start < line.Length)
            text.Append('…');
        else
            start = 0;
        int length = Math.Min(line.Length - start, LineWidth);
        text.Append(line, start, length);
        if (start + length < line.Length)
            text.Append('…');
    }

    private static int CommonLength(string a, string b) => a.AsSpan().CommonPrefixLength(b);

    /// <summary>Lines without their newline; a last one that has none says so. Bytes that are no printable text are escaped.</summary>
    private static List<string> Lines(ReadOnlySpan<byte> text)
    {
        var lines = new List<string>();
        while (!text.IsEmpty)
        {
            int end = text.IndexOf((byte)'\n');
            lines.Add(end < 0 ? Printable(text) + " (no newline)" : Printable(text[..end]));
            text = end < 0 ? [] : text[(end + 1)..];
        }

        return lines;
    }

    private static string Printable(ReadOnlySpan<byte> line)
    {
        var text = new StringBuilder(line.Length);
        while (!line.IsEmpty)
        {
            bool isText = Rune.DecodeFromUtf8(line, out Rune rune, out int length) == System.Buffers.OperationStatus.Done
                && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
            if (isText)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte b in line[..length])
                    text.Append(b switch { (byte)'\t' => "\\t", (byte)'\r' => "\\r", 0x1B => "\\e", _ => $"\\x{b:x2}" });
            }

            line = line[length..];
        }

        return text.ToString();
    }
}
