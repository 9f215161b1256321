using Kpio.Testing;

namespace Kpio.Conformance.Tests.BusyBox;

/// <summary>
/// The applets that do not run as on the host: those that stop at a system call which the machine does not have yet
/// (<c>stops.txt</c>), and those that differ for a reason of their own (<c>differs.txt</c>). Together with <c>applets.txt</c> the
/// lists name every applet.
/// </summary>
public sealed class OtherAppletTests(BusyBoxFixture fixture) : IClassFixture<BusyBoxFixture>
{
    // The words of stops.txt for why an applet stops.
    private static readonly HashSet<string> Reasons = ["network", "device", "mount", "module", "reboot", "host"];

    public static TheoryData<string, int, string> Stops
    {
        get
        {
            var data = new TheoryData<string, int, string>();
            foreach (string[] parts in Split("stops.txt"))
                data.Add(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), parts[2]);
            return data;
        }
    }

    public static TheoryData<string> Differing => [.. Split("differs.txt").Select(static parts => parts[0])];

    [Theory]
    [MemberData(nameof(Stops))]
    public void StopsExactlyThere(string line, int exitCode, string calls)
    {
        // Never run natively: many of these act on the machine.
        List<string> unknown = [];
        var runner = new KpioMachineRunner
        {
            Log = message =>
            {
                string[] words = message.Split(' ');
                if (message.StartsWith("unknown syscall ", StringComparison.Ordinal))
                    unknown.Add(words[2]);
            },
        };
        using var scratch = new ScratchDirectory();
        fixture.SetUp(scratch);
        RunResult result = runner.Run(fixture.Run(CommandLine.Parse(line)) with { Timeout = TimeSpan.FromSeconds(30) }, scratch);
        Assert.Equal(calls, unknown.Count == 0 ? "-" : string.Join(' ', unknown));
        Assert.Equal(exitCode, result.ExitCode);
        Assert.DoesNotContain("   at ", result.ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Differing))]
    public void EndsAsOnTheHostWithAnotherOutput(string line)
    {
        ProgramRun run = fixture.Run(CommandLine.Parse(line));
        using var scratch = new ScratchDirectory();
        fixture.SetUp(scratch);
        RunResult native = new NativeRunner().Run(run, scratch);
        RunResult own = Runners.Default.Run(run, scratch);
        Assert.Equal(native.ExitCode, own.ExitCode);
        Assert.NotEmpty(own.OutputText + own.ErrorText);
    }

    [Fact]
    public void EveryStopHasAReason() =>
        Assert.All(Split("stops.txt"), static parts => Assert.True(parts.Length == 4 && Reasons.Contains(parts[3]), $"{parts[0]}: a word why"));

    [Fact]
    public void YesEndsWithItsReader()
    {
        string command = $"'{KpioCommandRunner.Command}' run -- '{fixture.Program}' yes line | head -n 3; echo done";
        RunResult result = ChildProcess.Run("/bin/sh", ["-c", command], "/", ProgramRun.PlainEnvironment, timeout: TimeSpan.FromMinutes(2));
        Assert.False(result.TimedOut);
        Assert.Equal("line\nline\nline\ndone\n", result.OutputText);
    }

    [Fact]
    public void EveryAppletIsInAList()
    {
        IEnumerable<string> useful = BusyBoxFixture.Lines("applets.txt").Where(static line => !line.EndsWith(" --help", StringComparison.Ordinal));
        HashSet<string> named =
        [
            .. useful.Concat(Split("stops.txt").Concat(Split("differs.txt")).Select(static parts => parts[0]))
                .Select(static line => CommandLine.Parse(line).Words[0]),
        ];
        // These never end by themselves: yes is run by YesEndsWithItsReader, linuxrc is init by another name, watch needs fork each second.
        named.UnionWith(["yes", "linuxrc", "watch"]);
        string[] missing = [.. BusyBoxFixture.Applets().Where(applet => !named.Contains(applet))];
        Assert.True(missing.Length == 0, "no line for: " + string.Join(' ', missing));
    }

    private static IEnumerable<string[]> Split(string file) =>
        BusyBoxFixture.Lines(file).Select(static line => line.Split(" | ", StringSplitOptions.TrimEntries));
}
