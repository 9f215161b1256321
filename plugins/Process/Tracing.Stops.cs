using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>The stops of tracees (ptrace(2), "Stopped states"), in the order in which Linux makes them before a task goes back to ring 3.</summary>
internal sealed partial class Tracing
{
    private const int CallMark = 0x80; // PTRACE_O_TRACESYSGOOD
    private const int EventShift = 8;
    private const ulong PTRACE_EVENTMSG_SYSCALL_ENTRY = 1;
    private const ulong PTRACE_EVENTMSG_SYSCALL_EXIT = 2;

    public void EnterCall(GuestTask task)
    {
        if (task.Trace is not { } trace)
            return;
        trace.IsBeforeCall = true;
        trace.IsCallSkipped = false;
        trace.IsEmulated = trace.Resume is TraceResume.Emulate or TraceResume.EmulateStep;
        trace.CallResult = unchecked((ulong)-(long)Errno.ENOSYS);
        trace.EventMessage = PTRACE_EVENTMSG_SYSCALL_ENTRY;
        StopForTrap(task, trace, TraceStop.CallEntry, CallCode(trace));
    }

    public SysResult StopBeforeExit(GuestTask task, int status)
    {
        if (task.Trace is not { } trace || (trace.Options & TraceOptions.PTRACE_O_TRACEEXIT) == 0 || task.Restart.Reason != WakeReason.None)
            return SysResult.Zero;
        return StopInCall(task, TraceEvent.PTRACE_EVENT_EXIT, (ulong)status);
    }

    /// <summary>Whether the tracer is told first that a signal ends the task; the end comes when it goes on.</summary>
    public bool StopsBeforeEnd(GuestTask task, int status)
    {
        if (task.Trace is not { EndStatus: null } trace || (trace.Options & TraceOptions.PTRACE_O_TRACEEXIT) == 0)
            return false;
        trace.EndStatus = status;
        trace.EventMessage = (ulong)status;
        StopForEvent(task, trace, TraceEvent.PTRACE_EVENT_EXIT);
        return true;
    }

    /// <summary>Makes the next stop that is due, signals aside; false when there is none.</summary>
    public bool TakeStop(GuestTask task, TraceState trace)
    {
        if (trace.PendingEvent != TraceEvent.None)
        {
            TraceEvent what = trace.PendingEvent;
            trace.PendingEvent = TraceEvent.None;
            StopForEvent(task, trace, what);
            return true;
        }

        if (trace.IsCallExitPending)
        {
            trace.IsCallExitPending = false;
            trace.EventMessage = PTRACE_EVENTMSG_SYSCALL_EXIT;
            StopForTrap(task, trace, TraceStop.CallExit, CallCode(trace));
            return true;
        }

        if (trace.IsHandlerPending)
        {
            trace.IsHandlerPending = false;
            StopForTrap(task, trace, TraceStop.Event, (int)Signal.SIGTRAP);
            return true;
        }

        if (!trace.IsTrapPending && !trace.IsNoticePending)
            return false;
        bool isStopped = task.Group.IsStopped || task.Signals.IsStopPending;
        StopInGroup(task, trace, isStopped ? task.Group.JobSignal : trace.IsSeized ? Signal.SIGTRAP : Signal.SIGSTOP);
        return true;
    }

    /// <summary>The task stops with its process, and its tracer is told.</summary>
    public void StopWithGroup(GuestTask task, TraceState trace)
    {
        StopInGroup(task, trace, task.Group.JobSignal);
        _jobs.Settle(task.Group);
    }

    /// <summary>The task stops before it acts on a signal.</summary>
    public void StopForSignal(GuestTask task, TraceState trace, in SignalInfo info) =>
        Halt(task, trace, TraceStop.Signal, (int)info.Signal, in info, hasInfo: true, ChildCode.CLD_TRAPPED);

    /// <summary>The signal that the tracer let through, now that the task goes on; one that is blocked meanwhile is pending again.</summary>
    public bool TakeInjected(GuestTask task, SignalSet taken, out SignalInfo info)
    {
        info = default;
        if (task.Trace is not { Injected.Signal: not Signal.None } trace)
            return false;
        info = trace.Injected;
        trace.Injected = default;
        if (taken.Contains(info.Signal))
            return true;
        _sender.SendToThread(task, in info);
        return false;
    }

    /// <summary>The task stops within its call, whose handler is entered again when it goes on.</summary>
    public SysResult StopInCall(GuestTask task, TraceEvent what, ulong message)
    {
        if (task.Trace is not { } trace)
            return SysResult.Zero;
        trace.HoldsCall = true;
        trace.CallResult = unchecked((ulong)-(long)Errno.ENOSYS);
        trace.EventMessage = message;
        int code = (int)Signal.SIGTRAP | (int)what << EventShift;
        Note(task, trace, TraceStop.Event, code, InfoOf(task, Signal.SIGTRAP, code), hasInfo: true, ChildCode.CLD_TRAPPED);
        return SysResult.Wait(task.Wait.Begin(InterruptKind.Uninterruptible).On(WaitKind.TraceStop, (ulong)task.Tid));
    }

    /// <summary>A traced task has made another: whether its tracer traces that too, and which event it is told of (kernel/fork.c).</summary>
    public TraceEvent Follow(GuestTask task, TraceState trace, GuestTask child, in CloneRequest request)
    {
        (TraceEvent what, TraceOptions option) = (request.Flags & CloneFlags.CLONE_VFORK) != 0
            ? (TraceEvent.PTRACE_EVENT_VFORK, TraceOptions.PTRACE_O_TRACEVFORK)
            : request.ExitSignal != Signal.SIGCHLD || (request.Flags & CloneFlags.CLONE_THREAD) != 0
                ? (TraceEvent.PTRACE_EVENT_CLONE, TraceOptions.PTRACE_O_TRACECLONE)
                : (TraceEvent.PTRACE_EVENT_FORK, TraceOptions.PTRACE_O_TRACEFORK);
        bool isTold = (trace.Options & option) != 0 && (request.Flags & CloneFlags.CLONE_UNTRACED) == 0;
        if ((!isTold && (request.Flags & CloneFlags.CLONE_PTRACE) == 0) || _services.Tasks.Find(trace.TracerTid) is not { } tracer)
            return TraceEvent.None;
        TraceState inherited = Begin(tracer, child, trace.IsSeized, trace.Options);
        inherited.Call = trace.Call;
        if (trace.IsSeized)
            inherited.IsTrapPending = true;
        else
            child.Signals.Pending.AddBare(Signal.SIGSTOP);
        child.HasSignalWork = true;
        return isTold ? what : TraceEvent.None;
    }

    /// <summary>A task runs another program, and may have another id.</summary>
    public void Exec(GuestTask task, int formerTid)
    {
        if (formerTid != task.Tid && task.Group.Tracees is { } tracees)
        {
            foreach (int tid in tracees)
            {
                if (_services.Tasks.Find(tid)?.Trace is { } of && of.TracerTid == formerTid)
                    of.TracerTid = task.Tid;
            }
        }

        if (task.Trace is not { } trace)
            return;
        if (formerTid != task.Tid && _services.Tasks.Find(trace.TracerPid)?.Group.Tracees is { } siblings)
        {
            siblings.Remove(formerTid);
            siblings.Add(task.Tid);
        }

        if ((trace.Options & TraceOptions.PTRACE_O_TRACEEXEC) != 0)
        {
            trace.PendingEvent = TraceEvent.PTRACE_EVENT_EXEC;
            trace.EventMessage = (ulong)formerTid;
            task.HasSignalWork = true;
        }
        else if (!trace.IsSeized)
        {
            _sender.SendToThread(task, new SignalInfo(Signal.SIGTRAP, SignalCode.SI_USER, Pid: task.Group.Pid, Uid: task.Credentials.RealUser));
        }
    }

    private static int CallCode(TraceState trace) =>
        (int)Signal.SIGTRAP | ((trace.Options & TraceOptions.PTRACE_O_TRACESYSGOOD) != 0 ? CallMark : 0);

    private void StopForEvent(GuestTask task, TraceState trace, TraceEvent what) =>
        StopForTrap(task, trace, TraceStop.Event, (int)Signal.SIGTRAP | (int)what << EventShift);

    private void StopForTrap(GuestTask task, TraceState trace, TraceStop stop, int code) =>
        Halt(task, trace, stop, code, InfoOf(task, Signal.SIGTRAP, code), hasInfo: true, ChildCode.CLD_TRAPPED);

    private void StopInGroup(GuestTask task, TraceState trace, Signal signal)
    {
        task.Signals.IsStopPending = false;
        trace.IsTrapPending = false;
        trace.IsNoticePending = false;
        int code = trace.IsSeized ? (int)signal | (int)TraceEvent.PTRACE_EVENT_STOP << EventShift : (int)signal;
        Halt(task, trace, TraceStop.Group, code, InfoOf(task, signal, code), trace.IsSeized, ChildCode.CLD_STOPPED);
    }

    private static SignalInfo InfoOf(GuestTask task, Signal signal, int code) => new(signal, code, Pid: task.Tid, Uid: task.Credentials.RealUser);

    private void Halt(GuestTask task, TraceState trace, TraceStop stop, int code, in SignalInfo info, bool hasInfo, ChildCode told)
    {
        task.State = TaskState.Traced;
        _services.Scheduler.Current.Block(task);
        Note(task, trace, stop, code, in info, hasInfo, told);
    }

    private void Note(GuestTask task, TraceState trace, TraceStop stop, int code, in SignalInfo info, bool hasInfo, ChildCode told)
    {
        trace.Stop = stop;
        trace.Report = code;
        trace.Info = info;
        trace.HasInfo = hasInfo;
        _children.TellTracer(task, trace, told, code & 0x7F, ends: false);
    }
}
