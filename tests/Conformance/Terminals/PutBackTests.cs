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
