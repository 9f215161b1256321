using Kpio.Testing;

namespace Kpio.StraceComparison.Tests;

/// <summary>
/// <c>kpio run --inject</c> against <c>strace --inject</c>: the same program on Linux below the real strace and under KPIO, both with the
/// same injections, must print the same and end the same; and what the one cannot read the other cannot.
/// </summary>
public sealed class InjectionTests
{
    private const string Source = "injected/calls.c";

    /// <summary>What is run, and the injections, one or more.</summary>
    public static TheoryData<string, string> Runs => new()
    {
        { "results", "chdir:error=ENOENT" },
        { "results", "chdir:error=ENOENT:when=3" },
        { "results", "chdir:error=ENOENT:when=3+" },
        { "results", "chdir:error=ENOENT:when=2..4" },
        { "results", "chdir:error=ENOENT:when=1+2" },
        { "results", "chdir:error=ENOENT:when=2..5+3" },
        { "results", "chdir:error=ENOENT:when=2..4+" },
        { "results", "chdir:error=ENOENT:when=1:when=4+" },
        { "results", "%file:error=EIO:when=4+" },
        { "results", "file:error=EACCES:when=3..4" },
        { "results", "/^(chd|openat):error=EMFILE:when=2+2" },
        { "results", "!write,execve,exit_group,rt_sigaction,brk,mmap:error=ENOSYS:when=5+" },
        { "results", "chdir,getcwd,79:error=77:when=2" },
        { "results", "getppid:retval=4711:when=2+" },
        { "results", "getppid:retval=-5:when=1" },
        { "results", "getcwd:retval=0x10:syscall=getuid:when=3" },
        { "results", "openat:error=ENFILE:syscall=gettid:when=4+" },
        { "results", "openat:error=4095:when=2 chdir:retval=7:when=2" },
        { "results", "chdir:error=EIO chdir:retval=1:when=2" },
        { "results", "?nosuchcall,chdir:error=EPERM:when=6" },
        { "results", "none:error=EPERM" },
        { "results", "chdir:delay_enter=1ms:delay_exit=100:error=EINTR:when=2" },
        { "results", "chdir:signal=SIGTERM:when=4" },
        { "results", "chdir:signal=KILL:when=2" },
        { "results", "getcwd:signal=SIGCHLD" },
        { "family", "chdir:error=ENOENT:when=2" },
        { "family", "chdir:error=ENOENT:when=3+" },
        { "family", "chdir:signal=SIGKILL:when=6" },
        { "signal", "chdir:signal=SIGUSR1" },
        { "signal", "chdir:signal=USR1:when=2+2" },
        { "signal", "chdir:signal=35" },
        { "signal", "chdir:signal=SIGRT_3:error=ENOENT:when=1..2" },
        { "signal", "chdir:signal=SIGUSR1:retval=5:delay_exit=2ms" },
        { "signal", "rt_sigaction:error=EINVAL" },
        { "wait", "read:signal=SIGUSR1:when=1" },
        { "wait", "read:signal=SIGUSR1:when=1..2" },
        { "wait", "read:signal=SIGUSR1:delay_exit=3ms:when=1" },
        { "wait", "read:error=EINTR:when=1" },
        { "restart", "read:signal=SIGUSR1:when=1" },
        { "restart", "read:signal=SIGUSR1:when=1..2" },
        { "restart", "read:signal=SIGUSR1:delay_exit=3ms:when=1" },
        { "pause", "nanosleep:signal=SIGUSR1:when=2" },
        { "pause", "nanosleep:signal=SIGUSR1:delay_exit=2ms:when=2" },
        { "pause", "nanosleep:error=EINTR:when=3" },
        { "time 40", "chdir:delay_enter=40ms:when=2+" },
        { "time 40", "chdir:delay_exit=0.04s:when=1+2" },
        { "time 40", "chdir:delay_enter=20000:delay_exit=20000us:when=4" },
        { "exec", "execve:error=ENOENT" },
        { "exec 50", "execve:delay_exit=60ms" },
        { "exec 50", "execve:delay_enter=60ms" },
        { "exec 50", "fork,vfork,clone,clone3:delay_exit=60ms" },
        { "exec 50", "exit_group:delay_enter=60ms" },
        { "exec", "exit_group:delay_exit=60ms" },
        { "exec", "wait4:error=ECHILD" },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void TheGuestSeesTheSame(string what, string injections)
    {
        using var scratch = new ScratchDirectory();
        string program = GuestProgram.Build(Source);
        string[] options = [.. injections.Split(' ').Select(static injection => "--inject=" + injection)];
        string[] command = [program, .. what.Split(' ')];
        RunResult native = ChildProcess.Run("/usr/bin/strace", ["-f", "-o", "/dev/null", .. options, .. command], scratch.Path, ProgramRun.PlainEnvironment);
        Assert.DoesNotContain("invalid", native.ErrorText, StringComparison.Ordinal);
        foreach (string[] clock in new string[][] { [], ["--deterministic"] })
        {
            RunResult kpio = KpioCommandRunner.Invoke(["run", .. clock, .. options, "--", .. command], scratch.Path);
            Assert.Equal(native.OutputText, kpio.OutputText);
            Assert.Equal(native.ExitCode, kpio.ExitCode);
            Assert.Empty(kpio.ErrorText);
        }
    }

    /// <summary>strace 6.1 loses a signal that comes with a delay before the call; its manual says that both come, and both do here.</summary>
    [Fact]
    public void ASignalComesThoughTheCallIsHeldBack()
    {
        RunResult result = KpioCommandRunner.Invoke(["run", "--inject=chdir:signal=SIGUSR1:delay_enter=2ms:when=1", "--", GuestProgram.Build(Source), "signal"], "/");
        Assert.StartsWith("chdir: 0\ncaught 1 0, code 128 from 0\nchdir: 0\ncaught 1 0, code 99", result.OutputText, StringComparison.Ordinal);
    }

    /// <summary>Half an hour of the machine's takes no time of the host's.</summary>
    [Theory]
    [InlineData("chdir:delay_enter=600s")]
    [InlineData("chdir:delay_exit=600s")]
    public void DelaysAreVirtualTimeInDeterministicRuns(string injection)
    {
        RunResult result = KpioCommandRunner.Invoke(["run", "--deterministic", "--inject=" + injection, "--", GuestProgram.Build(Source), "time", "600000"], "/");
        Assert.Equal("chdir: 0\nslow\nchdir: 0\nslow\nchdir: 0\nslow\nchdir with a timer: 0\nslow, caught 1\n", result.OutputText);
    }

    /// <summary>Calls are held back, and counted on, though every plugin is replaced meanwhile.</summary>
    [Theory]
    [InlineData("results", "chdir:error=ENOENT:delay_enter=5ms:delay_exit=5ms:when=2+2 getcwd:signal=SIGCHLD")]
    [InlineData("family", "chdir:error=ENOENT:when=2")]
    [InlineData("restart", "read:signal=SIGUSR1:delay_exit=50ms:when=1")]
    public void ASwapChangesNothing(string what, string injections)
    {
        string[] options = ["run", "--deterministic", .. injections.Split(' ').Select(static injection => "--inject=" + injection)];
        string[] command = ["--", GuestProgram.Build(Source), what];
        RunResult plain = KpioCommandRunner.Invoke([.. options, .. command], "/");
        RunResult swapped = KpioCommandRunner.Invoke([.. options, "--swap-every", "7", .. command], "/", timeout: TimeSpan.FromMinutes(3));
        Assert.NotEmpty(plain.OutputText);
        Assert.Equal(plain.OutputText, swapped.OutputText);
        Assert.Equal(plain.ExitCode, swapped.ExitCode);
        Assert.Empty(swapped.ErrorText);
    }

    /// <summary>Expressions, right and wrong. None of them touches a call that <c>true</c> makes.</summary>
    public static TheoryData<string> Expressions =>
    [
        "chdir", "chdir:", "chdir:when=3", "chdir:foo=1", "nosuch:error=EPERM", "?nosuch:error=EPERM", "80:error=EPERM", ":error=EPERM", "%nosuch:error=EPERM", "/(:error=EPERM",
        "%file:error=EPERM:when=1000", "file:error=EPERM:when=1000", "/^chd:error=EPERM", "!chdir:error=EPERM:when=1000", "all:error=EPERM:when=60000", "none:error=EPERM", "chdir,getcwd:error=EPERM",
        "chdir:error=EPERM:", "chdir::error=EPERM", "chdir:error=EPERM:when=1:", "chdir:error=EPERM:error=EPERM", "chdir:error=EPERM:retval=1", "chdir:retval=1:retval=1",
        "chdir:error=EFOO", "chdir:error=0", "chdir:error=1", "chdir:error=4095", "chdir:error=4096", "chdir:error=-1", "chdir:error=", "chdir:error=enoent", "chdir:error=1x",
        "chdir:error=EWOULDBLOCK", "chdir:error=ENOTSUP", "chdir:error=EHWPOISON", "chdir:error=ERESTARTSYS", "chdir:error=ENOTSUPP", "chdir:error=512",
        "chdir:error=EIO:when=0", "chdir:error=EIO:when=01", "chdir:error=EIO:when=65535", "chdir:error=EIO:when=65536", "chdir:error=EIO:when=", "chdir:error=EIO:when=+", "chdir:error=EIO:when=-1",
        "chdir:error=EIO:when=1..65534", "chdir:error=EIO:when=1..65535", "chdir:error=EIO:when=3..2", "chdir:error=EIO:when=3..3", "chdir:error=EIO:when=1..", "chdir:error=EIO:when=..3", "chdir:error=EIO:when=1...3",
        "chdir:error=EIO:when=1+0", "chdir:error=EIO:when=1+65535", "chdir:error=EIO:when=1+65536", "chdir:error=EIO:when=1..5+2", "chdir:error=EIO:when=1+2+3", "chdir:error=EIO:when=1+2:when=3", "chdir:error=EIO:when=1x",
        "chdir:retval=-1", "chdir:retval=+1", "chdir:retval=0x10", "chdir:retval=010", "chdir:retval=08", "chdir:retval=18446744073709551615", "chdir:retval=99999999999999999999", "chdir:retval=", "chdir:retval=1x",
        "chdir:signal=SIGUSR1", "chdir:signal=usr1", "chdir:signal=0", "chdir:signal=64", "chdir:signal=65", "chdir:signal=33", "chdir:signal=SIGRTMIN", "chdir:signal=SIGRT_1", "chdir:signal=SIGRT_32",
        "chdir:signal=SIGRT_33", "chdir:signal=RTMIN+1", "chdir:signal=SIGRTMAX", "chdir:signal=1:signal=2", "chdir:signal=CLD", "chdir:signal=IOT", "chdir:signal=SIG", "chdir:signal=",
        "chdir:delay_enter=10", "chdir:delay_enter=-1", "chdir:delay_enter=1.5ms", "chdir:delay_enter=1s", "chdir:delay_enter=1m", "chdir:delay_enter=1e3us", "chdir:delay_enter=", "chdir:delay_enter=5ns",
        "chdir:delay_enter=1:delay_enter=2", "chdir:delay_exit=1:delay_enter=2", "chdir:delay_exit=1:delay_exit=2", "chdir:delay_enter=1e400", "chdir:delay_enter=nan", "chdir:delay_enter=inf", "chdir:delay_enter=0x10",
        "chdir:delay_enter=1 ms", "chdir:delay_enter=99999999999s", "chdir:delay_enter=0",
        "chdir:syscall=getpid", "chdir:error=EPERM:syscall=getpid", "chdir:error=EPERM:syscall=chdir", "chdir:error=EPERM:syscall=39", "chdir:error=EPERM:syscall=%pure", "chdir:error=EPERM:syscall=",
        "chdir:error=EPERM:syscall=getpid:syscall=getppid",
    ];

    [Theory]
    [MemberData(nameof(Expressions))]
    public void TheSameExpressionsAreRead(string expression)
    {
        RunResult native = ChildProcess.Run("/usr/bin/strace", ["-o", "/dev/null", "--inject=" + expression, "/usr/bin/true"], "/", ProgramRun.PlainEnvironment);
        RunResult kpio = KpioCommandRunner.Invoke(["run", "--inject=" + expression, "/usr/bin/busybox", "true"], "/");
        Assert.True(native.ExitCode is 0 or 1, native.ErrorText);
        Assert.Equal(native.ExitCode == 0 ? 0 : 125, kpio.ExitCode);
        if (native.ExitCode == 0)
            Assert.Empty(kpio.ErrorText);
        else
            Assert.Matches(@"^kpio: .*--inject.*\n$", kpio.ErrorText);
    }

    [Theory]
    [InlineData("getcwd:error=ENOENT:delay_enter=10")]
    [InlineData("getcwd:delay_exit=10")]
    [InlineData("getcwd:retval=3")]
    [InlineData("getcwd:error=4095")]
    [InlineData("getcwd:signal=SIGWINCH")]
    public void TracesSayWhatWasInjected(string injection)
    {
        using var scratch = new ScratchDirectory();
        RunResult native = ChildProcess.Run("/usr/bin/strace", ["-e", "trace=getcwd", "--inject=" + injection, "/usr/bin/busybox", "pwd"], scratch.Path, ProgramRun.PlainEnvironment);
        RunResult kpio = KpioCommandRunner.Invoke(
            ["run", "--trace", "--trace-format", "strace", "--trace-filter", "getcwd", "--inject=" + injection, "--", "/usr/bin/busybox", "pwd"], scratch.Path);
        Assert.Equal(Lines(native), Lines(kpio));
        string plain = KpioCommandRunner.Invoke(["run", "--trace", "--trace-filter", "getcwd", "--inject=" + injection, "--", "/usr/bin/busybox", "pwd"], scratch.Path).ErrorText;
        Assert.Equal(native.ErrorText.Contains("(INJECTED)", StringComparison.Ordinal), plain.Contains("(INJECTED)", StringComparison.Ordinal));

        static IEnumerable<string> Lines(RunResult result) => result.ErrorText.Split('\n').Where(static line => line.Contains("getcwd", StringComparison.Ordinal) || line.Contains("---", StringComparison.Ordinal))
            .Select(static line => System.Text.RegularExpressions.Regex.Replace(line, @"0x[0-9a-f]+|\) +=", static match => match.Value[0] == ')' ? ") =" : "ADDRESS"));
    }
}
