using Kpio.Cli.Testing.Reading;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Contracts.Process;

namespace Kpio.Scenarios.Tests;

/// <summary>What is wrong with a scenario is said with its place; what is right is read.</summary>
public sealed class ReaderTests
{
    [Theory]
    [InlineData("args: [1]", "1:1: a scenario needs the key 'program'")]
    [InlineData("program: x\nprogam: y", "2:1: a scenario has no key 'progam': is it 'program'?")]
    [InlineData("program: x\nexpect:\n  exit: {exited: 300}", "3:18: '300' is no whole number from 0 to 255")]
    [InlineData("program: x\nexpect:\n  exit: {signaled: TERM}", "3:20: 'TERM' is no signal: use a name, as in SIGTERM")]
    [InlineData("program: x\nexpect:\n  exit: {}", "3:9: exit is either {exited: 0} or {signaled: SIGTERM}")]
    [InlineData("program: x\nexpect:\n  stdout: {regex: 'a('}", "3:19: the pattern cannot be read: InsufficientClosingParentheses at its character 3")]
    [InlineData("program: x\nstdin: {file: not-there}", "2:15: there is no /nowhere/not-there")]
    [InlineData("program: x\nstdin:", "2:7: there is nothing here: an empty text is written \"\"")]
    [InlineData("program: x\nfiles: {a: {mode: 0644}}", "2:12: a file is one of text, from, base64, link and directory: true")]
    [InlineData("program: x\nfiles: {a: {text: b, mode: 8}}", "2:28: '8' is no mode: use octal digits, as in 0644")]
    [InlineData("program: x\nmounts: [a]", "2:10: 'a' is no mount: use SRC:DST, SRC:DST:rw or TYPE:SRC:DST, with an absolute DST")]
    [InlineData("program: x\nmounts: ['tmpfs,size=4m,size=8m::/x']", "2:10: 'tmpfs,size=4m,size=8m::/x' is no mount: 'size=8m' is no option, or there twice; use TYPE,OPTION=VALUE:SRC:DST")]
    [InlineData("program: x\nmounts: ['tmpfs,=4m::/x']", "2:10: 'tmpfs,=4m::/x' is no mount: '=4m' is no option, or there twice; use TYPE,OPTION=VALUE:SRC:DST")]
    [InlineData("program: x\nmounts: ['sealed+host::/x']", "2:10: 'sealed+host::/x' names nothing to mount")]
    [InlineData("program: x\ninjections: openat", "2:13: --inject openat: one of error, retval, signal, delay_enter and delay_exit is needed")]
    [InlineData("program: x\ninjections: ['chdir:error=EIO', 'chdir:error=EFOO']", "2:33: --inject chdir:error=EFOO: 'EFOO' is no error: use a name as in errno(3), or a number")]
    [InlineData("program: x\nuser: root", "2:7: 'root' is no user id: use numbers, UID or UID:GID")]
    [InlineData("program: x\ntimeout: soon", "2:10: 'soon' is no time: use seconds, or 500ms, 10s, 2m")]
    [InlineData("program: x\nswaps: [{plugin: vfs}]", "2:9: a swap needs 'after' or 'every' with a number of calls, and 'plugin', 'path' or both, as in {after: 1000, plugin: vfs}")]
    [InlineData("program: x\ndialogue: [{wait: 1s}]", "2:19: one can wait for this alone: idle")]
    [InlineData("program: x\ndialogue: []\nstdin: a", "3:1: with a terminal there is no stdin of its own: keys are sent by the dialogue, and stdout is all that it shows")]
    [InlineData("program: x\ncases: [{args: [1]}]", "2:9: a case needs the key 'name'")]
    [InlineData("program: x\ncases: [{name: a}, {name: a}]", "2:20: two cases are named 'a'")]
    [InlineData("program: x\nsetup: {}", "2:8: setup does nothing: it is a list of programs, as in [{program: busybox, args: [mkdir, /data]}], or has programs, and dialogue or after")]
    [InlineData("program: x\nsetup: [{args: [a]}]", "2:9: a program of the setup needs the key 'program'")]
    [InlineData("program: x\nsetup: {programs: [{program: a, agrs: b}]}", "2:33: a program of the setup has no key 'agrs': is it 'args'?")]
    [InlineData("program: x\nsetup: [{program: a, exit: 300}]", "2:28: '300' is no whole number from 0 to 255")]
    [InlineData("program: x\nsetup: {befor: 1}", "2:9: setup has no key 'befor': it has programs, dialogue, after")]
    [InlineData("program: x\nsetup: {after: 0}", "2:16: '0' is no whole number from 1 to 2147483647")]
    [InlineData("program: x\nsetup: {dialogue: [], after: 5}", "2:8: setup has dialogue or after, not both: the machine is kept in one place")]
    [InlineData("setup: {after: 5}\ncases: [{name: a, program: x}]", "1:8: setup begins the program of the file with dialogue or after: the file needs the key 'program'")]
    [InlineData("program: x\nsetup: {dialogue: [{sned: a}]}", "2:21: a step of the dialogue has no key 'sned': is it 'send'?")]
    [InlineData("program: x\nstdin: a\nsetup: {dialogue: [{send: a}]}", "2:1: with a terminal there is no stdin of its own: keys are sent by the dialogue, and stdout is all that it shows")]
    [InlineData("program: x\nterminal: {}\nsetup: [{program: y, stdin: a}]", "3:22: with a terminal there is no stdin of its own: programs of the setup read from the terminal, where nobody types")]
    [InlineData("program: x\nsetup: [{program: y}]\ncases: [{name: a, seed: 5}]", "3:19: a case after a setup has no seed of its own: the machine that it starts from has one already")]
    [InlineData("program: x\nsetup: {after: 5}\ncases: [{name: a, args: [5]}]", "3:19: a case after a setup with after has no args of its own: its program has begun already")]
    [InlineData("program: x\nsetup: [{program: y}]\ncases: [{name: a, dialogue: []}]", "3:19: the setup runs without a terminal, so its cases have no dialogue: say 'terminal: {}' for the whole file")]
    [InlineData("program: x\ncases: [{name: a, setup: {after: 5}}]", "2:19: a scenario has no key 'setup': ")]
    [InlineData("program: x\nsetup: {after: 3}\ncases: [{name: a, setup: {after: 5}}]", "3:19: setup belongs to the file: all its cases start from it")]
    [InlineData("program: 'x", "1:10: this is no YAML: ")]
    [InlineData("program: x\nprogram: y", "2:1: this is no YAML: ")]
    [InlineData("program: x\n\tname: y", "1:10: this is no YAML: ")]
    [InlineData("", "1:1: a file holds one YAML document")]
    [InlineData("- a", "1:1: a scenario must be a mapping, as in {program: ./hello}")]
    public void MistakeIsToldWithItsPlace(string text, string expected)
    {
        (List<Scenario> scenarios, List<string> problems) = Read(text);
        Assert.Empty(scenarios);
        Assert.StartsWith("dir/a.yaml:" + expected, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryMistakeIsTold()
    {
        (_, List<string> problems) = Read("program: x\nuser: root\nexpect: {exit: -1, stdot: a}\ntimeout: soon\n");
        Assert.Equal(["dir/a.yaml:2:7:", "dir/a.yaml:3:16:", "dir/a.yaml:3:20:", "dir/a.yaml:4:10:"], problems.Select(static problem => string.Join(':', problem.Split(':').Take(3)) + ":"));
    }

    [Fact]
    public void PathsStartAtTheFileAndAtTheWorkingDirectory()
    {
        Scenario host = One("program: ./x\nargs: [1, true]\nfiles: {a: b}\nexpect: {trace: t}");
        Assert.Equal("/nowhere/x", host.Options.Program);
        Assert.Equal(["./x", "1", "true"], host.Options.Arguments);
        Assert.Equal("/nowhere/a", Assert.Single(host.Files).Path);
        Assert.Equal("/nowhere/t", host.Expect.Trace);
        Scenario empty = One("root: empty\ncwd: /data\nprogram: ./x\nfiles: {a: b, /c: d}");
        Assert.Equal("./x", empty.Options.Program);
        Assert.Equal(["/data/a", "/c"], empty.Files.Select(static file => file.Path));
    }

    [Fact]
    public void CasesGoOverTheFile()
    {
        (List<Scenario> scenarios, _) = Read("""
            name: all
            program: x
            env: {A: 1, B: 2}
            expect: {exit: 3, stdout: a}
            cases:
              - {name: first}
              - name: second
                program: y
                env: {B: 3}
                expect: {exit: {signaled: SIGHUP}}
            """);
        Assert.Equal(["all / first", "all / second"], scenarios.Select(static scenario => scenario.Name));
        Assert.Equal("y", scenarios[1].Options.Program);
        Assert.Equal(["A=1", "B=3"], scenarios[1].Options.Environment.ToArray().Select(static variable => $"{variable.Name}={variable.Value}"));
        Assert.Equal(new ExpectedExit(3, Signal.None), scenarios[0].Expect.Exit);
        Assert.Equal(new ExpectedExit(null, Signal.SIGHUP), scenarios[1].Expect.Exit);
        Assert.NotNull(scenarios[1].Expect.Output);
    }

    private static Scenario One(string text)
    {
        (List<Scenario> scenarios, List<string> problems) = Read(text);
        Assert.Empty(problems);
        return Assert.Single(scenarios);
    }

    private static (List<Scenario> Scenarios, List<string> Problems) Read(string text)
    {
        var problems = new List<string>();
        return (ScenarioReader.Read(new ScenarioSource("/nowhere/a.yaml", "dir/a.yaml", "a.yaml"), text, problems), problems);
    }
}
