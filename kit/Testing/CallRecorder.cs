using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;

namespace Kpio.Testing;

/// <summary>Keeps every call of a machine's guests.</summary>
internal sealed class CallRecorder : ISyscallObserver
{
    private readonly Dictionary<int, TracedCall> _open = [];

    public List<TracedCall> Calls { get; } = [];

    public SyscallSet Interests { get; } = SyscallSet.All();

    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
        SyscallFrame copy = frame;
        var call = new TracedCall(task.Tid, info?.Name ?? $"{frame.Number}", [.. Enumerable.Range(0, 6).Select(i => copy[i])]);
        Calls.Add(call);
        _open[task.Tid] = call;
    }

    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
        if (_open.Remove(task.Tid, out TracedCall? call) && result.IsCompleted)
            call.Result = result.Raw;
    }
}
