using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.Tests;

/// <summary>A process manager that writes down what is sent, and can do nothing else.</summary>
internal sealed class TestSender : IProcessManager
{
    private readonly List<string> _sent = [];

    /// <summary>What was sent since the last time that it was asked: pid, tid, signal, code, descriptor.</summary>
    public string[] Take()
    {
        string[] sent = [.. _sent];
        _sent.Clear();
        return sent;
    }

    public Errno Send(int pid, int tid, in SignalInfo signal)
    {
        _sent.Add($"{pid} {tid} {signal.Signal} {signal.Code} {signal.Value}");
        return Errno.None;
    }

    public Result<GuestTask> CreateFirst(FirstProcess options) => throw new NotSupportedException();

    public SysResult Clone(GuestTask task, in CloneRequest request) => throw new NotSupportedException();

    public Errno Exec(GuestTask task, ExecRequest request) => throw new NotSupportedException();

    public void Exit(GuestTask task, int status, bool wholeGroup) => throw new NotSupportedException();

    public void RaiseFault(GuestTask task, in CpuExit exit, FaultOutcome outcome) => throw new NotSupportedException();

    public bool DeliverSignals(GuestTask task) => throw new NotSupportedException();

    public void ApplyCpuLimit(ThreadGroup group) => throw new NotSupportedException();
}
