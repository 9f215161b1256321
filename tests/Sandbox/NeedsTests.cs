using System.Text.Json;
using Kpio.Testing;

namespace Kpio.Sandbox.Tests;

/// <summary><c>kpio abi needs</c>: what the code shows, checked against what runs make, and what an interface lacks.</summary>
public sealed class NeedsTests
{
    /// <summary>Whatever a run makes the code shows: in a static program without symbols, one of Go, and dynamic ones with their libraries.</summary>
    [Theory]
    [InlineData("busybox", "busybox", "sh", "-c", "busybox ls -l /etc | busybox sort | busybox md5sum; busybox sleep 0; busybox stty")]
    [InlineData("go", "")]
    [InlineData("musl", "")]
    [InlineData("glibc", "")]
    [InlineData("dynamic", "")]
    [InlineData("bash", "bash", "-c", "echo $((1+1)); for i in 1 2; do (exit $i); done; exit 0")]
    [InlineData("perl", "/usr/bin/perl", "-e", "open(F, '<', '/etc/passwd'); print scalar(<F>); print -s '/etc/passwd'; print join(',', sort keys %ENV)")]
    public void CodeShowsAllThatTheRunMakes(string kind, params string[] command)
    {
        string[] words = kind switch
        {
            "go" => [GuestProgram.Build("go/hello.go", GuestVariant.Go)],
            "musl" or "glibc" or "dynamic" => [GuestProgram.Build("sandbox/busy.c", kind)],
            _ => command,
        };
        // bash looks the user up, which asks for sockets where the machine has none.
        JsonElement needs = Json(kind == "bash" ? null : 0, ["--env", "LC_ALL=C", "--env", "HOME=/", "--env", "TERM=dumb", "--", .. words]);
        Assert.True(needs.GetProperty("codeRead").GetBoolean());
        Assert.Empty(needs.GetProperty("missingLibraries").EnumerateArray());
        JsonElement[] calls = [.. needs.GetProperty("calls").EnumerateArray()];
        bool isDynamic = kind is "dynamic" or "perl" or "bash";
        string[] missed = [.. calls.Where(static call => call.GetProperty("made").GetInt32() > 0 && !call.GetProperty("inProgram").GetBoolean() && !call.GetProperty("inLibraries").GetBoolean()).Select(static call => call.GetProperty("name").GetString()!)];
        Assert.Equal([], missed);
        Assert.Contains(calls, static call => call.GetProperty("made").GetInt32() == 0);
        Assert.Equal(isDynamic, calls.Any(static call => call.GetProperty("inLibraries").GetBoolean()));

        // Every call there is would be no answer.
        Assert.InRange(calls.Length, 10, 330);
    }

    [Fact]
    public void OperationsAreTakenFromTheCodeAndFromTheRun()
    {
        JsonElement needs = Json(0, "busybox", "ls", "/etc/hostname");
        JsonElement ioctl = Call(needs, "ioctl");
        Assert.True(ioctl.GetProperty("inProgram").GetBoolean());
        Dictionary<string, JsonElement> requests = ioctl.GetProperty("operations").EnumerateArray().ToDictionary(static item => item.GetProperty("value").GetString()!);
        Assert.True(requests["TIOCGWINSZ"].GetProperty("inCode").GetBoolean());
        Assert.True(requests["TIOCGWINSZ"].GetProperty("made").GetInt32() > 0);
        Assert.True(requests["LOOP_SET_FD"].GetProperty("inCode").GetBoolean()); // losetup
        Assert.Equal(0, requests["LOOP_SET_FD"].GetProperty("made").GetInt32());
        Assert.True(Call(needs, "reboot").GetProperty("inProgram").GetBoolean());
        Assert.Contains(Call(needs, "mprotect").GetProperty("operations").EnumerateArray(), static item => item.GetProperty("value").GetString() == "PROT_READ");
    }

    /// <summary>syscall(2) of the C library: the number is its caller's.</summary>
    [Theory]
    [InlineData(GuestVariant.Musl)]
    [InlineData(GuestVariant.Glibc)]
    [InlineData(GuestVariant.Dynamic)]
    public void NumbersAreFollowedThroughFunctions(string variant)
    {
        JsonElement needs = Json(0, GuestProgram.Build("sandbox/wrapped.c", variant));
        Assert.True(Call(needs, "getppid").GetProperty("inProgram").GetBoolean());
        JsonElement never = Call(needs, "swapoff");
        Assert.True(never.GetProperty("inProgram").GetBoolean());
        Assert.Equal(0, never.GetProperty("made").GetInt32());
        Assert.Contains(Call(needs, "prctl").GetProperty("operations").EnumerateArray(), static item => item.GetProperty("value").GetString() == "PR_GET_DUMPABLE" && item.GetProperty("inCode").GetBoolean());
    }

    [Fact]
    public void WhatAnInterfaceLacksIsNamed()
    {
        string program = GuestProgram.Build("sandbox/wrapped.c");
        RunResult run = Needs("--abi", "linux:-getppid,-swapoff", program);
        Assert.Equal((1, ""), (run.ExitCode, run.ErrorText));
        Assert.Matches("\n110 +getppid +program +1 +none +left out by --tier\n", run.OutputText);
        Assert.Matches("\nlinux:-getppid,-swapoff lacks 2 of [0-9]+: getppid, swapoff \\(not made\\)\n$", run.OutputText);
        Assert.Contains("\nthe run under linux: exited 0; under linux:-getppid,-swapoff: exited 1\n", run.OutputText, StringComparison.Ordinal);

        RunResult lacking = Needs("--abi", "linux:-getppid,-swapoff", "--lacking", program);
        Assert.DoesNotContain("exit_group", lacking.OutputText, StringComparison.Ordinal);

        RunResult whole = Needs(GuestProgram.Build("sandbox/uname.c"));
        Assert.Equal(0, whole.ExitCode);
        Assert.EndsWith("\nlinux has all of them\n", whole.OutputText, StringComparison.Ordinal);
    }

    /// <summary>A call that is there and refuses one of its operations.</summary>
    [Fact]
    public void OperationThatAnInterfaceRefusesIsLacking()
    {
        using var scratch = new ScratchDirectory();
        string variant = scratch.Write("NoPrctl.cs", """
            using Kpio.Contracts.Abi;
            using Kpio.Contracts.Process;
            using Kpio.Contracts.Values;

            public sealed class NoPrctl(ISyscallAbi below) : LayeredSyscallAbi("no-prctl", below)
            {
                [Syscall("prctl", Support = SyscallSupport.Partial, Note = "PR_GET_DUMPABLE is missing")]
                private SysResult Prctl(GuestTask task, in SyscallFrame frame) => frame.Argument0 == 3 ? Errno.EINVAL : Below.Invoke(task, in frame);
            }
            """);
        RunResult run = Needs("--abi", variant, GuestProgram.Build("sandbox/wrapped.c"));
        Assert.Equal((1, ""), (run.ExitCode, run.ErrorText));
        Assert.Matches("\n +option PR_GET_DUMPABLE +yes +1 +refused 1 of 1 +lacking\n", run.OutputText);
    }

    [Fact]
    public void ScriptIsRunAndItsCodeNotRead()
    {
        using var scratch = new ScratchDirectory();
        string script = scratch.WriteProgram("script", "#!/bin/sh\nexit 0\n");
        RunResult run = Needs("--mount", $"{scratch.Path}:{scratch.Path}", script);
        Assert.Equal((0, ""), (run.ExitCode, run.ErrorText));
        Assert.Matches("\n[0-9]+ +exit_group ", run.OutputText);
    }

    [Theory]
    [InlineData("not-there: command not found", "not-there")]
    [InlineData("no plugin has an ABI named 'other'", "--abi", "other", "busybox")]
    [InlineData("kpio --help")]
    public void WrongUseIsToldInALine(string message, params string[] arguments)
    {
        RunResult run = Needs(arguments);
        Assert.Equal((2, ""), (run.ExitCode, run.OutputText));
        Assert.Contains(message, run.ErrorText, StringComparison.Ordinal);
        Assert.Single(run.ErrorText.TrimEnd('\n').Split('\n'));
    }

    private static JsonElement Call(JsonElement needs, string name) =>
        needs.GetProperty("calls").EnumerateArray().Single(call => call.GetProperty("name").GetString() == name);

    private static JsonElement Json(int? code, params string[] arguments)
    {
        RunResult run = Needs(["--json", .. arguments]);
        Assert.Equal((code ?? run.ExitCode, ""), (run.ExitCode, run.ErrorText));
        using JsonDocument json = JsonDocument.Parse(run.OutputText);
        return json.RootElement.Clone();
    }

    private static RunResult Needs(params string[] arguments) => KpioCommandRunner.Invoke(["abi", "needs", .. arguments], "/", timeout: TimeSpan.FromMinutes(2));
}
