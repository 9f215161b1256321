using Kpio.Testing;

namespace Kpio.Checkpoint.Tests;

/// <summary>A machine whose console is the user's terminal: saved in the middle of a shell session and gone on with at another terminal.</summary>
public sealed class TerminalTests
{
    // It is saved while the shell reads this line, key by key.
    private const string Save = """
        expect $ 
        send x=kept; : a line that is long enough for the machine to be saved before the shell has read its end\n
        wait
        modes
        """;

    private const string GoOn = """
        sleep 1000
        send \n
        expect $ 
        send echo "<$x>"\n
        expect <kept>
        expect $ 
        send sleep 100\n
        sleep 2500
        send \x1a
        expect Stopped
        expect $ 
        send kill -9 %1; sleep 2\n
        expect $ 
        send stty size\n
        expect 24 80
        expect $ 
        size 30 90
        sleep 500
        send stty size\n
        expect 30 90
        expect $ 
        send exit 7\n
        wait
        modes
        """;

    [Fact]
    public void AShellGoesOnAtAnotherTerminal()
    {
        using var scratch = new ScratchDirectory();
        RunResult saved = Play(scratch, Save, "run", "--checkpoint", "after=110syscalls:shell.ckpt", "--checkpoint-stop", "--", "busybox", "sh");
        Assert.True(File.Exists(Path.Combine(scratch.Path, "shell.ckpt")), saved.OutputText + saved.ErrorText);
        Assert.Contains("modes: as at the start", saved.OutputText, StringComparison.Ordinal);
        RunResult rest = Play(scratch, GoOn, "restore", "shell.ckpt");
        Assert.True(rest.ExitCode == 0, rest.OutputText + rest.ErrorText);
        Assert.Contains("ended with 7", rest.OutputText, StringComparison.Ordinal);
        Assert.Contains("modes: as at the start", rest.OutputText, StringComparison.Ordinal);

        RunResult without = KpioCommandRunner.Invoke(["restore", "shell.ckpt"], scratch.Path);
        Assert.Equal((125, "kpio: shell.ckpt: the user's terminal was its console: it goes on on a terminal alone\n"), (without.ExitCode, without.ErrorText));
    }

    private static RunResult Play(ScratchDirectory scratch, string script, params string[] arguments)
    {
        KpioCommandRunner.Invoke(["--version"], "/"); // builds what is out of date
        scratch.Write("script", script);
        var environment = new Dictionary<string, string>(ProgramRun.PlainEnvironment) { ["PS1"] = "$ ", ["TERM"] = "dumb" };
        return ChildProcess.Run(
            GuestProgram.Build("support/ptydriver.c"), ["script", KpioCommandRunner.Command, .. arguments], scratch.Path, environment, timeout: TimeSpan.FromSeconds(150));
    }
}
