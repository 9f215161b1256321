using Kpio.Contracts.Platform;
using Kpio.Testing;

namespace Kpio.Debugger.Tests.Gdb;

/// <summary>What gdb says of a program on KPIO is what it says of it natively.</summary>
public sealed class GdbParityTests
{
    private static readonly string[] None = [];

    public static TheoryData<string> Variants => [GuestVariant.DebugMusl, GuestVariant.DebugGlibc, GuestVariant.DebugDynamic];

    [Theory]
    [MemberData(nameof(Variants))]
    public void BreakpointsBacktracesAndLocals(string variant) => GdbScript.AssertSame(
        Calls(variant),
        ["7"],
        "handle SIGUSR1 nostop noprint", "break leaf", "continue", "bt", "next", "info locals", "print *where", "print $_siginfo.si_signo", "up", "info locals", "down", "finish", "next", "continue", "bt", "delete", "continue");

    [Theory]
    [MemberData(nameof(Variants))]
    public void SteppingGoesLineByLineAndInstructionByInstruction(string variant) => GdbScript.AssertSame(
        Calls(variant), None, "handle SIGUSR1 nostop noprint", "break main", "continue", "next", "next", "next", "next", "step", "step", "step", "stepi", "stepi", "nexti", "info line", "until", "advance blend", "continue");

    [Fact]
    public void RepeatedInstructionIsSteppedByIterations() => GdbScript.AssertSame(
        Calls(GuestVariant.DebugGlibc), None, "break 44", "continue", "stepi 4", "print/x *(unsigned short *) $pc", "print $rcx", "stepi", "print $rcx", "stepi", "print $rcx", "x/i $pc", "stepi", "stepi", "print $rcx", "x/i $pc");

    [Fact]
    public void RegistersOfTheFloatingPointUnits() => GdbScript.AssertSame(
        Calls(GuestVariant.DebugGlibc),
        None,
        "break 37", "continue", "print $st0", "print $fctrl", "print $fstat", "print $ftag", "print $xmm0.v2_double[0]", "print/x $mxcsr", "print a", "print b", "print $cs", "print $ss",
        "set var $xmm0.v2_double[0] = 2.5", "print $xmm0.v2_double[0]", "set var $rax = 17", "print $eax", "set var $st0 = 1.25", "print $st0", "finish");

    /// <summary>gdb makes $ymm of the two halves; on a processor with AVX both are there, and what is set stays set.</summary>
    [Fact]
    public void UpperHalvesOfYmm() => GdbScript.AssertSame(
        Calls(GuestVariant.DebugMusl),
        CpuModel.V3,
        None,
        "break 37", "continue", "print $xmm0.v2_double[0]", "set var $ymm3.v4_int64[2] = 77", "set var $ymm3.v4_int64[0] = -5", "set var $ymm15.v8_int32[7] = 12", "print $ymm3.v4_int64",
        "stepi", "print $ymm3.v4_int64", "print $ymm15.v8_int32[7]", "print $ymm15.v8_int32[4]", "print sizeof($ymm7)");

    [Fact]
    public void BasesOfSegments() => GdbScript.AssertSame(
        Calls(GuestVariant.DebugGlibc),
        None,
        "handle SIGUSR1 nostop noprint", "break leaf", "continue", "print *(unsigned long *) $fs_base == $fs_base", "print $gs_base", "set var $gs_base = 0x1234", "print/x $gs_base", "delete", "continue");

    [Fact]
    public void WritesToMemoryAndRegistersChangeTheProgram()
    {
        string[] commands = ["handle SIGUSR1 nostop noprint", "break leaf", "continue", "set var counter = 100", "set var *where = {40, 50}", "set var depth = 9", "delete", "print leaf(1, where)", "continue"];
        GdbScript.AssertSame(Calls(GuestVariant.DebugMusl), None, commands);
        GdbScript.OnKpio(Calls(GuestVariant.DebugMusl), [], commands, out RunResult guest);
        Assert.StartsWith("counter ", guest.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("counter 21 ", guest.OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public void SignalsStopPassAndAreDropped()
    {
        foreach (string ending in (string[])["continue", "signal 0", "signal SIGUSR2"])
            GdbScript.AssertSame(Calls(GuestVariant.DebugGlibc), None, "handle SIGUSR1 stop print", "continue", "bt 3", "print $_siginfo.si_code", "info signals SIGUSR1", ending);
        GdbScript.AssertSame(Calls(GuestVariant.DebugGlibc), None, "handle SIGUSR1 nostop noprint", "break on_usr1", "continue", "bt -1", "finish");
        GdbScript.AssertSame(Calls(GuestVariant.DebugGlibc), None, "handle SIGUSR1 stop print", "continue", "stepi", "next", "print caught");
    }

    [Fact]
    public void SystemCallsAreCaught() => GdbScript.AssertSame(
        Calls(GuestVariant.DebugGlibc), None, "handle SIGUSR1 nostop noprint", "catch syscall write", "continue", "print $orig_rax", "print (int) $rax", "print $rdi", "continue", "print $orig_rax", "print (int) $rax", "continue");

    [Fact]
    public void FaultsAreShownWhereTheyHappen() => GdbScript.AssertSame(
        GuestProgram.Build("debug/waits.c", GuestVariant.DebugGlibc), ["f"], "continue", "bt", "info locals", "print $_siginfo._sifields._sigfault.si_addr", "print $_siginfo.si_code", "continue");

    [Fact]
    public void BreakpointsHaveConditionsCountsAndCommands() => GdbScript.AssertSame(
        Calls(GuestVariant.DebugMusl), None, "handle SIGUSR1 nostop noprint", "break descend if depth == 2", "tbreak leaf", "continue", "continue", "continue", "info breakpoints", "delete", "hbreak blend", "continue", "bt", "continue");

    /// <summary>Where gdb watches by single steps natively, KPIO's processor watches: the same accesses are found.</summary>
    [Fact]
    public void WatchpointsFindEveryChange()
    {
        string[] rest = ["watch counter", "continue", "continue", "continue", "info breakpoints", "continue"];
        string expected = GdbScript.OnLinux(Calls(GuestVariant.DebugMusl), None, ["set can-use-hw-watchpoints 0", "break main", "continue", "delete", .. rest]);
        string actual = GdbScript.OnKpio(Calls(GuestVariant.DebugMusl), [], ["set can-use-hw-watchpoints 1", "break main", "continue", "delete", .. rest], out _);
        Assert.Contains("Hardware watchpoint", actual, StringComparison.Ordinal);
        Assert.Equal(Watched(expected), Watched(actual));

        static string Watched(string text) => GdbScript.Normalize(text).Replace("Hardware watchpoint", "Watchpoint", StringComparison.Ordinal).Replace("hw watchpoint", "watchpoint", StringComparison.Ordinal);
    }

    [Fact]
    public void ForksAndExecsAreCaught() => GdbScript.AssertSame(
        GuestProgram.Build("debug/processes.c", GuestVariant.DebugGlibc),
        None,
        "set sysroot", "break parent_work", "catch fork", "catch vfork", "catch exec", "continue", "bt", "continue", "bt", "continue", "bt", "continue", "bt", "break main", "continue", "bt", "continue");

    [Fact]
    public void ChildIsFollowed() => GdbScript.AssertSame(
        GuestProgram.Build("debug/processes.c", GuestVariant.DebugGlibc), None, "set follow-fork-mode child", "break child_work", "continue", "bt", "next", "continue");

    [Fact]
    public void ThreadsAreListedAndHeld() => GdbScript.AssertSame(
        GuestProgram.Build("debug/threads.c", GuestVariant.DebugMusl),
        None,
        "break add if n == 2", "continue", "bt", "set scheduler-locking on", "next", "next", "bt", "set scheduler-locking off", "delete", "continue");

    private static string Calls(string variant) => GuestProgram.Build("debug/calls.c", variant);
}
