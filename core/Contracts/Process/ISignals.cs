namespace Kpio.Contracts.Process;

/// <summary>What system calls do to signals besides sending them (<see cref="IProcessManager.Send"/>). The Process plugin.</summary>
public interface ISignals
{
    /// <summary>Forces a signal on a task as a fault does: when it is blocked or ignored its default action is taken.</summary>
    void Force(GuestTask task, in SignalInfo info);

    /// <summary>Changes what a task blocks; signals of the process that it blocks from now on go to another thread.</summary>
    void SetBlocked(GuestTask task, SignalSet blocked);

    /// <summary>
    /// Blocks another set for as long as the current call takes (rt_sigsuspend, ppoll, pselect6, epoll_pwait): to be called at the
    /// first entry, before the call looks at anything; later entries change nothing. The kernel restores the old set when the call
    /// ends; when a handler runs because of it, the end of the handler does.
    /// </summary>
    void BlockDuringCall(GuestTask task, SignalSet blocked);

    /// <summary>Takes the next pending signal of a set, the thread's own before the process's (rt_sigtimedwait, signalfd); false when there is none.</summary>
    bool TryTake(GuestTask task, SignalSet wanted, out SignalInfo info);

    /// <summary>Changes what a signal does; pending ones that are ignored from now on are dropped.</summary>
    void SetAction(GuestTask task, Signal signal, in SignalAction action);
}
