using Kpio.Testing;

namespace Kpio.HotSwap.Tests.Command;

/// <summary><c>--swap</c> and <c>--swap-every</c>: swaps at places of the program.</summary>
public sealed class SwapOptionTests : IDisposable
{
    // One system call a line, after those of the start.
    private const string Lines = "i=0; while [ $i -lt 200 ]; do echo a$i; i=$((i+1)); done";

    private readonly ScratchDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PluginsAreReplacedAtTheirCalls()
    {
        string loud = _folder.Write("loud.cs", SpeechPlugin.Source(SpeechPlugin.Loud));
        string next = _folder.Write("next.cs", SpeechPlugin.Source(SpeechPlugin.Next, "1, 2"));
        string[] arguments = ["run", "--verbose", "--abi", loud, "--swap", $"after=100syscalls:speech={next},vfs=", "--swap", $"after=150:{loud}", "busybox", "sh", "-c", Lines];
        RunResult result = KpioCommandRunner.Invoke(arguments, "/");
        Assert.Equal(0, result.ExitCode);
        string[] lines = result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(200, lines.Length);
        Assert.Equal(Enumerable.Range(0, 200), lines.Select(static line => int.Parse(line.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)));
        string letters = string.Concat(lines.Select(static line => line[0]));
        Assert.Matches("^A+b{50}A+$", letters);
        Assert.Matches(
            @"^kpio: swapped speech 1\.0 → 1\.2 \(generation 2\), vfs \S+ → \S+ \(generation 2\): pause [0-9.]+ ms, \d+ cycles to stop, 0 calls carried over, [1-9]\d* records, [1-9]\d* bytes\n"
            + @"kpio: swapped speech 1\.2 → 1\.0 \(generation 3\): pause [0-9.]+ ms, .*\n$",
            System.Text.Encoding.UTF8.GetString(result.Error));
        RunResult again = KpioCommandRunner.Invoke(arguments.Where(static argument => argument != "--verbose"), "/");
        Assert.Equal((0, result.OutputText, ""), (again.ExitCode, again.OutputText, again.ErrorText));
    }

    [Fact]
    public void EverythingIsReplacedAgainAndAgain()
    {
        string loud = _folder.Write("loud.cs", SpeechPlugin.Source(SpeechPlugin.Loud));
        RunResult result = KpioCommandRunner.Invoke(["run", "--verbose", "--abi", loud, "--swap-every", "40", "busybox", "sh", "-c", Lines + " | md5sum"], "/");
        RunResult plain = KpioCommandRunner.Invoke(["run", "--abi", loud, "busybox", "sh", "-c", Lines + " | md5sum"], "/");
        Assert.Equal((0, plain.OutputText), (result.ExitCode, result.OutputText));
        string[] reports = System.Text.Encoding.UTF8.GetString(result.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(reports.Length, 5, 100);
        Assert.All(reports, static line => Assert.Matches(@"^kpio: swapped vfs .*, memory .*, process .*, linux .*, speech 1\.0 → 1\.0 \(generation \d+\): pause ", line));
    }

    [Fact]
    public void SwapThatFailsLeavesTheProgramAlone()
    {
        string text = _folder.Write("text.dll", "no assembly");
        RunResult result = KpioCommandRunner.Invoke(["run", "--swap", $"after=100syscalls:vfs={text}", "busybox", "sh", "-c", Lines + " | busybox tail -n 1"], "/");
        Assert.Equal((0, "a199\n"), (result.ExitCode, result.OutputText));
        Assert.Equal($"kpio: swap failed in step Load: {text} cannot be loaded as a plugin: it is no .NET assembly\n", result.ErrorText);
    }

    [Theory]
    [InlineData("--swap", "vfs=x.dll", "--swap: 'vfs=x.dll' is no swap: use after=1000syscalls:NAME=PATH")]
    [InlineData("--swap", "after=0:vfs=", "--swap: '0' is no number of system calls: use 1 or more")]
    [InlineData("--swap", "after=10calls:vfs=", "--swap: '10calls' is no number of system calls: use 1 or more")]
    [InlineData("--swap", "after=10:", "--swap: '' names no plugin: use NAME=PATH, PATH, or NAME=builtin")]
    [InlineData("--swap", "after=10:vfs=/missing.dll", "there is no file /missing.dll")]
    [InlineData("--swap", "after=10:vsf=builtin", "there is no built-in plugin 'vsf' in this machine; there are: vfs, memory, process, linux")]
    [InlineData("--swap-every", "often", "--swap-every: 'often' is no number of system calls: use 1 or more")]
    public void WrongOptionEndsInALine(string option, string value, string message)
    {
        RunResult result = KpioCommandRunner.Invoke(["run", option, value, "busybox", "true"], "/");
        Assert.Equal((125, "", $"kpio: {message}\n"), (result.ExitCode, result.OutputText, result.ErrorText));
    }
}
