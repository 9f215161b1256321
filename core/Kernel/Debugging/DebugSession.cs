using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Kernel.Execution;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.Debugging;

/// <summary>
/// The kernel's side of a debugger: holds tasks, lets them run or step, and collects what happens to them. Events are only noted while
/// the kernel or a plugin is at work; the run loop hands them to the debugger before its next turn (<see cref="Stop"/>). The part that
/// the run loop calls is in this file, the debugger's in the other.
/// </summary>
public sealed partial class DebugSession : ISyscallObserver, ITaskObserver
{
    private const uint SYS_clone = 56;
    private const uint SYS_vfork = 58;
    private const uint SYS_clone3 = 435;

    private readonly IDebugger _debugger;
    private readonly ICpu _cpu;
    private readonly HostRequests _requests;
    private readonly RunLoop _loop;
    private readonly WaitQueues _waits;
    private readonly Dictionary<GuestTask, DebuggedTask> _tasks = [];
    private readonly HashSet<GuestTask> _aside = [];
    private readonly Queue<DebugEvent> _events = new();
    private GuestTask? _running;

    internal DebugSession(IDebugger debugger, ICpu cpu, KernelSlots slots, DebugMemory memory, TaskTable tasks, HostRequests requests, RunLoop loop, WaitQueues waits)
    {
        _debugger = debugger;
        _cpu = cpu;
        _requests = requests;
        _loop = loop;
        _waits = waits;
        Cpu = cpu as IDebugCpu ?? throw new MachineSetupException("this processor cannot be debugged");
        Slots = slots;
        Memory = memory;
        Tasks = tasks;
        tasks.Added = OnAdded;
    }

    /// <summary>System calls are seen by the run loop's own way.</summary>
    SyscallSet ISyscallObserver.Interests { get; } = new();

    /// <summary>The first program stands at its entry.</summary>
    internal void Begin(GuestTask first)
    {
        Attach(first.Group);
        Note(DebugEvent.Of(DebugEventKind.Asked, first));
    }

    /// <summary>Whether <see cref="Stop"/> has something to tell.</summary>
    internal bool IsDue => _events.Count > 0 || _debugger.IsAsking;

    /// <summary>Tells the debugger what has happened. With no plugin on any stack.</summary>
    internal void Stop()
    {
        while (_events.TryDequeue(out DebugEvent? what))
        {
            if (Describe(what) is { } told)
                Tell(told);
        }

        if (_debugger.IsAsking)
            Tell(_running is { State: < TaskState.Zombie, Group.IsDebugged: true } task ? DebugEvent.Of(DebugEventKind.Asked, task) : new DebugEvent(DebugEventKind.Asked, null, 0, 0));
    }

    /// <summary>Whether the task may have the processor; else it is set aside until the debugger lets it go on.</summary>
    internal bool MayRun(GuestTask task)
    {
        if (!task.Group.IsDebugged || StateOf(task).Mode != DebugMode.Held)
            return true;
        _aside.Add(task);
        Slots.Scheduler.Current.Block(task);
        return false;
    }

    /// <summary>Runs a task as the debugger wants. <see cref="CpuExitReason.Interrupted"/> when there is something to tell.</summary>
    internal CpuExit Run(GuestTask task, long budget)
    {
        _running = task;
        if (!task.Group.IsDebugged)
            return RunFreely(task, budget);
        var interrupted = new CpuExit(CpuExitReason.Interrupted);
        if (IsDue)
            return interrupted;
        DebuggedTask state = StateOf(task);
        if (state.IsBeforeCall)
        {
            state.IsBeforeCall = false;
            state.IsInWatchedCall = true;
            return new CpuExit(CpuExitReason.Syscall);
        }

        if (state.IsInWatchedCall)
        {
            state.IsInWatchedCall = false;
            return Note(DebugEvent.Of(DebugEventKind.CallReturn, task) with { Number = state.Call ?? 0 });
        }

        if (state.IsInVfork)
        {
            state.IsInVfork = false;
            if ((_debugger.Wishes & DebugWishes.Vforks) != 0)
                return Note(DebugEvent.Of(DebugEventKind.VforkDone, task));
        }

        if (state.Mode == DebugMode.Held)
            return interrupted;
        if (state.Mode == DebugMode.Steps)
            return Step(task, state, budget);
        state.HasEnteredHandler = false;
        state.Call = null;
        return Look(task, state, _cpu.Run(task.Cpu, budget));
    }

    /// <summary>See <see cref="ISignalGate"/>.</summary>
    internal bool Passes(GuestTask task, in SignalInfo info)
    {
        if (!task.Group.IsDebugged || info.Signal == Signal.SIGKILL)
            return true;
        DebuggedTask state = StateOf(task);
        if (state.Approved != info.Signal && _debugger.StopsAt(task, info.Signal))
        {
            Note(DebugEvent.Of(DebugEventKind.Signal, task) with { Signal = info });
            return false;
        }

        state.Approved = Signal.None;
        state.HasEnteredHandler |= task.Group.SignalActions[(int)info.Signal].Handler > 1;
        return true;
    }

    void ISyscallObserver.OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
    }

    void ISyscallObserver.OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
    }

    void ITaskObserver.OnExec(GuestTask task)
    {
        if (!task.Group.IsDebugged)
            return;
        StateOf(task).Call = null;
        if ((_debugger.Wishes & DebugWishes.Execs) != 0)
            Note(DebugEvent.Of(DebugEventKind.Exec, task));
    }

    void ITaskObserver.OnSignal(GuestTask task, in SignalInfo signal)
    {
    }

    void ITaskObserver.OnEnd(GuestTask task, int status)
    {
        if (task.Group.IsDebugged)
            Note(DebugEvent.Of(DebugEventKind.ThreadEnded, task) with { Status = status });
    }

    private CpuExit RunFreely(GuestTask task, long budget)
    {
        CpuExit exit = _cpu.Run(task.Cpu, budget);

        // The space is shared with a process that is debugged: what stops that one is nothing to this one.
        if (exit.Reason == CpuExitReason.Breakpoint)
            exit = Cpu.Step(task.Cpu);
        return exit;
    }

    private CpuExit Step(GuestTask task, DebuggedTask state, long budget)
    {
        if (state.HasSteppedCall || state.HasEnteredHandler)
        {
            state.HasSteppedCall = false;
            state.HasEnteredHandler = false;
            if (!IsInRange(task, state))
                return Note(DebugEvent.Of(DebugEventKind.Stepped, task));
        }

        state.Call = null;
        long end = _cpu.Cycles + budget;
        while (true)
        {
            CpuExit exit = Cpu.Step(task.Cpu);
            if (exit.Reason == CpuExitReason.Stepped)
            {
                if (!IsInRange(task, state))
                    return Note(DebugEvent.Of(DebugEventKind.Stepped, task));
                if (_cpu.Cycles >= end || _debugger.IsAsking || _requests.Any)
                    return new CpuExit(CpuExitReason.Interrupted);
                continue;
            }

            state.HasSteppedCall = exit.Reason == CpuExitReason.Syscall;
            return Look(task, state, exit);
        }
    }

    private static bool IsInRange(GuestTask task, DebuggedTask state) => task.Cpu.Rip >= state.Range.Start && task.Cpu.Rip < state.Range.End;

    /// <summary>Takes out of an exit what is the debugger's; the run loop gets the rest.</summary>
    private CpuExit Look(GuestTask task, DebuggedTask state, in CpuExit exit)
    {
        switch (exit.Reason)
        {
            case CpuExitReason.Breakpoint:
                return Note(DebugEvent.Of(DebugEventKind.Breakpoint, task));
            case CpuExitReason.Watchpoint:
                return Note(DebugEvent.Of(DebugEventKind.Watchpoint, task) with { Address = exit.Fault.Address, Access = exit.Fault.Access });
            case CpuExitReason.Syscall:
                uint number = (uint)task.Cpu[GuestRegister.Rax];
                state.Call = number;
                if (!_debugger.StopsAtCall(task, number))
                    return exit;
                state.IsBeforeCall = true;
                return Note(DebugEvent.Of(DebugEventKind.CallEntry, task) with { Number = number });
            default:
                return exit;
        }
    }

    private CpuExit Note(DebugEvent what)
    {
        _events.Enqueue(what);
        return new CpuExit(CpuExitReason.Interrupted);
    }

    /// <summary>A task has been made, by the one that runs.</summary>
    private void OnAdded(GuestTask child)
    {
        if (_running is not { Group.IsDebugged: true } parent || _tasks.ContainsKey(child))
            return;
        if (ReferenceEquals(child.Group, parent.Group))
        {
            _tasks.Add(child, new DebuggedTask());
            if ((_debugger.Wishes & DebugWishes.Threads) != 0)
                Note(DebugEvent.Of(DebugEventKind.ThreadStarted, child));
            return;
        }

        bool waits = IsVfork(parent);
        if ((_debugger.Wishes & (waits ? DebugWishes.Vforks : DebugWishes.Forks)) == 0)
            return;
        child.Group.IsDebugged = true;
        _tasks.Add(child, new DebuggedTask { Mode = DebugMode.Held });
        StateOf(parent).IsInVfork = waits;
        Note(DebugEvent.Of(waits ? DebugEventKind.Vfork : DebugEventKind.Fork, parent) with { Child = child });
    }

    /// <summary>Whether the call that the task is in is vfork(2), or a clone(2) that waits like it. The registers still hold the call.</summary>
    private bool IsVfork(GuestTask parent)
    {
        ulong flags;
        switch ((uint)parent.Cpu[GuestRegister.Rax])
        {
            case SYS_vfork:
                return true;
            case SYS_clone:
                flags = parent.Cpu[GuestRegister.Rdi];
                break;
            case SYS_clone3:
                Span<byte> first = stackalloc byte[sizeof(ulong)];
                flags = Memory.Read(parent, parent.Cpu[GuestRegister.Rdi], first) == first.Length ? BitConverter.ToUInt64(first) : 0;
                break;
            default:
                return false;
        }

        return ((CloneFlags)flags & CloneFlags.CLONE_VFORK) != 0;
    }

    /// <summary>What of a noted event there is to tell now; null for nothing.</summary>
    private DebugEvent? Describe(DebugEvent what)
    {
        if (what.Task is not { Group.IsDebugged: true } task)
            return null;
        if (what.Kind != DebugEventKind.ThreadEnded)
            return task.State < TaskState.Zombie ? what : null;
        _tasks.Remove(task);
        _aside.Remove(task);
        if (task.Group.WaitStatus is { } status)
        {
            task.Group.IsDebugged = false;
            return what with { Kind = DebugEventKind.ProcessEnded, Status = status };
        }

        if ((_debugger.Wishes & DebugWishes.Threads) != 0)
            return what;
        bool anyRuns = _tasks.Any(static entry => entry.Value.Mode != DebugMode.Held && entry.Key is { State: < TaskState.Zombie, Group.IsDebugged: true });
        return !anyRuns && (_debugger.Wishes & DebugWishes.NothingRuns) != 0 ? new DebugEvent(DebugEventKind.NothingRuns, null, 0, 0) : null;
    }

    private void Tell(DebugEvent what)
    {
        _debugger.OnStop(what);
        foreach (GuestTask task in _aside.ToArray())
        {
            if (task.Group.IsDebugged && StateOf(task).Mode == DebugMode.Held)
                continue;
            _aside.Remove(task);
            if (task.State == TaskState.Runnable)
                Slots.Scheduler.Current.Ready(task);
        }
    }

    private DebuggedTask StateOf(GuestTask task)
    {
        if (!_tasks.TryGetValue(task, out DebuggedTask? state))
            _tasks.Add(task, state = new DebuggedTask());
        return state;
    }
}
