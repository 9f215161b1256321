using Kpio.Testing;

namespace Kpio.Sandbox.Tests;

/// <summary><c>kpio run --shadow</c>: a second machine does from snapshots what the live one does.</summary>
public sealed class ShadowTests : IDisposable
{
    private static readonly string ShortReads = RepositoryRoot.Combine("samples", "abi-variants", "ShortReads.cs");
    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    /// <summary>The same interface is the same: over processes, pipes, threads that wait across snapshots, time, random numbers and standard input.</summary>
    [Theory]
    [InlineData("20", false)]
    [InlineData("1000", true)]
    public void SameInterfaceDoesTheSame(string every, bool threads)
    {
        string[] program = threads
            ? [GuestProgram.Build("sandbox/busy.c")]
            : ["busybox", "sh", "-c", "read x; echo got $x; echo one two | busybox wc; busybox sleep 1; busybox cat"];
        RunResult run = Run("hello\nworld\n", ["--shadow", "linux", "--shadow-every", every, .. program]);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches("^kpio: shadow linux: [1-9][0-9]+ events in [0-9]+ stretch(es)? are the same; no stretch differs\n$", run.ErrorText);
        if (!threads)
            Assert.Matches("^got hello\n +1 +2 +8\nworld\n$", run.OutputText);
    }

    [Fact]
    public void DivergenceIsReportedAndTheRunGoesOnFromTheLiveState()
    {
        string file = _scratch.Write("text", "one two three\nfour five six\n");
        RunResult run = Run("", "--shadow", ShortReads, "--shadow-every", "4", "busybox", "sh", "-c", $"busybox wc {file}; busybox wc {file}");
        Assert.Equal((0, 2), (run.ExitCode, run.OutputText.Split('\n').Length - 1));
        Assert.Equal(2, Count(run.ErrorText, $"kpio: shadow {ShortReads} differs at event "));
        Assert.Matches("differs at event [0-9]+, in task [0-9]+ \\(busybox\\): result, memory written\n  live\n    call     read\\(3, \"one two three\\\\nfour five six\\\\n\", 4096\\) = 28\n", run.ErrorText);
        Assert.Contains("\n  shadow\n    call     read(3, \"one two\", 4096) = 7\n", run.ErrorText, StringComparison.Ordinal);
        Assert.EndsWith("are the same; 2 stretches differ\n", run.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void RunStopsWhereTheShadowDiffers()
    {
        string file = _scratch.Write("text", "one two three\n");
        RunResult run = Run("", "--shadow", ShortReads, "--shadow-on-diff", "stop", "--shadow-every", "1", "busybox", "sh", "-c", $"busybox wc {file}; echo never");
        Assert.Equal(125, run.ExitCode);
        Assert.DoesNotContain("never", run.OutputText, StringComparison.Ordinal);
        Assert.Contains("\nkpio: stopped: the shadow differs\n", run.ErrorText, StringComparison.Ordinal);
    }

    /// <summary>The shadow's output goes nowhere, and is compared: this variant changes nothing but what is written.</summary>
    [Fact]
    public void OutputOfTheShadowIsComparedAndDropped()
    {
        string variant = _scratch.Write("Loud.cs", """
            using Kpio.Contracts.Abi;
            using Kpio.Contracts.Process;
            using Kpio.Contracts.Values;

            public sealed class Loud(ISyscallAbi below) : LayeredSyscallAbi("loud", below)
            {
                [Syscall("write")]
                private SysResult Write(GuestTask task, in SyscallFrame frame)
                {
                    byte[] text = new byte[(int)frame.Argument2];
                    var buffer = new UserBuffer(task, frame.Argument1, frame.Argument2);
                    if (!buffer.TryRead(text, out SysResult stop) || !buffer.TryWrite("LOUD!"u8, out stop))
                        return stop;
                    SysResult result = Below.Invoke(task, in frame);
                    return buffer.TryWrite(text, out stop) ? result : stop;
                }
            }
            """);
        RunResult run = Run("", "--shadow", variant, "busybox", "echo", "quiet words");
        Assert.Equal((0, "quiet words\n"), (run.ExitCode, run.OutputText));
        Assert.Contains("output   standard output gets other bytes: \"quiet words.\" live, \"LOUD! words.\" in the shadow\n", run.ErrorText, StringComparison.Ordinal);
    }

    /// <summary>A plugin in the place of the built-in one, a VFS for example.</summary>
    [Fact]
    public void AnotherVfsCanBeTheCandidate()
    {
        string vfs = Path.Combine(Path.GetDirectoryName(typeof(Cli.Sandbox.Comparing.Alignment).Assembly.Location)!, "..", "..", "Kpio.Cli", "release", "plugins", "Kpio.Plugins.Vfs.dll");
        string copy = _scratch.Write("OtherVfs.dll", File.ReadAllBytes(vfs));
        RunResult run = Run("", "--shadow", "vfs=" + copy, "--shadow-every", "50", "busybox", "sh", "-c", "echo text >/tmp/file; busybox cat /tmp/file; busybox ls -l /tmp/file >/dev/null");
        Assert.Equal((0, "text\n"), (run.ExitCode, run.OutputText));
        Assert.EndsWith("are the same; no stretch differs\n", run.ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no plugin has an ABI named 'other'", "--shadow", "other", "busybox", "true")]
    [InlineData("'never' is neither report nor stop", "--shadow", "linux", "--shadow-on-diff", "never", "busybox", "true")]
    [InlineData("--shadow cannot be had together with --trace", "--shadow", "linux", "--trace", "busybox", "true")]
    [InlineData("--shadow cannot be had together with --mount /tmp:/data:rw", "--shadow", "linux", "--mount", "/tmp:/data:rw", "busybox", "true")]
    [InlineData("nothing.dll", "--shadow", "vfs=nothing.dll", "busybox", "true")]
    public void WrongUseIsToldInALine(string message, params string[] arguments)
    {
        RunResult run = Run("", arguments);
        Assert.Equal((125, ""), (run.ExitCode, run.OutputText));
        Assert.Contains(message, run.ErrorText, StringComparison.Ordinal);
        Assert.Single(run.ErrorText.TrimEnd('\n').Split('\n'));
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static RunResult Run(string input, params string[] arguments) =>
        KpioCommandRunner.Invoke(["run", .. arguments], "/", System.Text.Encoding.ASCII.GetBytes(input), TimeSpan.FromMinutes(2));
}
