using System.Xml.Linq;
using Kpio.Testing;

namespace Kpio.Scenarios.Tests;

/// <summary>The command <c>kpio test</c> as a user and as other programs see it.</summary>
public sealed class CommandTests : IDisposable
{
    private const string Passing = "program: busybox\nargs: [\"true\"]\n";
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void SamplesPassTwiceAndAreDeterministic()
    {
        RunResult run = Test("--repeat", "2", RepositoryRoot.Combine("samples", "scenarios"));
        Assert.Equal("", run.ErrorText);
        Assert.EndsWith("19 passed, 0 failed\n", run.OutputText, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void FailureIsShownAndTheOthersRun()
    {
        _scratch.Write("a.yaml", "program: busybox\nargs: [echo, hello]\nexpect: {stdout: \"hallo\\n\"}\n");
        _scratch.Write("b.yaml", Passing);
        _scratch.Write("c.yaml", "program: not-there\n");
        _scratch.Write("d.yaml", "program: busybox\nargs: [sh, -c, 'echo why >&2; exit 3']\n");
        RunResult run = Test(".");
        Assert.Equal("", run.ErrorText);
        Assert.Equal(
            """
            FAIL a (./a.yaml) N ms
              stdout differs at line 1, byte 2:
                - hallo
                + hello
            ok   b (./b.yaml) N ms
            FAIL c (./c.yaml) N ms
              the program could not be started: not-there: command not found
            FAIL d (./d.yaml) N ms
              exit: expected exited 0, but it exited 3
              stderr was:
                  why
            1 passed, 3 failed

            """.ReplaceLineEndings("\n"),
            System.Text.RegularExpressions.Regex.Replace(run.OutputText, @"\d+ ms", "N ms"));
        Assert.Equal(1, run.ExitCode);
    }

    /// <summary>Each case has the processor that it names, also when another case of another model runs before it.</summary>
    [Fact]
    public void TheProcessorIsTheScenarios()
    {
        _scratch.Write("a.yaml", "program: busybox\nargs: [grep, -c, avx2, /proc/cpuinfo]\ncpu: v3\nexpect: {stdout: \"1\\n\"}\n");
        _scratch.Write("b.yaml", "program: busybox\nargs: [grep, -c, avx2, /proc/cpuinfo]\nexpect: {exit: {exited: 1}, stdout: \"0\\n\"}\n");
        _scratch.Write("c.yaml", Passing + "cpu: v9\n");
        RunResult run = Test("a.yaml", "b.yaml");
        Assert.Equal((0, ""), (run.ExitCode, run.ErrorText));
        Assert.EndsWith("2 passed, 0 failed\n", run.OutputText, StringComparison.Ordinal);
        RunResult wrong = Test("c.yaml");
        Assert.NotEqual(0, wrong.ExitCode);
        Assert.Contains("'v9' is no processor: use v2, v3 or max", wrong.OutputText + wrong.ErrorText, StringComparison.Ordinal);
    }

    /// <summary>What a hostile guest does ends its own scenario.</summary>
    [Fact]
    public void GuestThatHangsWritesWithoutEndOrWaitsForNothingFailsAlone()
    {
        _scratch.Write("a-hangs.yaml", "program: busybox\nargs: [sh, -c, 'while :; do :; done']\ntimeout: 1s\n");
        _scratch.Write("b-waits.yaml", "program: busybox\nargs: [sh, -c, 'kill -STOP $$']\ntimeout: 30s\n");
        _scratch.Write("c-prints.yaml", "program: busybox\nargs: [\"yes\", 0123456789012345678901234567890123456789]\n");
        _scratch.Write("d-faults.yaml", "program: busybox\nargs: [sh, -c, 'kill -SEGV $$']\nexpect: {exit: {signaled: SIGSEGV}}\n");
        _scratch.Write("e-talks.yaml", "program: busybox\nargs: [sh]\ndialogue: [{expect: 'never shown'}]\n");
        _scratch.Write("f-sleeps.yaml", "program: busybox\nargs: [sleep, 100000]\n");
        RunResult run = Test(".");
        string[] lines = run.OutputText.Split('\n');
        Assert.Contains("  the time limit of 1 s is over", lines);
        Assert.Equal(2, lines.Count(static line => line == "  every guest task waits for something that cannot happen any more"));
        Assert.Contains("  it wrote more than 64 MiB", lines);
        Assert.Contains("  dialogue: line 3 waits for \"never shown\"; since the step before the terminal has shown:", lines);
        Assert.Equal(["a-hangs", "b-waits", "c-prints", "e-talks"], lines.Where(static line => line.StartsWith("FAIL", StringComparison.Ordinal)).Select(static line => line.Split(' ')[1]));
        Assert.Contains("2 passed, 4 failed", lines);
    }

    [Fact]
    public void NothingRunsWhenAFileIsBad()
    {
        _scratch.Write("good.yaml", Passing);
        _scratch.Write("bad.yaml", "program: busybox\nagrs: [a]\n");
        _scratch.Write("worse.yaml", "program: [\n");
        RunResult run = Test(".");
        Assert.Equal("", run.OutputText);
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("./bad.yaml:2:1: a scenario has no key 'agrs': is it 'args'?\n", run.ErrorText.Split('\n')[0] + "\n");
        Assert.StartsWith("./worse.yaml:2:1: this is no YAML: ", run.ErrorText.Split('\n')[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not-there")]
    [InlineData("--shard", "3/2", ".")]
    [InlineData("--filter", "nothing*", ".")]
    [InlineData("--filter", "/(/", ".")]
    [InlineData("--jobs", "0", ".")]
    [InlineData("--jobs", "many", ".")]
    [InlineData("--no-such-option", ".")]
    [InlineData]
    public void WrongUseIsToldInALine(params string[] arguments)
    {
        _scratch.Write("a.yaml", Passing);
        RunResult run = Test(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("kpio: ", run.ErrorText, StringComparison.Ordinal);
        Assert.Equal(1, run.ErrorText.Count(static c => c == '\n'));
    }

    [Fact]
    public void PartsAreTheWhole()
    {
        for (int i = 0; i < 20; i++)
            _scratch.Write($"dir/{i:00}.yaml", Passing);
        string[] all = List(".");
        Assert.Equal(20, all.Length);
        Assert.Equal(all, all.Order(StringComparer.Ordinal));
        string[][] parts = [.. Enumerable.Range(1, 3).Select(part => List("--shard", $"{part}/3", "."))];
        Assert.Equal(all, parts.SelectMany(static part => part).Order(StringComparer.Ordinal));

        // Named otherwise, and with one file more, each stays where it is.
        _scratch.Write("dir/05a.yaml", Passing);
        string[] again = List("--shard", "2/3", _scratch.Path);
        Assert.Equal(parts[1].Select(static line => line[2..]), again.Select(line => line[(_scratch.Path.Length + 1)..]).Where(static line => !line.Contains("05a", StringComparison.Ordinal)));
        Assert.Single(List("--filter", "*/05a.yaml", "."));

        string[] List(params string[] arguments) => Test(["--list", .. arguments]).OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public void JunitFileIsWhatReadersExpect()
    {
        _scratch.Write("dir/a.kpio.yaml", "name: 'one <&\"'\nprogram: busybox\nargs: [printf, 'x\\001\\033[1m]]>\\n']\nexpect: {stdout: y}\n");
        _scratch.Write("dir/b.yaml", "program: busybox\ncases: [{name: p, args: [\"true\"]}, {name: q, args: [\"true\"]}]\n");
        RunResult run = Test("--junit", "out/results.xml", ".");
        Assert.Equal(1, run.ExitCode);
        XElement root = XDocument.Load(Path.Combine(_scratch.Path, "out", "results.xml")).Root!;
        Assert.Equal("testsuites", root.Name.LocalName);
        Assert.Equal(("3", "1", "0"), (root.Attribute("tests")!.Value, root.Attribute("failures")!.Value, root.Attribute("errors")!.Value));
        XElement[] suites = [.. root.Elements("testsuite")];
        Assert.Equal(["dir/a.kpio.yaml", "dir/b.yaml"], suites.Select(static suite => suite.Attribute("name")!.Value));
        Assert.Equal(["1", "2"], suites.Select(static suite => suite.Attribute("tests")!.Value));
        XElement failed = Assert.Single(suites[0].Elements("testcase"));
        Assert.Equal("one <&\"", failed.Attribute("name")!.Value);
        Assert.Equal("dir.a", failed.Attribute("classname")!.Value);
        Assert.Equal("x[1m]]>\n", failed.Element("system-out")!.Value);
        XElement failure = failed.Element("failure")!;
        Assert.StartsWith("stdout differs at line 1", failure.Attribute("message")!.Value, StringComparison.Ordinal);
        Assert.Contains("- y (no newline)", failure.Value, StringComparison.Ordinal);
        Assert.All(suites[1].Elements("testcase"), static passed => Assert.Null(passed.Element("failure")));
        Assert.All(root.Descendants("testcase"), static one => Assert.Matches(@"^\d+\.\d{3}$", one.Attribute("time")!.Value));
    }

    [Fact]
    public void TapIsWhatReadersExpect()
    {
        _scratch.Write("a.yaml", "name: 'one # two'\n" + Passing);
        _scratch.Write("b.yaml", "program: busybox\nargs: [\"false\"]\n");
        RunResult run = Test("--tap", ".");
        string[] lines = run.OutputText.Split('\n');
        Assert.Equal(["TAP version 14", "1..2", "ok 1 - a.yaml: one \\# two", "not ok 2 - b.yaml: b", "  ---"], lines[..5]);
        Assert.Equal(["  message: |-", "    exit: expected exited 0, but it exited 1", "  ...", ""], lines[6..]);
    }

    [Fact]
    public void UpdateWritesWhatIsCompared()
    {
        _scratch.Write("a.yaml", "root: empty\nmounts: [/bin/busybox:/bin/busybox]\nprogram: /bin/busybox\nargs: [echo, hi]\nexpect: {stdout: {file: out/text}, trace: out/trace}\n");
        Assert.Equal(1, Test(".").ExitCode);
        Assert.Equal(0, Test("--update", ".").ExitCode);
        Assert.Equal("hi\n", File.ReadAllText(Path.Combine(_scratch.Path, "out", "text")));
        string trace = File.ReadAllText(Path.Combine(_scratch.Path, "out", "trace"));
        Assert.Contains("<pid1> write(1, \"hi\\n\", 3) = 3\n", trace, StringComparison.Ordinal);
        Assert.Equal(0, Test(".").ExitCode);
        _scratch.Write("out/trace", trace.Replace("write(1", "write(2", StringComparison.Ordinal));
        RunResult run = Test(".");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("    - <pid1> write(2, \"hi\\n\", 3) = 3\n    + <pid1> write(1, \"hi\\n\", 3) = 3\n", run.OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDiffersFromRunToRunIsFound()
    {
        _scratch.Write("dir/count", "");
        const string Text = "program: busybox\nargs: [sh, -c, 'echo x >>/count/count; wc -l </count/count']\nmounts: [dir:/count:rw]\n";
        _scratch.Write("a.yaml", Text);
        _scratch.Write("b.yaml", Text + "deterministic: false\n");
        RunResult run = Test("--repeat", "2", "--jobs", "1", ".");
        Assert.Contains("FAIL a (./a.yaml)", run.OutputText, StringComparison.Ordinal);
        Assert.Contains("  run 2 of 2 fails:\n  it is not deterministic: ", run.OutputText, StringComparison.Ordinal);
        Assert.Contains("ok   b (./b.yaml)", run.OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public void SwapThatFailsOrDoesNotComeAboutFailsTheScenario()
    {
        _scratch.Write("a.yaml", Passing + "swaps: [{after: 100000, plugin: vfs}]\n");
        _scratch.Write("b.yaml", Passing + "swaps: [{after: 1, plugin: nonsense}]\n");
        _scratch.Write("none.dll", "this is no assembly");
        _scratch.Write("c.yaml", Passing + "swaps: [{after: 1, plugin: vfs, path: none.dll}]\n");
        RunResult run = Test(".");
        Assert.Contains("  swap of vfs after 100000 calls: the program made fewer calls\n", run.OutputText, StringComparison.Ordinal);
        Assert.Contains("  swap of nonsense after 1 calls: there is no such plugin; there are vfs, ", run.OutputText, StringComparison.Ordinal);
        Assert.Contains("  swap of vfs after 1 calls: 1 of 1 failed\n", run.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("0 passed, 3 failed\n", run.OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public void CallsAreWatched()
    {
        _scratch.Write("a.yaml", Passing + "expect: {syscalls: {must: [socket], never: [brk, exit_group]}}\n");
        _scratch.Write("b.yaml", Passing + "expect: {syscalls: {never: [opnat]}}\n");
        RunResult run = Test(".");
        Assert.Contains("  syscalls: socket must be made, and was not\n  syscalls: brk must never be made, and was\n  syscalls: exit_group must never be made, and was\n", run.OutputText, StringComparison.Ordinal);
        Assert.Contains("  there is no system call 'opnat'\n", run.OutputText, StringComparison.Ordinal);
    }

    /// <summary>300 scenarios of <c>busybox true</c> in one process: the processor time of each, loosely, for it is a shared machine.</summary>
    [Fact]
    public void ManyScenariosCostLittle()
    {
        const int Count = 300;
        for (int i = 0; i < Count; i++)
            _scratch.Write($"{i}.yaml", Passing);
        TimeSpan before = ChildTime();
        RunResult run = Test(".");
        Assert.EndsWith($"{Count} passed, 0 failed\n", run.OutputText, StringComparison.Ordinal);
        double milliseconds = (ChildTime() - before).TotalMilliseconds / Count;
        Assert.True(milliseconds < 30, $"{milliseconds:0.0} ms of processor time for each scenario");
    }

    // Of children that were waited for, in clock ticks of a hundredth of a second: fields 16 and 17 of proc_pid_stat(5).
    private static TimeSpan ChildTime()
    {
        string[] fields = File.ReadAllText("/proc/self/stat").Split(") ")[1].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[13], System.Globalization.CultureInfo.InvariantCulture) + long.Parse(fields[14], System.Globalization.CultureInfo.InvariantCulture)));
    }

    private RunResult Test(params string[] arguments) => KpioCommandRunner.Invoke(["test", .. arguments], _scratch.Path, timeout: TimeSpan.FromMinutes(3));
}
