using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>
/// Who traces whom, and how tracees go on from their stops (ptrace(2); kernel/ptrace.c). The stops themselves, which
/// <see cref="SignalDelivery"/> and <see cref="TaskMaker"/> ask for, are in the other part of this class.
/// </summary>
internal sealed partial class Tracing : IProcessTracing
{
    private readonly ProcessServices _services;
    private readonly SignalSender _sender;
    private readonly JobControl _jobs;
    private readonly ChildProcesses _children;

    public Tracing(ProcessServices services, SignalSender sender, JobControl jobs, ChildProcesses children)
    {
        _services = services;
        _sender = sender;
        _jobs = jobs;
        _children = children;
    }

    public Errno Attach(GuestTask tracer, GuestTask target, bool seizes, TraceOptions options)
    {
        if (target.Trace is not null || target.State >= TaskState.Zombie || ReferenceEquals(tracer.Group, target.Group))
            return Errno.EPERM;
        TraceState trace = Begin(tracer, target, seizes, options);
        if (!seizes)
            _sender.Send(target.Group.Pid, target.Tid, new SignalInfo(Signal.SIGSTOP, SignalCode.SI_KERNEL));
        if (target.State != TaskState.Stopped)
            return Errno.None;

        // From one kind of stop to the other.
        trace.IsTrapPending = true;
        MakeRunnable(_services, target);
        return Errno.None;
    }

    public Errno TraceMe(GuestTask task)
    {
        if (task.Trace is not null || _services.Tasks.Find(task.Group.ParentTid) is not { State: < TaskState.Zombie } parent)
            return Errno.EPERM;
        Begin(parent, task, seizes: false, TraceOptions.None);
        return Errno.None;
    }

    public void Resume(GuestTask target, TraceResume how, Signal signal)
    {
        if (target.Trace is not { } trace)
            return;
        if (signal != Signal.None && trace.Stop == TraceStop.Signal)
            trace.Injected = Replace(trace, signal);
        else if (signal != Signal.None && trace.Stop is TraceStop.CallEntry or TraceStop.CallExit)
            _sender.SendToThread(target, new SignalInfo(signal, SignalCode.SI_KERNEL));
        trace.Resume = how;
        GoOn(_services, target, trace);
    }

    public void Detach(GuestTask target, Signal signal)
    {
        if (target.Trace is not { } trace)
            return;
        SignalInfo given = signal != Signal.None && trace.Stop == TraceStop.Signal ? Replace(trace, signal) : new SignalInfo(signal, SignalCode.SI_KERNEL);
        GoOn(_services, target, trace);
        Forget(target);
        if (trace.IsBeforeCall && (trace.IsCallSkipped || trace.IsEmulated))
            target.Cpu[Contracts.Platform.GuestRegister.Rax] = trace.CallResult;
        else if (trace.IsBeforeCall)
            target.Cpu.Rip -= SyscallLength; // without a tracer the instruction is made again
        if (target.State >= TaskState.Zombie)
        {
            if (trace.ThreadStatus is not null)
                _children.Remove(target);
            else if (trace.IsEndWithheld)
                _children.ReportEnd(target.Group);
            return;
        }

        if (trace.Injected.Signal != Signal.None)
            _sender.SendToThread(target, trace.Injected);
        if (signal != Signal.None)
            _sender.SendToThread(target, in given);
        if (trace.EndStatus is { } status)
            target.Signals.EndStatus = status;
        if (!target.Group.IsStopped)
            return;
        target.Signals.IsStopPending = true;
        target.HasSignalWork = true;
        _services.Waits.Interrupt(target);
    }

    public Errno Interrupt(GuestTask target, bool listens)
    {
        if (target.Trace is not { IsSeized: true } trace || (listens && trace.Stop != TraceStop.Group))
            return Errno.EIO;
        target.HasSignalWork = true;
        if (listens)
        {
            trace.IsListening = true;
            if (trace.IsNoticePending)
                GoOn(_services, target, trace);
            return Errno.None;
        }

        trace.IsTrapPending = true;
        if (trace.IsListening)
            GoOn(_services, target, trace);
        else
            _services.Waits.Interrupt(target);
        return Errno.None;
    }

    /// <summary>A thread has ended: those that it traces are let go, or killed where it wished that (PTRACE_O_EXITKILL).</summary>
    public void EndTracer(GuestTask tracer)
    {
        if (tracer.Group.Tracees is not { } tracees)
            return;
        for (int i = tracees.Count - 1; i >= 0; i--)
        {
            if (i >= tracees.Count || _services.Tasks.Find(tracees[i]) is not { Trace: { } trace } target || trace.TracerTid != tracer.Tid)
                continue;
            bool kills = (trace.Options & TraceOptions.PTRACE_O_EXITKILL) != 0;
            Detach(target, Signal.None);
            if (kills)
                _sender.Send(target.Group.Pid, 0, new SignalInfo(Signal.SIGKILL, SignalCode.SI_KERNEL));
        }
    }

    /// <summary>A thread has ended that is not its process's first: whether it stays until its tracer has waited for it.</summary>
    public bool KeepsThread(GuestTask task, int status)
    {
        if (task.Trace is not { } trace)
            return false;
        if (_services.Tasks.Find(trace.TracerPid)?.Group is not { } tracer || tracer.SignalActions[(int)Signal.SIGCHLD].Handler == SignalDefaults.SIG_IGN)
        {
            Forget(task);
            return false;
        }

        trace.Stop = TraceStop.None;
        trace.Report = 0;
        trace.ThreadStatus = status;
        int signal = status & 0x7F;
        _children.TellTracer(task, trace, signal == 0 ? ChildCode.CLD_EXITED : ChildCode.CLD_KILLED, signal == 0 ? status >> 8 & 0xFF : signal, ends: true);
        return true;
    }

    /// <summary>The task has a tracer no longer.</summary>
    public void Forget(GuestTask task) => Forget(_services, task);

    /// <summary>See <see cref="Forget(GuestTask)"/>.</summary>
    public static void Forget(ProcessServices services, GuestTask task)
    {
        if (task.Trace is not { } trace)
            return;
        task.Trace = null;
        services.Tasks.Find(trace.TracerPid)?.Group.Tracees?.Remove(task.Tid);
    }

    /// <summary>Whether SIGKILL or SIGCONT, just sent, ends the stop of a tracee: the one ends any, of the other a seized tracee's tracer is told.</summary>
    public static bool Wakes(ProcessServices services, GuestTask task, TraceState trace, Signal signal)
    {
        if (signal == Signal.SIGKILL)
            return trace.Stop != TraceStop.None;
        if (!trace.IsSeized)
            return false;
        trace.IsNoticePending = true;
        task.HasSignalWork = true;
        if (trace.IsListening)
            return true;
        services.Waits.Interrupt(task);
        return false;
    }

    /// <summary>Ends a tracee's stop.</summary>
    public static void GoOn(ProcessServices services, GuestTask task, TraceState trace)
    {
        bool isInCall = trace.HoldsCall;
        trace.Stop = TraceStop.None;
        trace.Report = 0;
        trace.HoldsCall = false;
        trace.IsListening = false;
        if (isInCall)
            services.Waits.Wake(new WaitKey(WaitKind.TraceStop, (ulong)task.Tid));
        else if (task.State == TaskState.Traced)
            MakeRunnable(services, task);
    }

    private const ulong SyscallLength = 2;

    private static void MakeRunnable(ProcessServices services, GuestTask task)
    {
        task.State = TaskState.Runnable;
        task.HasSignalWork = true;
        services.Scheduler.Current.Ready(task);
    }

    private static TraceState Begin(GuestTask tracer, GuestTask target, bool seizes, TraceOptions options)
    {
        var trace = new TraceState(tracer, seizes, options);
        target.Trace = trace;
        (tracer.Group.Tracees ??= []).Add(target.Tid);
        return trace;
    }

    /// <summary>What a signal that the tracer chose comes with: what it stopped for, or the tracer as its sender.</summary>
    private SignalInfo Replace(TraceState trace, Signal signal)
    {
        if (trace.Info.Signal == signal)
            return trace.Info;
        GuestTask? tracer = _services.Tasks.Find(trace.TracerTid);
        return new SignalInfo(signal, SignalCode.SI_USER, Pid: trace.TracerPid, Uid: tracer?.Credentials.RealUser ?? 0);
    }
}
