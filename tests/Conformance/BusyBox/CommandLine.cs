using System.Text;

namespace Kpio.Conformance.Tests.BusyBox;

/// <summary>How closely the outputs of a line are compared.</summary>
internal enum Comparison
{
    /// <summary>Every byte.</summary>
    Exact,

    /// <summary>Runs of digits and blanks count as equal (<c>~</c>).</summary>
    Figures,

    /// <summary>The first line of standard output only (<c>^</c>).</summary>
    FirstLine,

    /// <summary>Lines in any order (<c>*</c>): Linux does not promise an order of a directory's entries.</summary>
    AnyOrder,
}

/// <summary>A line of <c>applets.txt</c>: the arguments by the shell's quoting, the file given as standard input, the comparison.</summary>
internal sealed record CommandLine(IReadOnlyList<string> Words, string? InputFile, Comparison Comparison)
{
    /// <summary>Reads a line.</summary>
    /// <exception cref="FormatException">A quote is not closed.</exception>
    public static CommandLine Parse(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool inWord = false;
        Comparison comparison = Comparison.Exact;
        int start = 0;
        if (line.Length > 2 && line[1] == ' ' && line[0] is '~' or '^' or '*')
        {
            comparison = line[0] switch { '~' => Comparison.Figures, '^' => Comparison.FirstLine, _ => Comparison.AnyOrder };
            start = 2;
        }

        bool input = false;
        string? inputFile = null;
        for (int i = start; i <= line.Length; i++)
        {
            char c = i < line.Length ? line[i] : ' ';
            switch (c)
            {
                case ' ':
                    if (inWord && input)
                        inputFile = word.ToString();
                    else if (inWord)
                        words.Add(word.ToString());
                    word.Clear();
                    inWord = false;
                    break;
                case '<' when !inWord:
                    input = true;
                    break;
                case '\'' or '"':
                    int end = i + 1;
                    while (end < line.Length && line[end] != c)
                    {
                        if (c == '"' && line[end] == '\\' && end + 1 < line.Length && line[end + 1] is '"' or '\\' or '$' or '`')
                            end++;
                        word.Append(line[end++]);
                    }

                    if (end >= line.Length)
                        throw new FormatException($"A quote is not closed: {line}");
                    i = end;
                    inWord = true;
                    break;
                case '\\' when i + 1 < line.Length:
                    word.Append(line[++i]);
                    inWord = true;
                    break;
                default:
                    word.Append(c);
                    inWord = true;
                    break;
            }
        }

        return new CommandLine(words, inputFile, comparison);
    }
}
