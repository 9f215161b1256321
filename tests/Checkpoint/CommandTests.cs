using Kpio.Testing;

namespace Kpio.Checkpoint.Tests;

/// <summary><c>kpio run --checkpoint</c> and <c>kpio restore</c> as a user meets them.</summary>
public sealed class CommandTests
{
    private const string Script = "for i in 1 2 3 4 5 6; do echo line $i; done | sort -r | while read -r x; do echo got $x; done; echo in memory >/tmp/kept; cat /tmp/kept; sleep 2; date";

    [Fact]
    public void ARestoredRunGoesOnToTheSameOutputAndCycles()
    {
        using var scratch = new ScratchDirectory();
        RunResult whole = Kpio(scratch, "run", "--deterministic", "--trace=whole", "--trace-format", "json", "--checkpoint", "after=150syscalls:a.ckpt", "--", "busybox", "sh", "-c", Script);
        RunResult first = Kpio(scratch, "run", "--deterministic", "--trace=first", "--trace-format", "json", "--checkpoint", "after=150syscalls:b.ckpt", "--checkpoint-stop", "--", "busybox", "sh", "-c", Script);
        RunResult rest = Kpio(scratch, "restore", "--trace=rest", "--trace-format", "json", "b.ckpt");
        RunResult again = Kpio(scratch, "restore", "a.ckpt");
        Assert.Equal((0, ""), (whole.ExitCode, whole.ErrorText));
        Assert.Equal((0, ""), (first.ExitCode, first.ErrorText));
        Assert.Equal((0, ""), (rest.ExitCode, rest.ErrorText));
        Assert.Equal(whole.OutputText, first.OutputText + rest.OutputText);
        Assert.Equal(rest.OutputText, again.OutputText);
        Assert.Equal(File.ReadAllText(Path.Combine(scratch.Path, "whole")), File.ReadAllText(Path.Combine(scratch.Path, "first")) + File.ReadAllText(Path.Combine(scratch.Path, "rest")));
    }

    /// <summary>A restored machine has the processor that it had.</summary>
    [Fact]
    public void TheProcessorGoesAlong()
    {
        using var scratch = new ScratchDirectory();
        const string script = "for i in 1 2 3 4 5; do echo $i; done; grep -c ' avx2 ' /proc/cpuinfo";
        RunResult first = Kpio(scratch, "run", "--cpu", "v3", "--checkpoint", "after=40syscalls:c.ckpt", "--checkpoint-stop", "--", "busybox", "sh", "-c", script);
        Assert.Equal((0, ""), (first.ExitCode, first.ErrorText));
        RunResult rest = Kpio(scratch, "restore", "c.ckpt");
        Assert.Equal("1\n2\n3\n4\n5\n1\n", first.OutputText + rest.OutputText);
        Assert.NotEmpty(rest.OutputText);
        RunResult changed = Kpio(scratch, "restore", "--cpu", "v2", "c.ckpt");
        Assert.Equal((125, "kpio: --cpu cannot be changed: the machine has what it was kept with\n"), (changed.ExitCode, changed.ErrorText));
    }

    [Fact]
    public void AFileOfTheHostIsOpenedAgainOrMissed()
    {
        using var scratch = new ScratchDirectory();
        File.WriteAllText(Path.Combine(scratch.Path, "data"), string.Concat(Enumerable.Range(1, 50).Select(static i => $"row {i}\n")));
        RunResult first = Kpio(
            scratch, "run", "--mount", $"{scratch.Path}:/data", "--checkpoint", "after=60syscalls:c.ckpt", "--checkpoint-stop", "--", "busybox", "sh", "-c", "while read -r a b; do echo $b; done </data/data");
        Assert.Equal(0, first.ExitCode);
        RunResult rest = Kpio(scratch, "restore", "c.ckpt");
        Assert.Equal(string.Concat(Enumerable.Range(1, 50).Select(static i => $"{i}\n")), first.OutputText + rest.OutputText);
        Assert.NotEmpty(rest.OutputText);
        File.Delete(Path.Combine(scratch.Path, "data"));
        RunResult gone = Kpio(scratch, "restore", "c.ckpt");
        Assert.Equal((125, $"kpio: c.ckpt: {Path.Combine(scratch.Path, "data")} is gone\n"), (gone.ExitCode, gone.ErrorText));
    }

    [Theory]
    [InlineData("no checkpoint is named: kpio restore [options] FILE", "restore")]
    [InlineData("one checkpoint is restored at a time: kpio restore [options] FILE", "restore", "a", "b")]
    [InlineData("there is no option --nothing: 'kpio run --help' lists them", "restore", "--nothing", "a")]
    [InlineData("--memory cannot be changed: the machine has what it was kept with", "restore", "--memory", "1G", "a")]
    [InlineData("none.ckpt: no such file or directory", "restore", "none.ckpt")]
    [InlineData("/etc/passwd: it is no checkpoint of KPIO", "restore", "/etc/passwd")]
    [InlineData("--checkpoint: 'x' is no checkpoint: use after=1000syscalls:FILE", "run", "--checkpoint", "x", "true")]
    [InlineData("--checkpoint: '0' is no number of system calls", "run", "--checkpoint", "after=0syscalls:x", "true")]
    [InlineData("say which machine: --pid PID or --socket PATH", "checkpoint", "x.ckpt")]
    public void WrongUseIsSaidInALine(string message, params string[] arguments)
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Kpio(scratch, arguments);
        Assert.Equal(125, result.ExitCode);
        Assert.Single(result.ErrorText.TrimEnd('\n').Split('\n'));
        Assert.StartsWith("kpio: " + message, result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatCannotBeWrittenStopsNothing()
    {
        using var scratch = new ScratchDirectory();
        RunResult result = Kpio(scratch, "run", "--checkpoint", "after=3syscalls:/no/such/folder/x.ckpt", "--", "busybox", "echo", "done");
        Assert.Equal((0, "done\n", "kpio: the checkpoint /no/such/folder/x.ckpt cannot be written: no such file or directory\n"), (result.ExitCode, result.OutputText, result.ErrorText));
    }

    [Fact]
    public async Task ARunningMachineIsKeptAndGoesOnElsewhere()
    {
        using var scratch = new ScratchDirectory();
        string socket = Path.Combine(scratch.Path, "s.sock");
        Task<RunResult> run = Task.Run(() => Kpio(scratch, "run", $"--control={socket}", "--", "busybox", "sh", "-c", "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo $i; sleep 0.2; done; exit 7"));
        SpinWait.SpinUntil(() => File.Exists(socket), TimeSpan.FromSeconds(60));
        Thread.Sleep(1500);
        RunResult kept = Kpio(scratch, "checkpoint", "--socket", socket, "--stop", "d.ckpt");
        Assert.Equal((0, ""), (kept.ExitCode, kept.ErrorText));
        RunResult first = await run;
        Assert.Equal(0, first.ExitCode);
        RunResult rest = Kpio(scratch, "restore", "d.ckpt");
        Assert.Equal(7, rest.ExitCode);
        Assert.Equal(string.Concat(Enumerable.Range(1, 40).Select(static i => $"{i}\n")), first.OutputText + rest.OutputText);
    }

    private static RunResult Kpio(ScratchDirectory scratch, params string[] arguments) =>
        KpioCommandRunner.Invoke(arguments, scratch.Path, timeout: TimeSpan.FromMinutes(2));
}
