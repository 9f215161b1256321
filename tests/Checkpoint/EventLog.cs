using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Checkpoint.Tests;

/// <summary>All that tasks do at their borders, with the cycle, over several machines one after another.</summary>
internal sealed class EventLog : ISyscallObserver, ITaskObserver
{
    private Machine? _machine;

    public List<string> Lines { get; } = [];

    public SyscallSet Interests { get; } = SyscallSet.All();

    /// <summary>Goes on with a machine that has not run yet.</summary>
    public void Follow(Machine machine)
    {
        _machine = machine;
        machine.Observers.Add(this);
    }

    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info) => Add(task, $"{frame.Number}({frame[0]:x}, {frame[1]:x}, {frame[2]:x}, {frame[3]:x})");

    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result) => Add(task, $"{frame.Number} = {result.Raw}");

    public void OnExec(GuestTask task) => Add(task, "exec");

    public void OnSignal(GuestTask task, in SignalInfo signal) => Add(task, $"signal {signal.Signal} {signal.Code}");

    public void OnStop(GuestTask task, Signal signal) => Add(task, $"stop {signal}");

    public void OnEnd(GuestTask task, int status) => Add(task, $"end {status}");

    private void Add(GuestTask task, string what) => Lines.Add($"{_machine!.Cycles} {task.Tid} {what}");
}
