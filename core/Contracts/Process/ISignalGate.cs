namespace Kpio.Contracts.Process;

/// <summary>
/// Asked by the process manager before it acts on a signal that a process under a debugger has taken from its queue
/// (<see cref="ThreadGroup.IsDebugged"/>). The kernel's.
/// </summary>
public interface ISignalGate
{
    /// <summary>
    /// Whether the signal's action is to be taken now. When not, the debugger has the signal: the process manager leaves the task as it
    /// is and answers false from <see cref="IProcessManager.DeliverSignals"/>. A signal that the debugger lets through comes again.
    /// </summary>
    bool Passes(GuestTask task, in SignalInfo info);
}
