using Kpio.Cli.Running;
using Kpio.Cli.Testing.Reading;
using Kpio.Cli.Testing.Running;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Testing;

namespace Kpio.Scenarios.Tests;

/// <summary>What a setup has made is there for each of its cases, as if it had been done for that case alone.</summary>
public sealed class SetupTests : IDisposable
{
    private const string Shell = "program: busybox\nargs: [sh]\nenv: {PS1: '$ '}\n";
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    /// <summary>A program that goes on from where it was kept does what it does in one go, in the same cycles.</summary>
    [Theory]
    [InlineData(
        Shell + "setup: {dialogue: [{expect: '$ '}, {send: \"x=5; seq 1 200 >/tmp/f; sleep 1\\n\"}, {expect: '$ '}]}\ndialogue: [{send: \"echo $x; wc -l </tmp/f; date; exit 3\\n\"}]\nexpect: {exit: 3}\n",
        Shell + "dialogue: [{expect: '$ '}, {send: \"x=5; seq 1 200 >/tmp/f; sleep 1\\n\"}, {expect: '$ '}, {wait: idle}, {send: \"echo $x; wc -l </tmp/f; date; exit 3\\n\"}]\nexpect: {exit: 3}\n")]
    [InlineData(
        "program: busybox\nargs: [sh]\nstdin: \"seq 1 50 | sort -r | head -3\\nread x; echo got $x; x\\ndate\\n\"\nsetup: {after: 60}\n",
        "program: busybox\nargs: [sh]\nstdin: \"seq 1 50 | sort -r | head -3\\nread x; echo got $x; x\\ndate\\n\"\n")]
    [InlineData( // with memory that is worth to be shared
        "program: busybox\nargs: [sh, -c, 'dd if=/dev/urandom bs=5M count=1 2>/dev/null | cksum']\nsetup: {after: 100}\n",
        "program: busybox\nargs: [sh, -c, 'dd if=/dev/urandom bs=5M count=1 2>/dev/null | cksum']\n")]
    public void ProgramGoesOnAsInOneGo(string divided, string whole)
    {
        ScenarioRunner runner = Runner();
        ScenarioRun first = Run(runner, divided), again = Run(runner, divided), other = Run(Runner(), whole);
        Assert.Equal(other.Cycles, first.Cycles);
        Assert.NotEmpty(first.Output);
        Assert.EndsWith(Text(first.Output), Text(other.Output), StringComparison.Ordinal);
        Assert.Equal((first.Cycles, first.Digest, Text(first.Output)), (again.Cycles, again.Digest, Text(again.Output)));
    }

    /// <summary>Many cases at the same time, each of which ruins all that it can: files, what the shell has in memory, its folder.</summary>
    [Fact]
    public void NoCaseSeesWhatAnotherDoes()
    {
        const string Script = "n=$(grep -l '^line [0-9]*$' /data/* | wc -l); [ $n = 40 ] || echo $n; for i in $(seq 1 40); do echo other >/data/$i; done; echo >/data/new; chmod 700 /data; seq 1 20000 >/tmp/big; wc -l </tmp/big; rm -r /data";
        string files = string.Concat(Enumerable.Range(0, 12).Select(static i => $"  - {{name: c{i}, args: [sh, -c, \"{Script.Replace("\"", "\\\"", StringComparison.Ordinal)}\"], expect: {{stdout: \"20000\\n\"}}}}\n"));
        _scratch.Write("files.yaml", $"program: busybox\nsetup: [{{program: busybox, args: [sh, -c, 'mkdir /data; for i in $(seq 1 40); do echo line $i >/data/$i; done']}}]\ncases:\n{files}");
        string shells = string.Concat(Enumerable.Range(0, 12).Select(static i => $"  - name: s{i}\n    dialogue: [{{send: \"[ $a = $b ] && a={i}$a && cd / && set -- $(seq 1 3000) && echo $a.$# && exit\\n\"}}, {{expect: \"{i}0123.3000\"}}]\n"));
        _scratch.Write("shells.yaml", Shell + $"setup: {{dialogue: [{{expect: '$ '}}, {{send: \"a=0123; b=0123; set -- $(seq 1 2000)\\n\"}}, {{expect: '$ '}}]}}\ncases:\n{shells}");
        RunResult run = Test("--jobs", "4", "--repeat", "3", ".");
        Assert.Equal("", run.ErrorText);
        Assert.EndsWith("24 passed, 0 failed\n", run.OutputText, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void SetupRunsOnceAndItsMachineIsLetGo()
    {
        _scratch.Write("count/lines", "");
        const string Text = "program: busybox\nargs: [wc, -l, /count/lines]\nmounts: [count:/count:rw]\nsetup: [{program: busybox, args: [sh, -c, 'echo x >>/count/lines']}]\nexpect: {stdout: \"1 /count/lines\\n\"}\ncases: [{name: a}, {name: b}, {name: c}]\n";
        List<Scenario> scenarios = [.. Read("a.yaml", Text), .. Read("b.yaml", Text.Replace("1 /count", "2 /count", StringComparison.Ordinal))];
        ScenarioRunner runner = Runner();
        var suite = new ScenarioSuite(scenarios, runner, 2);
        int most = 0;
        IReadOnlyList<ScenarioResult> results = suite.Run(1, _ => most = Math.Max(most, runner.Preparations.Kept));
        Assert.All(results, static result => Assert.Empty(result.Failures));
        Assert.Equal(1, most);
        Assert.Equal(0, runner.Preparations.Kept);
        Assert.Equal("x\nx\n", File.ReadAllText(Path.Combine(_scratch.Path, "count", "lines")));
    }

    /// <summary>Files of the whole file are there before the setup, those of a case after it; each program of the setup finds what the one before has left.</summary>
    [Fact]
    public void ThingsComeInTheirOrder()
    {
        const string File = """
            program: busybox
            args: [sh, -c, 'cat /a /b /c; cat; id -u; pwd; echo $V $W']
            root: empty
            mounts: [/bin/busybox:/bin/busybox]
            env: {V: file, PATH: /bin}
            files: {/a: "a\n", /c: "c\n", /bin/sh: {link: busybox}, /bin/cat: {link: busybox}, /bin/id: {link: busybox}}
            setup:
              - {program: busybox, args: [sh, -c, 'cat >/b; echo $V $W >>/b; cat /a >>/b; pwd >>/b'], stdin: "in\n", env: {W: own}, cwd: /bin}
              - {program: busybox, args: [sh, -c, 'echo second >>/b; exit 7'], exit: 7}
              - {program: busybox, args: [sh, -c, 'kill -9 $$'], exit: {signaled: SIGKILL}}
            cases:
              - name: one
                files: {/c: "case\n"}
                stdin: "typed\n"
                user: 5
                expect: {stdout: "a\nin\nfile own\na\n/bin\nsecond\ncase\ntyped\n5\n/\nfile\n"}
              - name: two
                env: {W: two}
                cwd: /bin
                expect: {stdout: "a\nin\nfile own\na\n/bin\nsecond\nc\n0\n/bin\nfile two\n"}
            """;
        Assert.All(RunAll(File), static run => Assert.Empty(run.Failures));
    }

    /// <summary>Everything else that scenarios have works from a setup on too.</summary>
    [Fact]
    public void SwapsInjectionsTracesAndVariantsBeginWithTheCase()
    {
        const string Files = """
            program: busybox
            args: [cat, /data]
            setup: [{program: busybox, args: [sh, -c, 'echo text >/data']}]
            injections: [chmod:error=EPERM]
            cases:
              - {name: fails, injections: ['openat:error=EIO', 'open:error=EIO'], expect: {exit: 1, stdout: "", stderr: {contains: "cat: "}}}
              - {name: when, args: [sh, -c, 'cd /tmp; cd /; cd /tmp || echo third'], injections: ['chdir:error=EIO:when=3'], expect: {stdout: "third\n", stderr: {contains: "cd"}}}
              - {name: swapped, swaps: [{every: 3, plugin: all}], expect: {stdout: "text\n"}}
              - {name: traced, expect: {stdout: "text\n", trace: trace, syscalls: {must: [sendfile], never: [fork, clone, vfork]}}}
              - {name: variant, abi: kpio-tier-a, args: [uname, -r], expect: {stdout: {regex: '^\S+$'}, syscalls: {must: [uname]}}}
            """;
        const string Shells = Shell + """
            setup: {dialogue: [{expect: '$ '}, {send: "cd /; x=1\n"}, {expect: '$ '}]}
            cases:
              - {name: fails, injections: ['chdir:error=EIO:when=1'], dialogue: [{send: "cd /tmp || echo not$x; exit\n"}], expect: {stdout: {contains: "not1"}}}
              - {name: swapped, swaps: [{every: 2, plugin: all}], dialogue: [{send: "echo and$x; exit\n"}], expect: {stdout: {contains: "and1"}}}
              - {name: traced, dialogue: [{send: "exit 4\n"}], expect: {exit: 4, trace: shell, syscalls: {must: [exit_group], never: [execve]}}}
              - {name: waits, dialogue: [{send: "sleep 1000; "}, {wait: idle}, {send: "date +%s\n"}, {wait: idle}, {resize: {rows: 3, columns: 9}}, {send: "stty size; exit\n"}], expect: {stdout: {contains: "3 9"}}}
            """;
        Assert.All(RunAll(Files, updates: true).Concat(RunAll(Shells, updates: true)), static run => Assert.Empty(run.Failures));
        string trace = File.ReadAllText(Path.Combine(_scratch.Path, "trace"));
        Assert.Contains("sendfile(1,", trace, StringComparison.Ordinal);
        Assert.DoesNotContain("\"-c\"", trace, StringComparison.Ordinal);
        Assert.Contains("exit_group(4)", File.ReadAllText(Path.Combine(_scratch.Path, "shell")), StringComparison.Ordinal);
        Assert.All(RunAll(Files).Concat(RunAll(Shells)), static run => Assert.Empty(run.Failures));
    }

    [Theory]
    [InlineData("setup: [{program: busybox, args: [\"true\"]}, {program: busybox, args: [sh, -c, 'echo out; echo why >&2; exit 3']}]", "setup, line 3: exit: expected exited 0, but it exited 3", "its stdout was:\n    out", "its stderr was:\n    why")]
    [InlineData("setup: [{program: busybox, args: [\"true\"], exit: 1}]", "setup, line 3: exit: expected exited 1, but it exited 0")]
    [InlineData("setup: {program: not-there}", "setup, line 3: the program could not be started: not-there: command not found")]
    [InlineData("setup: {program: busybox, args: [sh, -c, 'while :; do :; done']}\ntimeout: 1s", "setup, line 3: the time limit of 1 s is over")]
    [InlineData("setup: {program: busybox, args: [sh, -c, 'kill -STOP $$']}", "setup, line 3: every guest task waits for something that cannot happen any more")]
    [InlineData("setup: {program: busybox, args: [\"yes\", 0123456789012345678901234567890123456789]}", "setup, line 3: it wrote more than 64 MiB")]
    [InlineData("setup: {after: 100000}", "setup: the program has exited with 0 before it was where the machine is kept")]
    [InlineData("setup: {dialogue: [{expect: never}]}", "setup: the program has exited with 0 before it was where the machine is kept", "setup: dialogue: line 3 waits for \"never\"")]
    [InlineData("files: {/dev/null/x: y}\nsetup: {after: 1}", "setup: file /dev/null/x cannot be made: not a directory")]
    public void SetupThatFailsFailsItsCases(string setup, params string[] expected)
    {
        IReadOnlyList<ScenarioRun> runs = RunAll($"program: busybox\nargs: [\"true\"]\n{setup}\ncases: [{{name: a}}, {{name: b}}]\n");
        Assert.Equal(2, runs.Count);
        Assert.All(runs, run => Assert.Equal(expected, run.Failures.Select(static failure => failure.Split("\n    012345")[0]).Take(expected.Length)));
    }

    [Fact]
    public void InputThatTheSetupHasReadIsTheCases()
    {
        IReadOnlyList<ScenarioRun> runs = RunAll("program: busybox\nargs: [sh, -c, 'read a; cd /; cd /tmp; cd /; cat; echo $a']\nstdin: \"one\\n\"\nsetup: {after: 40}\ncases:\n  - {name: same, expect: {stdout: \"one\\n\"}}\n  - {name: longer, stdin: \"one\\ntwo\\n\", expect: {stdout: \"two\\none\\n\"}}\n  - {name: other, stdin: \"two\\n\"}\n");
        Assert.Empty(runs[0].Failures);
        Assert.Empty(runs[1].Failures);
        Assert.Equal(["stdin does not begin with the 4 bytes that the program has read in the setup"], runs[2].Failures);
    }

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private static ScenarioRunner Runner(bool updates = false) => new(GuestStrings.ReadEnvironment(), updates, digests: true);

    private List<Scenario> Read(string name, string text)
    {
        string path = Path.Combine(_scratch.Path, name);
        var problems = new List<string>();
        List<Scenario> scenarios = ScenarioReader.Read(new ScenarioSource(path, name, name), text, problems);
        Assert.Empty(problems);
        return scenarios;
    }

    private ScenarioRun Run(ScenarioRunner runner, string text)
    {
        ScenarioRun run = runner.Run(Assert.Single(Read("a.yaml", text)));
        Assert.Empty(run.Failures);
        return run;
    }

    private IReadOnlyList<ScenarioRun> RunAll(string text, bool updates = false)
    {
        ScenarioRunner runner = Runner(updates);
        return [.. Read("a.yaml", text).Select(runner.Run)];
    }

    private RunResult Test(params string[] arguments) => KpioCommandRunner.Invoke(["test", .. arguments], _scratch.Path, timeout: TimeSpan.FromMinutes(3));
}
