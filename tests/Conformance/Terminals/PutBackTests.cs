using Kpio.Conformance.Tests.BusyBox;
using Kpio.Conformance.Tests.ForeignPlugins;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Terminals;

/// <summary>The user's terminal is put back, however a run ends.</summary>
public sealed class PutBackTests(PluginFolder plugins) : IClassFixture<PluginFolder>
{
    private static string BusyBox { get; } = BusyBoxFixture.Find();

    private static string Fault { get; } = GuestProgram.Build("faults/fault.c");

    [Theory]
    [InlineData("ignore-interrupt-loop", "expect ready\nsend \\x03\nsleep 1500\nsend \\x03\\x03\\x03\n", 130)]
    [InlineData("ignore-interrupt-loop", "expect ready\nsignal 2\nsleep 1200\nsignal 2\nsleep 100\nsignal 2\nsleep 100\nsignal 2\n", 130)]
    [InlineData("sleep", "expect about to sleep\nsend \\x03\n", 130)]
    [InlineData("loop", "expect about to loop\nsend \\x1c\n", 131)]
    [InlineData("read-null", "expect about to read-null\n", 139)]
    [InlineData("sleep", "expect about to sleep\nsignal 15\n", 143)]
    [InlineData("loop", "expect about to loop\nsignal 1\n", 129)]
    [InlineData("sleep", "expect about to sleep\nsignal 20\nsleep 300\nsignal 18\nsleep 300\nsend \\x03\n", 130)]
    public void TerminalIsPutBackAfterwards(string way, string steps, int code) => IsPutBack([Fault, way], steps, code);

    /// <summary>SIGKILL leaves KPIO no time for anything: another process puts the terminal back.</summary>
    [Theory]
    [InlineData("sleep", "expect about to sleep\nmodes\nsignal 9\nsleep 500\n")]
    [InlineData("loop", "expect about to loop\nmodes\nsignal 9\nsleep 500\n")]
    public void TerminalIsPutBackAfterKill(string way, string steps)
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Drive(scratch, steps + "modes\nwait\n", [KpioCommandRunner.Command, "run", Fault, way]);
        Assert.Contains("modes: others\nmodes: as at the start\n", result.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("ended with 137\n", result.OutputText, StringComparison.Ordinal);
    }

    /// <summary>The guard is there while the terminal is taken and no longer, and a guest sees nothing of it.</summary>
    [Fact]
    public void TerminalsGuardLeavesNothing()
    {
        using var scratch = new ScratchDirectory();
        string[] steps =
        [
            "expect $ ",
            $"send {KpioCommandRunner.Command} run busybox sh -c 'echo fds /proc/self/fd/* tasks /proc/[0-9]*; read x'\\n",
            "expect fds /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3 tasks /proc/2\\r\\n",
            "send \\n",
            "expect $ ",
            "send ps -e -o args= | grep -c 'trap.*[s]tty -g'\\n",
            "expect 0\\r\\n",
            "expect $ ",
            "send exit 0\\n",
            "wait\n",
        ];
        RunResult result = Drive(scratch, string.Join('\n', steps), ["bash", "--norc", "--noprofile", "--noediting"]);
        Assert.EndsWith("ended with 0\n", result.OutputText, StringComparison.Ordinal);
    }

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
        return ChildProcess.Run(TerminalScripts.Driver, [script, .. command], scratch.Path, TerminalScripts.EnvironmentOf(scratch.Path), timeout: TimeSpan.FromSeconds(150));
    }
}
