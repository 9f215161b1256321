using Kpio.Testing;

namespace Kpio.Conformance.Tests.Terminals;

/// <summary>The scripts of this folder, and <c>support/ptydriver.c</c>, which plays a user by them: its header says what they may contain.</summary>
internal static class TerminalScripts
{
    public static string Driver { get; } = GuestProgram.Build("support/ptydriver.c");

    /// <summary>Their file names.</summary>
    public static TheoryData<string> All =>
        [.. Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Folder => RepositoryRoot.Combine("tests", "Conformance", "Terminals");

    /// <summary>What programs at the terminal find in their environment.</summary>
    public static Dictionary<string, string> EnvironmentOf(string workingDirectory) =>
        new(ProgramRun.PlainEnvironment) { ["PS1"] = "$ ", ["TERM"] = "xterm", ["PWD"] = workingDirectory };

    /// <summary>Makes the script and the files that it works on.</summary>
    public static void SetUp(ScratchDirectory scratch, string script)
    {
        scratch.Write("script", File.ReadAllText(Path.Combine(Folder, script)));
        scratch.Write("numbers", string.Concat(Enumerable.Range(1, 200).Select(static number => $"{number}\n")));
    }

    /// <summary>The driver with a script, whose first lines name the command: words, single and double quotes.</summary>
    public static ProgramRun Play(string script)
    {
        const string Mark = "# command: ";
        string line = File.ReadLines(Path.Combine(Folder, script)).First(static line => line.StartsWith(Mark, StringComparison.Ordinal));
        var words = new List<string> { "script" };
        string[] quoted = line[Mark.Length..].Split('"');
        for (int i = 0; i < quoted.Length; i++)
        {
            if (i % 2 == 1)
                words.Add(quoted[i]);
            else
                words.AddRange(quoted[i].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        return new ProgramRun(Driver, words) { Environment = EnvironmentOf("/"), Timeout = TimeSpan.FromSeconds(150) };
    }
}
