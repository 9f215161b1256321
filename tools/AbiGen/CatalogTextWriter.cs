using System.Text;

namespace AbiGen;

/// <summary>Writes the description itself, without comments and alignment, as bytes of the assembly: the catalog is read from it when it is first asked for.</summary>
internal static class CatalogTextWriter
{
    public static string Write(IReadOnlyList<AbiSource> sources)
    {
        var text = new StringBuilder(Generator.Header);
        text.Append("""
            using System;

            namespace Kpio.Plugins.LinuxAbi;

            internal static class CatalogText
            {
                public static ReadOnlySpan<byte> Utf8 =>

            """);
        text.Append("\"\"\"\n");
        foreach (AbiSource source in sources)
        {
            foreach (string line in source.Text.Split('\n'))
            {
                string kept = Compress(line);
                if (kept.Length > 0)
                    text.Append(kept).Append('\n');
            }
        }

        return text.Append("\"\"\"u8;\n}\n").ToString();
    }

    /// <summary>The line with single blanks outside of notes and without its comment; one leading blank stays, it means continuation.</summary>
    private static string Compress(string line)
    {
        var kept = new StringBuilder();
        bool quoted = false;
        foreach (char c in line.TrimEnd())
        {
            quoted ^= c == '"';
            if (c == '#' && !quoted)
                break;
            bool blank = char.IsWhiteSpace(c) && !quoted;
            if (!blank)
                kept.Append(c);
            else if (kept.Length == 0 || kept[^1] != ' ')
                kept.Append(' ');
        }

        string result = kept.ToString().TrimEnd();
        return result;
    }
}
