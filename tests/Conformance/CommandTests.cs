using System.Diagnostics;
using System.Globalization;
using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>What the <c>kpio</c> command itself promises: limits, interruption, exit codes, and silence.</summary>
public sealed class CommandTests
{
    private static string Fault { get; } = GuestProgram.Build("faults/fault.c");

    [Fact]
    public void MemoryLimitGivesEnomem()
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Runners.Command.Run(new ProgramRun(Fault, "memory") { KpioOptions = ["--memory", "64M"] }, scratch);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("refused: yes", result.OutputText, StringComparison.Ordinal);
        Assert.Empty(result.ErrorText);
    }

    [Theory]
    [InlineData("loop")]
    [InlineData("sleep")]
    public void TimeoutEndsWith124(string way)
    {
        using var scratch = new ScratchDirectory();
        KpioCommandRunner.Invoke(["--version"], "/"); // builds what is out of date, which takes longer than the limit here
        var watch = Stopwatch.StartNew();
        RunResult result = Runners.Command.Run(
            new ProgramRun(Fault, way) { KpioOptions = ["--timeout", "1"], Timeout = TimeSpan.FromSeconds(30) }, scratch);
        Assert.Equal(124, result.ExitCode);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0.9, 20);
        Assert.Contains("about to " + way, result.OutputText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("loop")]
    [InlineData("sleep")]
    public void InterruptEndsTheGuestWith130(string way)
    {
        using Process process = Start(way);
        Interrupt(process);
        Assert.True(process.WaitForExit(20_000));
        Assert.Equal(130, process.ExitCode);
    }

    [Fact]
    public void ThreeInterruptsEndKpioItself()
    {
        using Process process = Start("ignore-interrupt-loop");
        Assert.Equal("ready", process.StandardOutput.ReadLine());
        Interrupt(process);
        Assert.False(process.WaitForExit(1500));
        for (int i = 0; i < 3; i++)
        {
            Interrupt(process);
            Thread.Sleep(100);
        }

        Assert.True(process.WaitForExit(20_000));
        Assert.NotEqual(0, process.ExitCode);
    }

    [Fact]
    public void NothingOfKpioIsPrinted()
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Runners.Command.Run(new ProgramRun(GuestProgram.Build("programs/hello.c")), scratch);
        Assert.Equal("to standard error\n", result.ErrorText);
        Assert.StartsWith("hello from 1 arguments\n", result.OutputText, StringComparison.Ordinal);
        Assert.Equal(42, result.ExitCode);
    }

    [Fact]
    public void NothingIsCompiledAtStart()
    {
        using var scratch = new ScratchDirectory();
        string list = Path.Combine(scratch.Path, "compiled");
        var environment = new Dictionary<string, string>(ProgramRun.PlainEnvironment)
        {
            ["DOTNET_JitStdOutFile"] = list,
            ["DOTNET_JitDisasmSummary"] = "1",
        };
        Assert.Equal(0, KpioCommandRunner.Invoke(["run", "busybox", "true"], "/", environment: environment).ExitCode);

        // The list is written at the runtime's own end, in which the finalizer thread compiles this one.
        Assert.All(File.ReadAllLines(list), line => Assert.Contains("Thread:GetThreadStaticsBase", line, StringComparison.Ordinal));
    }

    [Fact]
    public void AShortProgramNeedsLessThan60Megabytes()
    {
        KpioCommandRunner.Invoke(["--version"], "/"); // builds what is out of date
        RunResult result = ChildProcess.Run(GuestProgram.Build("support/peak.c"), [KpioCommandRunner.Command, "run", "busybox", "true"], "/", ProgramRun.PlainEnvironment);
        Assert.Equal((0, ""), (result.ExitCode, result.ErrorText));
        Assert.InRange(long.Parse(result.OutputText, CultureInfo.InvariantCulture), 1_000, 60_000_000 / 1024);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run", "--no-such-option", "--", "/bin/true")]
    [InlineData("run", "--memory", "nonsense", "--", "/bin/true")]
    [InlineData("run", "--cpu", "v9", "/bin/true")]
    [InlineData("run", "--engine", "qemu", "/bin/true")]
    [InlineData("run", "--trace=/missing/file", "/bin/true")]
    [InlineData("run", "--trace=/", "/bin/true")]
    [InlineData("run", "--trace=/dev/full", "/bin/true")]
    [InlineData("run", "--root", "/etc/passwd", "/bin/true")]
    [InlineData("no-such-command")]
    [InlineData("abi", "list", "--format", "xml")]
    [InlineData("abi", "list", "--tier", "Z")]
    [InlineData("plugins", "--no-such-option")]
    public void WrongCommandLineSaysWhatToDo(params string[] arguments)
    {
        RunResult result = KpioCommandRunner.Invoke(arguments, "/");
        Assert.Equal((125, ""), (result.ExitCode, result.OutputText));
        string line = Assert.Single(result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("kpio: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("defect in KPIO", line, StringComparison.Ordinal);
        Assert.DoesNotMatch("[A-Za-z]_[A-Z]", line); // the base library's names of texts
    }

    // Starts the guest and waits until it has said what it is about to do.
    private static Process Start(string way)
    {
        var start = new ProcessStartInfo(KpioCommandRunner.Command, ["run", "--", Fault, way])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        Process process = Process.Start(start) ?? throw new InvalidOperationException("kpio did not start.");
        Assert.Equal("about to " + way, process.StandardOutput.ReadLine());
        return process;
    }

    private static void Interrupt(Process process) => ChildProcess.Run(
        "/bin/kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)], "/");
}
