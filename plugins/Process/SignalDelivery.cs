using System.Numerics;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>
/// Acts on pending signals before a task goes back to ring 3 (kernel/signal.c, get_signal; arch/x86/kernel/signal.c): handlers,
/// default actions, and what becomes of the call that a signal has ended.
/// </summary>
internal sealed class SignalDelivery
{
    private const ulong SA_RESTART = 0x1000_0000;
    private const ulong SA_NODEFER = 0x4000_0000;
    private const ulong SA_RESETHAND = 0x8000_0000;
    private const uint SS_AUTODISARM = 0x8000_0000;
    private const int RLIMIT_CORE = 4;
    private const int PR_SET_DUMPABLE = 4;
    private const int CoreDumped = 0x80;
    private const ulong SmallestCore = 4096;

    /// <summary>The length of the <c>syscall</c> instruction: a call is made again from its start.</summary>
    private const ulong SyscallLength = 2;

    private readonly ProcessServices _services;
    private readonly ProcessManager _manager;
    private readonly SignalQueues _queues;
    private readonly SignalSender _sender;
    private readonly JobControl _jobs;
    private readonly Tracing _tracing;

    public SignalDelivery(ProcessServices services, ProcessManager manager, SignalQueues queues, SignalSender sender, JobControl jobs, Tracing tracing)
    {
        _tracing = tracing;
        _services = services;
        _manager = manager;
        _queues = queues;
        _sender = sender;
        _jobs = jobs;
    }

    /// <summary>See <see cref="IProcessManager.DeliverSignals"/>.</summary>
    public bool Deliver(GuestTask task)
    {
        SignalState signals = task.Signals;
        if (task.RseqAddress != 0 && !RestartableSequences.Abort(task))
        {
            task.RseqAddress = 0;
            Force(task, new SignalInfo(Signal.SIGSEGV, SignalCode.SI_KERNEL), fatal: true);
        }

        while (true)
        {
            if (task.IsKilled)
            {
                _manager.Exit(task, (int)Signal.SIGKILL, wholeGroup: true);
                return false;
            }

            if ((task.Trace?.EndStatus ?? signals.EndStatus) is { } ended)
            {
                _manager.Exit(task, ended, wholeGroup: true);
                return false;
            }

            if (task.Trace is { } trace && _tracing.TakeStop(task, trace))
                return false;
            if (signals.Unnoticed.Set.Bits != 0)
                TellUnnoticed(task);
            if (signals.IsStopPending)
            {
                _services.Observers.OnStop(task, task.Group.JobSignal);
                if (task.Trace is { } stopped)
                    _tracing.StopWithGroup(task, stopped);
                else
                    _jobs.Stop(task);
                return false;
            }

            var takes = new SignalSet(~(signals.Blocked.Bits & ~SignalSet.Unblockable.Bits));
            if (_tracing.TakeInjected(task, takes, out SignalInfo injected))
            {
                if (!Act(task, in injected))
                    return false;
                continue;
            }

            if (_queues.TryTake(task, takes, out SignalInfo info))
            {
                if (task.Trace is { } asks && info.Signal != Signal.SIGKILL)
                {
                    _tracing.StopForSignal(task, asks, in info);
                    return false;
                }

                if (!Act(task, in info))
                    return false;
                continue;
            }

            Restart(task);
            if (!signals.HasSaved)
                break;

            // No handler ran that would do it at its end. What was blocked until now may be pending.
            signals.HasSaved = false;
            signals.Blocked = signals.Saved;
        }

        task.HasSignalWork = false;
        signals.HasResumeFlag = false;
        return true;
    }

    /// <summary>See <see cref="ISignals.Force"/>; with <paramref name="fatal"/> no handler is asked.</summary>
    public void Force(GuestTask task, in SignalInfo info, bool fatal = false)
    {
        SignalState signals = task.Signals;
        ref SignalAction action = ref task.Group.SignalActions[(int)info.Signal];
        bool isBlocked = signals.Blocked.Contains(info.Signal);
        if (isBlocked || fatal || action.Handler == SignalDefaults.SIG_IGN)
        {
            // It cannot be waited out: Linux forces the default action.
            action = action with { Handler = SignalDefaults.SIG_DFL };
            signals.Blocked = signals.Blocked.Without(info.Signal);
        }

        _sender.SendToThread(task, in info);
    }

    /// <summary>See <see cref="IProcessManager.RaiseFault"/>.</summary>
    public void RaiseFault(GuestTask task, in CpuExit exit, FaultOutcome outcome)
    {
        SignalInfo info = FaultSignals.Of(task, in exit, outcome);
        bool isClosed = exit.Reason == CpuExitReason.Fault
            && !_services.GuestMemory.TryProbe(task.Group.AddressSpace, exit.Fault.Address, PageAccess.Read, out _);
        task.Signals.Fault = FaultSignals.Record(task.Signals.Fault, in exit, isClosed);
        task.Signals.HasResumeFlag = FaultSignals.SetsResumeFlag(in exit);
        Force(task, in info);
        // A debugger shows it better, and may undo it.
        if (task.Group.SignalActions[(int)info.Signal].Handler == SignalDefaults.SIG_DFL && !task.Group.IsDebugged && task.Trace is null)
            _services.Report.Write(FaultReport.Describe(_services, task, in exit, in info));
    }

    /// <summary>Signals without an effect are only told of.</summary>
    private void TellUnnoticed(GuestTask task)
    {
        PendingSignalList unnoticed = task.Signals.Unnoticed;
        while (unnoticed.Set.Bits != 0)
        {
            unnoticed.TryTake((Signal)(BitOperations.TrailingZeroCount(unnoticed.Set.Bits) + 1), out SignalInfo info);
            _services.Observers.OnSignal(task, in info);
        }
    }

    /// <summary>Takes one signal's action; false when the task does not go on.</summary>
    private bool Act(GuestTask task, in SignalInfo info)
    {
        SignalAction action = task.Group.SignalActions[(int)info.Signal];
        bool isForced = SignalSet.Unblockable.Contains(info.Signal);
        if (task.Group.IsDebugged && !_services.Gate.Passes(task, in info))
            return false;
        _services.Observers.OnSignal(task, in info);
        if (action.Handler == SignalDefaults.SIG_IGN && !isForced)
            return true;
        if (action.Handler > SignalDefaults.SIG_IGN && !isForced)
            return Handle(task, in info, in action);

        switch (SignalDefaults.ActionOf(info.Signal))
        {
            case DefaultAction.Stop:
                if (_jobs.IsStoppedBy(task, info.Signal))
                    _jobs.Begin(task.Group, info.Signal);
                return true;
            case DefaultAction.Terminate:
                End(task, (int)info.Signal);
                return false;
            case DefaultAction.Core:
                bool dumps = Dump(task, in info);
                End(task, (int)info.Signal | (dumps ? CoreDumped : 0));
                return false;
            default:
                return true;
        }
    }

    private void End(GuestTask task, int status)
    {
        if (!_tracing.StopsBeforeEnd(task, status))
            _manager.Exit(task, status, wholeGroup: true);
    }

    /// <summary>
    /// Writes a core file where the machine's user wants one, and says whether the status tells of it. The user's wish is like a
    /// core_pattern that is a pipe (core(5)): of the limit only the value 1 means something. Without it the limit decides what is told.
    /// </summary>
    private bool Dump(GuestTask task, in SignalInfo info)
    {
        ulong limit = task.Group.Limits[RLIMIT_CORE].Soft;
        if (!_services.Cores.IsWanted)
            return limit >= SmallestCore;
        bool isDumpable = !task.Group.ProcessControls.TryGetValue(PR_SET_DUMPABLE, out ulong dumpable) || dumpable == 1;
        return isDumpable && limit != 1 && _services.Cores.Write(task, in info);
    }

    /// <summary>Sends the task into a handler; false when a page of its stack must be fetched first.</summary>
    private bool Handle(GuestTask task, in SignalInfo info, in SignalAction action)
    {
        SignalState signals = task.Signals;
        PrepareCall(task, (action.Flags & SA_RESTART) != 0);
        SignalSet before = signals.HasSaved ? signals.Saved : signals.Blocked;
        FramePush push = _services.SignalFrame.Current.Push(task, in info, in action, before);
        if (push == FramePush.Wait)
        {
            // It is first in line again, its place in the queue aside.
            signals.Pending.Add(in info);
            return false;
        }

        if ((action.Flags & SA_RESETHAND) != 0)
            task.Group.SignalActions[(int)info.Signal] = action with { Handler = SignalDefaults.SIG_DFL };
        if (push == FramePush.NoStack)
        {
            bool isLast = info.Signal == Signal.SIGSEGV;
            Force(task, new SignalInfo(Signal.SIGSEGV, SignalCode.SI_KERNEL), fatal: isLast);
            if (task.Group.SignalActions[(int)Signal.SIGSEGV].Handler == SignalDefaults.SIG_DFL)
                _services.Report.Write(FaultReport.DescribeStack(task, info.Signal));
            return true;
        }

        signals.HasSaved = false;
        signals.HasResumeFlag = false;
        var blocked = new SignalSet(signals.Blocked.Bits | action.Mask.Bits);
        signals.Blocked = (action.Flags & SA_NODEFER) != 0 ? blocked : blocked.With(info.Signal);
        if ((signals.AlternateStackFlags & SS_AUTODISARM) != 0)
            signals.ResetAlternateStack();
        if (task.Trace is { Resume: TraceResume.Step or TraceResume.EmulateStep } stepped)
            stepped.IsHandlerPending = true;
        return true;
    }

    /// <summary>A handler is about to run: the call that the signal has ended fails with EINTR, or is made again after the handler (signal(7)).</summary>
    private static void PrepareCall(GuestTask task, bool restarts)
    {
        InterruptKind kind = task.Restart.Interrupted;
        if (kind == InterruptKind.NeverRestarted)
            return;
        task.Restart.Interrupted = InterruptKind.NeverRestarted;
        if (kind == InterruptKind.AlwaysRestarted || (kind == InterruptKind.Restartable && restarts))
            MakeAgain(task, task.Restart.Number);
        else
            task.Cpu[GuestRegister.Rax] = unchecked((ulong)-(long)Errno.EINTR);
    }

    /// <summary>No handler runs: the call goes on, with what is left of its time where it has one.</summary>
    private static void Restart(GuestTask task)
    {
        InterruptKind kind = task.Restart.Interrupted;
        if (kind == InterruptKind.NeverRestarted)
            return;
        task.Restart.Interrupted = InterruptKind.NeverRestarted;
        MakeAgain(task, kind == InterruptKind.RestartBlock ? RestartBlock.SyscallNumber : task.Restart.Number);
    }

    private static void MakeAgain(GuestTask task, uint number)
    {
        task.Cpu[GuestRegister.Rax] = number;
        task.Cpu.Rip -= SyscallLength;
    }
}
