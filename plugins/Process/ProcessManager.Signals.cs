using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Process;

/// <summary>Signals: <see cref="SignalSender"/> sends them, <see cref="SignalDelivery"/> acts on them.</summary>
internal sealed partial class ProcessManager
{
    public Errno Send(int pid, int tid, in SignalInfo signal) => _sender.Send(pid, tid, in signal);

    public void RaiseFault(GuestTask task, in CpuExit exit, FaultOutcome outcome) => _delivery.RaiseFault(task, in exit, outcome);

    public bool DeliverSignals(GuestTask task) => _delivery.Deliver(task);
}
