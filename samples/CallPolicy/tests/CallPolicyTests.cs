using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;
using Kpio.PluginKit.Tests;
using Kpio.Testing;

namespace Kpio.Samples.CallPolicy;

/// <summary>Policies and what they do to programs. The policy is named by a variable of this process: one test at a time.</summary>
[Collection("the variable CALL_POLICY")]
public sealed class CallPolicyTests : IDisposable
{
    private static readonly PluginSource Plugin = SampleFiles.Plugin("CallPolicy");
    private readonly ScratchDirectory _folder = new();

    public CallPolicyTests() => Environment.SetEnvironmentVariable("CALL_POLICY", Path.Combine(_folder.Path, "policy.yaml"));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("CALL_POLICY", null);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("- {calls: mkdir, action: deny}", 1, "Operation not permitted")]
    [InlineData("- {calls: [rmdir, mkdir], action: deny, errno: EROFS}", 1, "Read-only file system")]
    [InlineData("- {calls: mkdir, action: allow}\n- {calls: '*', action: log}", 0, "policy: process 2 made: exit_group")]
    [InlineData("- {calls: mkdir, action: log}", 0, "policy: process 2 made: mkdir\n")]
    [InlineData("- {calls: mkdir, action: kill}", 159, "policy: process 2 killed: mkdir\n")]
    [InlineData("- {calls: mkdir, action: deny}\n- {calls: mkdir, action: kill}", 1, "Operation not permitted")]
    [InlineData("[]", 0, "")]
    public void ACallMeetsItsRule(string policy, int code, string error)
    {
        GuestRun run = Run(policy, "busybox", "mkdir", "new");
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(error, run.ErrorText, StringComparison.Ordinal);
        Assert.Equal(code == 159 ? Signal.SIGSYS : Signal.None, run.Signal);
    }

    /// <summary>The process ends, and no other: a shell goes on. A trap cannot catch it.</summary>
    [Fact]
    public void KillEndsOneProcess()
    {
        GuestRun run = Run("- {calls: rmdir, action: kill}", "busybox", "sh", "-c", "(trap : SYS; busybox rmdir x; true); mkdir y; busybox rmdir y; echo $?");
        Assert.Equal((0, "159\n"), (run.ExitCode, run.OutputText));
    }

    /// <summary>A call that waits is asked for once, and waits over swaps of the policy.</summary>
    [Fact]
    public void CallsThatWaitAreToldOnce()
    {
        GuestRun run = Run("- {calls: [nanosleep, clock_nanosleep], action: log}", 5, "busybox", "sleep", "3");
        Assert.Equal(0, run.ExitCode);
        Assert.Single(run.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.NotEmpty(run.Swaps);
    }

    [Theory]
    [InlineData("calls: mkdir", "a policy is a list of rules")]
    [InlineData("- mkdir", "policy.yaml:1:3: a rule is a mapping")]
    [InlineData("- {calls: mkdir}", "policy.yaml:1:3: a rule needs calls and an action")]
    [InlineData("- {action: deny}", "policy.yaml:1:3: a rule needs calls and an action")]
    [InlineData("- {calls: mkdirr, action: deny}", "policy.yaml:1:11: 'mkdirr' is no system call")]
    [InlineData("- {calls: mkdir, action: refuse}", "policy.yaml:1:26: 'refuse' is no action")]
    [InlineData("- {calls: mkdir, action: deny, errno: EFOO}", "'EFOO' is no error")]
    [InlineData("- {calls: mkdir, action: kill, errno: EPERM}", "errno is for deny alone")]
    [InlineData("- {calls: mkdir, action: deny, error: EPERM}", "a rule has no key 'error'")]
    [InlineData("- [", "this is no YAML")]
    [InlineData(null, "the policy cannot be read")]
    public void WhatCannotBeReadIsTold(string? policy, string expected)
    {
        MachineSetupException refused = Assert.Throws<MachineSetupException>(() => Run(policy, "busybox", "true"));
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheExampleIsRead()
    {
        GuestRun run = Run(File.ReadAllText(SampleFiles.Source("CallPolicy", "policy.yaml")), "busybox", "nc", "127.0.0.1", "1");
        Assert.Contains("Permission denied", run.ErrorText, StringComparison.Ordinal);
    }

    private GuestRun Run(string? policy, string program, params string[] arguments) => Run(policy, 0, program, arguments);

    private GuestRun Run(string? policy, long swapEvery, string program, params string[] arguments)
    {
        if (policy is not null)
            _folder.Write("policy.yaml", policy);
        return new KernelFixture { Plugins = [Plugin], Abi = Plugin, SwapEvery = swapEvery }.Run(program, arguments);
    }
}
