using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace CallPolicy;

/// <summary>The plugin.</summary>
public sealed class CallPolicyPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new("call-policy", new Version(1, 0), new Version(0, 1), [typeof(ISyscallLayer)], [typeof(ISignals)]);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services) => services.AddSingleton<ISyscallLayer, PolicyLayer>();
}

/// <summary>Chosen by <c>--abi PATH</c>. The policy is the file that the variable CALL_POLICY names, or <c>policy.yaml</c> in the working directory; it is read again at each swap.</summary>
internal sealed class PolicyLayer(Slot<ISignals> signals, IUserReport report) : ISyscallLayer
{
    public string Name => "call-policy";

    public ISyscallAbi Stack(ISyscallAbi below)
    {
        string path = Environment.GetEnvironmentVariable("CALL_POLICY") is { Length: > 0 } chosen ? chosen : "policy.yaml";
        return new PolicyCalls(below, PolicyFile.Read(Path.GetFullPath(path), below.Catalog), signals, report);
    }
}

/// <summary>
/// Every call goes through the policy before the interface below sees it. A call that waits and is entered again was let through already.
/// It is a sandbox for what programs ask of the machine, as seccomp(2) is; it does not look at arguments.
/// </summary>
internal sealed class PolicyCalls(ISyscallAbi below, PolicyFile policy, Slot<ISignals> signals, IUserReport report) : ISyscallAbi
{
    private const int SYS_SECCOMP = 1;
    private const uint AUDIT_ARCH_X86_64 = 0xC000_003E;

    public string Name => below.Name;

    public AbiCatalog Catalog => below.Catalog;

    public SyscallInfo? Describe(uint number) => below.Describe(number);

    public SysResult Invoke(GuestTask task, in SyscallFrame frame)
    {
        if (task.Restart.Reason != WakeReason.None)
            return below.Invoke(task, in frame);
        PolicyRule rule = policy.For(frame.Number);
        switch (rule.Action)
        {
            case PolicyAction.Deny:
                return rule.Error;
            case PolicyAction.Kill:
                Tell("killed", task, frame.Number);
                signals.Current.SetAction(task, Signal.SIGSYS, default);
                signals.Current.Force(task, new SignalInfo(Signal.SIGSYS, SYS_SECCOMP, Address: task.Cpu.Rip, Value: frame.Number | (ulong)AUDIT_ARCH_X86_64 << 32));
                return Errno.ENOSYS;
            case PolicyAction.Log:
                Tell("made", task, frame.Number);
                return below.Invoke(task, in frame);
            default:
                return below.Invoke(task, in frame);
        }
    }

    private void Tell(string what, GuestTask task, uint number) =>
        report.Write($"policy: process {task.Group.Pid} {what}: {below.Describe(number)?.Name ?? number.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
}
