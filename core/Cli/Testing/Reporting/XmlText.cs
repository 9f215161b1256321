using System.Text;

namespace Kpio.Cli.Testing.Reporting;

/// <summary>Text for XML 1.0, which cannot hold every character, not even escaped.</summary>
internal static class XmlText
{
    /// <summary>The text without control characters (other than tab and newlines), halves of surrogate pairs, U+FFFE and U+FFFF.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            int value = rune.Value;
            bool isAllowed = value is '\t' or '\n' or '\r' or (>= 0x20 and < 0x7F) or (>= 0xA0 and <= 0xFFFD) or >= 0x10000;
            if (isAllowed)
                clean.Append(rune.ToString());
        }

        return clean.ToString();
    }
}
