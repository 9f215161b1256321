using System.Diagnostics;
using Kpio.Testing;

namespace Kpio.Debugger.Tests.Gdb;

/// <summary>Connecting, interrupting, leaving, and what gdb asks of KPIO alone.</summary>
public sealed class GdbSessionTests
{
    private static string Waits { get; } = GuestProgram.Build("debug/waits.c", GuestVariant.DebugMusl);

    [Fact]
    public void InterruptStopsALoopThatIsThenLedOut()
    {
        string transcript = Interrupted(["s"], ["bt 1", "print spins > 0", "set var stop = 2", "continue"], out RunResult guest);
        Assert.Contains("Program received signal SIGINT", transcript, StringComparison.Ordinal);
        Assert.Contains("$1 = 1", transcript, StringComparison.Ordinal);
        Assert.Equal("ready\nstopped 6\n", guest.OutputText);
    }

    [Fact]
    public void InterruptStopsAWaitThatGoesOnAfterACall()
    {
        string transcript = Interrupted(["p", "4000"], ["print $orig_rax", "print (int) $rax", "print triple(5)", "print $orig_rax", "continue"], out RunResult guest);
        Assert.Contains("$1 = 7\n$2 = -516\n$3 = 15\n$4 = 7\n", transcript, StringComparison.Ordinal);
        Assert.Equal("ready\npoll 0\n", guest.OutputText);
        Assert.Equal(0, guest.ExitCode);
    }

    [Fact]
    public void DetachedProgramRunsOn()
    {
        GdbScript.OnKpio(Waits, ["p", "1"], ["break triple", "detach"], out RunResult guest);
        Assert.Equal(("ready\npoll 0\n", 0), (guest.OutputText, guest.ExitCode));
    }

    [Fact]
    public void ProgramWhoseDebuggerIsLostRunsOn()
    {
        using var run = new DebuggedRun(Waits, "p", "1");
        using (var client = new RawClient(run.Socket))
            client.Ask("qSupported:multiprocess+");
        Assert.Equal("ready\npoll 0\n", run.Wait().OutputText);
    }

    [Fact]
    public void KilledProgramEndsWithItsSignal()
    {
        GdbScript.OnKpio(Waits, ["s"], ["break main", "continue", "kill"], out RunResult guest);
        Assert.Equal(137, guest.ExitCode);
        GdbScript.OnKpio(Waits, ["s"], ["break main", "continue"], out guest); // quitting kills what gdb has started
        Assert.Equal(137, guest.ExitCode);
    }

    [Fact]
    public void SecondDebuggerTakesARunningProgram()
    {
        using var run = new DebuggedRun(Waits, "s");
        using (var first = new RawClient(run.Socket))
        {
            first.Ask("qSupported:multiprocess+");
            Assert.Equal("OK", first.Ask("D;2"));
        }

        RunResult gdb = ChildProcess.Run("gdb", ["-nx", "-batch", "-ex", $"target remote {run.Socket}", "-ex", "set var stop = 1", "-ex", "continue", Waits], "/");
        Assert.Contains("exited normally", gdb.OutputText, StringComparison.Ordinal);
        Assert.Equal("ready\nstopped 3\n", run.Wait().OutputText);
    }

    [Fact]
    public void MonitorAnswers()
    {
        string transcript = GdbScript.OnKpio(Waits, ["p", "1"], ["monitor help", "monitor echo a b", "monitor nothing", "continue"], out _);
        Assert.Contains("echo: says what it is told", transcript, StringComparison.Ordinal);
        Assert.Contains("a b\n", transcript, StringComparison.Ordinal);
        Assert.Contains("there is no 'nothing'", transcript, StringComparison.Ordinal);
    }

    [Fact]
    public void VectorMappingsAndFilesComeFromTheGuest()
    {
        string program = GuestProgram.Build("debug/waits.c", GuestVariant.DebugDynamic);
        using var run = new DebuggedRun(program, "p", "1");

        // Without the program's name: gdb fetches all from the guest's tree.
        RunResult gdb = ChildProcess.Run(
            "gdb",
            ["-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", $"target remote {run.Socket}", "-ex", "info auxv", "-ex", "break poll", "-ex", "continue", "-ex", "bt -1", "-ex", "info sharedlibrary", "-ex", "info threads", "-ex", "continue"],
            "/");
        Assert.Contains("AT_ENTRY", gdb.OutputText, StringComparison.Ordinal);
        Assert.Contains("target:", gdb.OutputText, StringComparison.Ordinal);
        Assert.Matches("Yes .*libc.so.6", gdb.OutputText);
        Assert.Contains("main (argc=3", gdb.OutputText, StringComparison.Ordinal);
        Assert.Contains("Thread 2.2 \"waits\"", gdb.OutputText, StringComparison.Ordinal);
        Assert.Equal(0, run.Wait().ExitCode);
    }

    /// <summary>Natively it takes debug registers, which a host that is itself virtual may not have: so what is read is known from the source.</summary>
    [Fact]
    public void ReadsAndWritesAreWatched()
    {
        string transcript = GdbScript.OnKpio(
            GuestProgram.Build("debug/calls.c", GuestVariant.DebugMusl),
            [],
            ["handle SIGUSR1 nostop noprint", "break main", "continue", "delete", "rwatch ratio", "continue", "delete", "awatch caught", "continue", "continue", "delete", "continue"],
            out RunResult guest);
        Assert.Matches(@"Hardware read watchpoint 2: ratio\n\nValue = 1\.5\n", transcript);
        Assert.Matches(@"Hardware access \(read/write\) watchpoint 3: caught\n\nOld value = 0\nNew value = 10\n", transcript);
        Assert.Matches(@"Hardware access \(read/write\) watchpoint 3: caught\n\nValue = 10\n", transcript);
        Assert.Equal(0, guest.ExitCode);
    }

    [Fact]
    public void BothSidesOfAForkAreDebugged()
    {
        string transcript = GdbScript.OnKpio(
            GuestProgram.Build("debug/processes.c", GuestVariant.DebugMusl),
            [],
            ["set detach-on-fork off", "set schedule-multiple on", "break child_work", "continue", "info inferiors", "bt", "inferior 1", "bt -1", "inferior 2", "continue", "inferior 1", "kill inferiors 1"],
            out RunResult guest);
        Assert.Contains("[New inferior 2 (process 3)]", transcript, StringComparison.Ordinal);
        Assert.Matches(@"hit Breakpoint 1(\.2)?, child_work \(n=3\)", transcript);
        Assert.Contains("[Inferior 2 (process 3) exited with code 04]", transcript, StringComparison.Ordinal);
        Assert.Equal(137, guest.ExitCode);
    }

    [Fact]
    public void ThreadsAreStoppedTogether()
    {
        string transcript = GdbScript.OnKpio(
            GuestProgram.Build("debug/threads.c", GuestVariant.DebugGlibc),
            [],
            ["break add if n == 3", "continue", "info threads", "thread apply all bt -1", "delete", "continue"],
            out RunResult guest);
        for (int tid = 2; tid <= 5; tid++)
            Assert.Contains($"Thread 2.{tid} \"threads\"", transcript, StringComparison.Ordinal);
        Assert.Equal(3, transcript.Split("in clone3 ()").Length - 1);
        Assert.Equal("total 30\n", guest.OutputText);
    }

    [Fact]
    public void GuestReadsItsCodeWithoutBreakpoints()
    {
        // The program compares its own first bytes: a breakpoint is in no memory that a program can read.
        string transcript = GdbScript.OnKpio(
            GuestProgram.Build("debug/calls.c", GuestVariant.DebugMusl), [], ["handle SIGUSR1 nostop noprint", "break leaf", "continue", "set breakpoint always-inserted on", "print/x *(unsigned char *) &leaf", "delete", "continue"], out RunResult guest);
        Assert.DoesNotContain("= 0xcc", transcript, StringComparison.Ordinal);
        Assert.Equal(0, guest.ExitCode);
    }

    /// <summary>Continues, interrupts gdb when the program has said that it is ready, and goes on with the commands.</summary>
    private static string Interrupted(string[] arguments, string[] commands, out RunResult guest)
    {
        using var run = new DebuggedRun(Waits, arguments);
        string[] script = ["set pagination off", "set confirm off", "break puts", $"target remote {run.Socket}", "continue", "finish", "delete", "echo now\\n", "continue", .. commands];
        var start = new ProcessStartInfo("gdb", ["-nx", "-batch", .. script.SelectMany(static command => new[] { "-ex", command }), Waits])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process gdb = Process.Start(start)!;
        Task<string> error = gdb.StandardError.ReadToEndAsync();
        string transcript = "";
        while (gdb.StandardOutput.ReadLine() is { } line)
        {
            transcript += line + "\n";
            if (line != "now")
                continue;
            Thread.Sleep(500); // until the program runs
            ChildProcess.Run("/bin/kill", ["-INT", gdb.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)], "/");
        }

        gdb.WaitForExit();
        guest = run.Wait();
        return transcript + error.GetAwaiter().GetResult();
    }
}
