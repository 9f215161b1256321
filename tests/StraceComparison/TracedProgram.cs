using System.Text;
using Kpio.Testing;

namespace Kpio.StraceComparison.Tests;

/// <summary>A program of programs.txt or processes.txt.</summary>
/// <param name="Name">The line itself: the test's name.</param>
/// <param name="Program">What is run: an applet of BusyBox, or <c>VARIANT:SOURCE</c> of a guest.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Input">Its standard input.</param>
internal sealed record TracedProgram(string Name, string Program, IReadOnlyList<string> Arguments, string Input)
{
    private const string BusyBox = "/usr/bin/busybox";

    /// <summary>Reads programs.txt or processes.txt: one command a line, quotation marks as in a shell, <c>&lt;&lt;&lt; TEXT</c> for standard input.</summary>
    public static IReadOnlyList<TracedProgram> ReadAll(string list)
    {
        var programs = new List<TracedProgram>();
        foreach (string line in Resources.Lines(list))
        {
            string[] halves = line.Split(" <<< ", 2);
            List<string> words = Words(halves[0]);
            string input = halves.Length > 1 ? halves[1].Replace("\\n", "\n", StringComparison.Ordinal) : "";
            programs.Add(new TracedProgram(line, words[0], words[1..], input));
        }

        return programs;
    }

    /// <summary>The run, the program built if need be.</summary>
    public ProgramRun ToRun()
    {
        int colon = Program.IndexOf(':', StringComparison.Ordinal);
        string[] arguments = colon < 0 ? [Program, .. Arguments] : [.. Arguments];
        string path = colon < 0 ? BusyBox : GuestProgram.Build(Program[(colon + 1)..], Program[..colon]);
        return new ProgramRun(path, arguments).WithInput(Input);
    }

    /// <summary>Makes the files that the commands work on.</summary>
    public static void SetUp(ScratchDirectory scratch)
    {
        scratch.Write("in.txt", "banana\napple\ncherry\napple\nDate 10\nelderberry 9\n");
        scratch.Write("other.txt", "apple\nbanana\ncherry\n");
        scratch.Write("long.txt", string.Concat(Enumerable.Range(1, 2000).Select(i => $"line {i} of a longer text\n")));
        scratch.Write("bytes.bin", [.. Enumerable.Range(0, 600).Select(i => (byte)(i * 7))]);
        scratch.Write("sub/a", "a\n");
        scratch.Write("sub/deep/b", "b\n");
        File.CreateSymbolicLink(Path.Combine(scratch.Path, "link"), "in.txt");
        // A fixed time, so that what prints one prints the same twice.
        foreach (string file in Directory.EnumerateFileSystemEntries(scratch.Path, "*", SearchOption.AllDirectories).Append(scratch.Path))
            File.SetLastWriteTimeUtc(file, new DateTime(2024, 5, 6, 7, 8, 9, DateTimeKind.Utc));
    }

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool isQuoted = false;
        bool any = false;
        foreach (char c in text)
        {
            if (c == '\'')
            {
                isQuoted = !isQuoted;
                any = true;
            }
            else if (c == ' ' && !isQuoted)
            {
                if (any)
                    words.Add(word.ToString());
                word.Clear();
                any = false;
            }
            else
            {
                word.Append(c);
                any = true;
            }
        }

        if (any)
            words.Add(word.ToString());
        return words;
    }
}
