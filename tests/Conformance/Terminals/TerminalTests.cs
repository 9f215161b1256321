using Kpio.Conformance.Tests.BusyBox;
using Kpio.Conformance.Tests.ForeignPlugins;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Terminals;

/// <summary>
/// Programs at a terminal. Each script of this folder is played three times by <c>support/ptydriver.c</c>, and must show the same: natively; on
/// KPIO as the user's terminal has it; and by the driver as a guest, whose terminal is KPIO's own.
/// </summary>
public sealed class TerminalTests(PluginFolder plugins) : IClassFixture<PluginFolder>
{
    private static string Driver { get; } = GuestProgram.Build("support/ptydriver.c");

    private static string BusyBox { get; } = BusyBoxFixture.Find();

    private static string Fault { get; } = GuestProgram.Build("faults/fault.c");

    public static TheoryData<string> Scripts =>
        [.. Directory.GetFiles(Folder, "*.txt").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Folder => RepositoryRoot.Combine("tests", "Conformance", "Terminals");

    [Theory]
    [MemberData(nameof(Scripts))]
    public void UsersTerminalIsUsedAsNatively(string script) => Parity.Check(new TerminalRunner(), Play(script), scratch => SetUp(scratch, script));

    [Theory]
    [MemberData(nameof(Scripts))]
    public void PseudoterminalOfAGuestIsUsedAsNatively(string script) => Parity.Check(Runners.Default, Play(script), scratch => SetUp(scratch, script));

    [Theory]
    [InlineData("ignore-interrupt-loop", "expect ready\nsend \\x03\nsleep 1500\nsend \\x03\\x03\\x03\n", 130)]
    [InlineData("ignore-interrupt-loop", "expect ready\nsignal 2\nsleep 1200\nsignal 2\nsleep 100\nsignal 2\nsleep 100\nsignal 2\n", 130)]
    [InlineData("sleep", "expect about to sleep\nsend \\x03\n", 130)]
    [InlineData("loop", "expect about to loop\nsend \\x1c\n", 131)]
    [InlineData("sleep", "expect about to sleep\nsignal 15\n", 143)]
    [InlineData("loop", "expect about to loop\nsignal 1\n", 129)]
    [InlineData("sleep", "expect about to sleep\nsignal 20\nsleep 300\nsignal 18\nsleep 300\nsend \\x03\n", 130)]
    public void TerminalIsPutBackAfterwards(string way, string steps, int code) => IsPutBack([Fault, way], steps, code);

    [Fact]
    public void TerminalIsPutBackWhenTheTimeIsOver() =>
        IsPutBack(["--timeout", "2", "--", Fault, "sleep"], "expect about to sleep\n", 124);

    [Fact]
    public void TerminalIsPutBackAfterADefect() =>
        IsPutBack(["--abi", plugins.Broken("FailingCall"), "--", BusyBox, "sh", "-c", "echo $PPID; stty raw -echo; sh"], "", 125);

    [Fact]
    public void TerminalIsPutBackAfterAProgramThatLeavesItRaw() =>
        IsPutBack(["--", BusyBox, "stty", "raw", "-echo"], "", 0);

    [Fact]
    public void ProgramThatCannotBeStartedLeavesTheTerminalAlone() =>
        IsPutBack(["--", "/no/such/program"], "expect no/such/program\n", 127);

    /// <summary>Whoever is in the background neither takes the terminal nor is stopped for it.</summary>
    [Fact]
    public void BackgroundProcessLeavesTheTerminalAlone()
    {
        using var scratch = new ScratchDirectory();
        string text = $"expect $ \nsend {KpioCommandRunner.Command} run busybox echo from behind & wait\\n\nexpect from behind\\r\\n\nexpect $ \nsend exit\\n\nwait\n";
        RunResult result = Drive(scratch, text, ["bash", "--norc", "--noprofile", "--noediting"]);
        Assert.EndsWith("ended with 0\n", result.OutputText, StringComparison.Ordinal);
    }

    private static void IsPutBack(string[] arguments, string steps, int code)
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Drive(scratch, steps + "wait\nmodes\n", [KpioCommandRunner.Command, "run", .. arguments]);
        Assert.EndsWith($"ended with {code}\nmodes: as at the start\n", result.OutputText, StringComparison.Ordinal);
    }

    private static RunResult Drive(ScratchDirectory scratch, string text, IEnumerable<string> command)
    {
        KpioCommandRunner.Invoke(["--version"], "/"); // builds what is out of date
        string script = scratch.Write("script", text);
        return ChildProcess.Run(Driver, [script, .. command], scratch.Path, EnvironmentOf(scratch.Path), timeout: TimeSpan.FromSeconds(150));
    }

    private static Dictionary<string, string> EnvironmentOf(string workingDirectory) =>
        new(ProgramRun.PlainEnvironment) { ["PS1"] = "$ ", ["TERM"] = "xterm", ["PWD"] = workingDirectory };

    private static void SetUp(ScratchDirectory scratch, string script)
    {
        scratch.Write("script", File.ReadAllText(Path.Combine(Folder, script)));
        scratch.Write("numbers", string.Concat(Enumerable.Range(1, 200).Select(static number => $"{number}\n")));
    }

    /// <summary>The driver with a script, whose first lines name the command: words, single and double quotes.</summary>
    private static ProgramRun Play(string script)
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

    /// <summary>Has the driver, which runs natively, start the <c>kpio</c> command with the program.</summary>
    private sealed class TerminalRunner : IProgramRunner
    {
        public string Name => "kpio on a terminal";

        public RunResult Run(ProgramRun run, ScratchDirectory scratch)
        {
            KpioCommandRunner.Invoke(["--version"], "/"); // builds what is out of date
            string[] arguments =
            [
                run.Arguments[0], KpioCommandRunner.Command, "run", "--cwd", scratch.Path, "--mount", $"{scratch.Path}:{scratch.Path}:rw", "--",
                .. run.Arguments.Skip(1),
            ];
            return ChildProcess.Run(run.Program, arguments, scratch.Path, run.EnvironmentIn(scratch.Path), timeout: run.Timeout);
        }
    }
}
