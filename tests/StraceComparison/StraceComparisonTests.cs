using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kpio.Testing;

namespace Kpio.StraceComparison.Tests;

/// <summary>
/// Each program of programs.txt under the real <c>strace -f -o</c> on Linux, and under KPIO with <c>--trace-format strace</c>: the
/// traces must be the same line by line, but for addresses, pids and times and for what tolerated.txt lists.
/// </summary>
public sealed partial class StraceComparisonTests
{
    private static readonly IReadOnlyDictionary<string, TracedProgram> Programs = TracedProgram.ReadAll("programs.txt").ToDictionary(p => p.Name);
    private static readonly IReadOnlyDictionary<string, TracedProgram> Families = TracedProgram.ReadAll("processes.txt").ToDictionary(p => p.Name);
    private static readonly IReadOnlyList<Tolerance> Tolerances = Tolerance.ReadAll();

    public static TheoryData<string> Names => [.. Programs.Keys];

    public static TheoryData<string> FamilyNames => [.. Families.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void TracesAreTheSame(string name)
    {
        using var scratch = new ScratchDirectory();
        ProgramRun run = Programs[name].ToRun();
        var used = new HashSet<Tolerance>();
        List<string> native = Tolerance.Apply(Number(Native(run, scratch), scratch.Path), Tolerances, used);
        List<string> kpio = Tolerance.Apply(Number(OnKpio(run, scratch), scratch.Path), Tolerances, used);
        Assert.True(native.Count > 4, string.Join('\n', native));
        Assert.True(native.SequenceEqual(kpio), Difference(native, kpio));
    }

    /// <summary>Programs of several tasks: every task's lines are the same, whichever came first.</summary>
    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void TracesOfFamiliesAreTheSame(string name)
    {
        using var scratch = new ScratchDirectory();
        ProgramRun run = Families[name].ToRun();
        var used = new HashSet<Tolerance>();
        string[] strace = Native(run, scratch);
        string[] own = OnKpio(run, scratch);
        List<string> native = Tolerance.Apply(Plain(ProcessTrace.Normalize(strace), scratch.Path), Tolerances, used);
        List<string> kpio = Tolerance.Apply(Plain(ProcessTrace.Normalize(own), scratch.Path), Tolerances, used);
        Assert.True(native.Count > 4, string.Join('\n', native));
        Assert.True(native.SequenceEqual(kpio), Difference(native, kpio));
        Assert.True(!ProcessTrace.HasHalves(strace) || ProcessTrace.HasHalves(own), "no call is shown in two halves");
    }

    /// <summary>What <c>strace -f</c> writes on standard error, where tasks are named only while there are several and lines begin with their call.</summary>
    [Theory]
    [MemberData(nameof(FamilyNames))]
    public void ConsoleTracesOfFamiliesAreTheSame(string name)
    {
        using var scratch = new ScratchDirectory();
        ProgramRun run = Families[name].ToRun();
        var used = new HashSet<Tolerance>();
        ConsoleTrace strace = ConsoleTrace.Read(Native(run, scratch, onConsole: true));
        ConsoleTrace own = ConsoleTrace.Read(OnKpio(run, scratch, onConsole: true));
        List<string> native = Tolerance.Apply(Plain(ProcessTrace.Normalize(strace.Lines), scratch.Path), Tolerances, used);
        List<string> kpio = Tolerance.Apply(Plain(ProcessTrace.Normalize(own.Lines), scratch.Path), Tolerances, used);
        Assert.True(native.SequenceEqual(kpio), Difference(native, kpio));
        Assert.Equal(strace.Attachments, own.Attachments);
        Assert.True(strace.AttachmentsWithinLines == 0 || own.AttachmentsWithinLines > 0, "no task is told of within its maker's line");
    }

    /// <summary>With one task nothing is left to chance: the whole of standard error is the same, what the program writes there included.</summary>
    [Theory]
    [InlineData("true")]
    [InlineData("cat in.txt")]
    [InlineData("cat missing.txt")]
    [InlineData("mkdir sub")]
    [InlineData("ls -la missing")]
    [InlineData("musl:programs/hello.c")]
    [InlineData("glibc:programs/directories.c")]
    [InlineData("glibc:faults/fault.c abort")]
    [InlineData("musl:conformance/sigaction.c")]
    [InlineData("musl:conformance/sigaltstack.c")]
    public void ConsoleTracesAreTheSame(string name)
    {
        using var scratch = new ScratchDirectory();
        ProgramRun run = Programs[name].ToRun();
        var used = new HashSet<Tolerance>();
        List<string> native = Tolerance.Apply(Plain([.. Native(run, scratch, onConsole: true).Split('\n').Select(InFront)], scratch.Path), Tolerances, used);
        List<string> kpio = Tolerance.Apply(Plain([.. OnKpio(run, scratch, onConsole: true).Split('\n').Select(InFront)], scratch.Path), Tolerances, used);
        Assert.True(native.Count > 4, string.Join('\n', native));
        Assert.True(native.SequenceEqual(kpio), Difference(native, kpio));
    }

    /// <summary>The tolerances are written for lines with a task in front.</summary>
    private static string InFront(string line) => "[1] " + line;

    [Fact]
    public void ThirtyProgramsAreCompared() => Assert.True(Programs.Count >= 30, $"{Programs.Count} programs");

    /// <summary>A tolerance that nothing needs any more hides the next defect.</summary>
    [Fact]
    public void EveryToleranceFindsSomethingNatively()
    {
        var used = new HashSet<Tolerance>();
        foreach (TracedProgram program in Programs.Values)
        {
            using var scratch = new ScratchDirectory();
            Tolerance.Apply(Number(Native(program.ToRun(), scratch), scratch.Path), Tolerances, used);
        }

        foreach (TracedProgram program in Families.Values)
        {
            using var scratch = new ScratchDirectory();
            Tolerance.Apply(Plain(ProcessTrace.Normalize(Native(program.ToRun(), scratch)), scratch.Path), Tolerances, used);
        }

        IEnumerable<string> unused = Tolerances.Where(t => !used.Contains(t) && !t.Reason.StartsWith("only KPIO: ", StringComparison.Ordinal)).Select(t => $"{t.Pattern}: {t.Reason}");
        Assert.Empty(unused);
    }

    private static string[] Native(ProgramRun run, ScratchDirectory scratch) => Native(run, scratch, onConsole: false).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string[] OnKpio(ProgramRun run, ScratchDirectory scratch) => OnKpio(run, scratch, onConsole: false).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Native(ProgramRun run, ScratchDirectory scratch, bool onConsole)
    {
        scratch.Empty();
        TracedProgram.SetUp(scratch);
        string trace = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            RunResult result = ChildProcess.Run(
                "/usr/bin/strace", ["-f", .. onConsole ? Array.Empty<string>() : ["-o", trace], run.Program, .. run.Arguments], scratch.Path, Variables(run, scratch), run.Input, run.Timeout);
            Assert.False(result.TimedOut, "strace did not end");
            return onConsole ? result.ErrorText : File.ReadAllText(trace, Encoding.Latin1);
        }
        finally
        {
            File.Delete(trace);
        }
    }

    private static string OnKpio(ProgramRun run, ScratchDirectory scratch, bool onConsole)
    {
        KpioCommandRunner.Invoke(["--version"], "/"); // builds what is out of date
        scratch.Empty();
        TracedProgram.SetUp(scratch);
        string trace = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            RunResult result = ChildProcess.Run(
                KpioCommandRunner.Command,
                ["run", onConsole ? "--trace" : $"--trace={trace}", "--trace-format", "strace", "--cwd", scratch.Path, "--mount", $"{scratch.Path}:{scratch.Path}:rw", "--", run.Program, .. run.Arguments],
                scratch.Path,
                Variables(run, scratch),
                run.Input,
                run.Timeout);
            Assert.False(result.TimedOut, "kpio did not end");
            Assert.True(onConsole || File.Exists(trace), $"no trace was written; kpio ended with {result.ExitCode}: {result.ErrorText}");
            return onConsole ? result.ErrorText : File.ReadAllText(trace, Encoding.Latin1);
        }
        finally
        {
            File.Delete(trace);
        }
    }

    /// <summary>A guest has the variables of the command; the launcher is a shell script, and shells add PWD.</summary>
    private static Dictionary<string, string> Variables(ProgramRun run, ScratchDirectory scratch) =>
        new(run.Environment) { ["PWD"] = scratch.Path };

    /// <summary>
    /// Pids by first sight, addresses and column gone.
    /// </summary>
    private static List<string> Number(string[] trace, string scratch)
    {
        var pids = new Dictionary<string, int>();
        var lines = new List<string>();
        foreach (string original in trace)
        {
            Match prefix = Prefix().Match(original);
            string pid = prefix.Groups[1].Value;
            if (!pids.TryGetValue(pid, out int number))
                pids[pid] = number = pids.Count + 1;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"[{number}] {original[prefix.Length..]}"));
        }

        return Plain(lines, scratch);
    }

    /// <summary>Without addresses and column: the pid's width moves the column of results, so blanks before it count as one.</summary>
    private static List<string> Plain(List<string> lines, string scratch) =>
        [.. lines.Select(line => Address().Replace(Column().Replace(line, ") = ").Replace(scratch, "/scratch", StringComparison.Ordinal), "ADDRESS"))];

    /// <summary>The lines that one side has and the other not, in their places.</summary>
    private static string Difference(List<string> native, List<string> kpio)
    {
        int[,] common = new int[native.Count + 1, kpio.Count + 1];
        for (int i = native.Count - 1; i >= 0; i--)
        {
            for (int j = kpio.Count - 1; j >= 0; j--)
                common[i, j] = native[i] == kpio[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        }

        var report = new StringBuilder("the traces differ (- strace, + kpio):\n");
        int left = 0;
        int right = 0;
        while (left < native.Count || right < kpio.Count)
        {
            if (left < native.Count && right < kpio.Count && native[left] == kpio[right])
            {
                left++;
                right++;
            }
            else if (right == kpio.Count || (left < native.Count && common[left + 1, right] >= common[left, right + 1]))
            {
                report.Append(CultureInfo.InvariantCulture, $"- {left + 1}: {native[left++]}\n");
            }
            else
            {
                report.Append(CultureInfo.InvariantCulture, $"+ {right + 1}: {kpio[right++]}\n");
            }
        }

        return report.ToString();
    }

    [GeneratedRegex(@"^(\d+) +")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"\) += ")]
    private static partial Regex Column();

    /// <summary>Numbers from 64 KiB on in hexadecimal are addresses, but not within strings' escapes, nor where they are flags.</summary>
    [GeneratedRegex(@"(?<![\w\\])0x[0-9a-f]{5,16}(?!\w| \(flags)")]
    private static partial Regex Address();
}
