using System.Collections.Concurrent;
using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;

namespace Kpio.Kernel.Execution;

/// <summary>What threads and signal callbacks of the host ask of the run loop: signals for the guest, and the end. From any thread.</summary>
internal sealed class HostRequests
{
    private readonly ConcurrentQueue<(int Pid, SignalInfo Signal)> _signals = new();
    private readonly ICpu _cpu;
    private readonly IHostWaiter _waiter;
    private volatile bool _any;

    public HostRequests(ICpu cpu, IHostWaiter waiter)
    {
        _cpu = cpu;
        _waiter = waiter;
    }

    /// <summary>Whether there is anything to look at.</summary>
    public bool Any => _any;

    /// <summary>The end that was asked for, or null.</summary>
    public (MachineEnd End, string? Message)? Stop { get; private set; }

    /// <summary>Asks for a signal to a process, or with <paramref name="pid"/> 0 to every process of the foreground.</summary>
    public void Send(int pid, in SignalInfo signal)
    {
        _signals.Enqueue((pid, signal));
        Notify();
    }

    /// <summary>Asks for the machine's end; the first one who asks says why.</summary>
    public void RequestStop(MachineEnd end, string? message)
    {
        Stop ??= (end, message);
        Notify();
    }

    /// <summary>Takes the next signal; when there is none any more, <see cref="Any"/> is false again.</summary>
    public bool TryTakeSignal(out int pid, out SignalInfo signal)
    {
        if (_signals.TryDequeue(out (int Pid, SignalInfo Signal) entry))
        {
            (pid, signal) = entry;
            return true;
        }

        // First the flag, then a second look: one that came in between is seen either way.
        _any = false;
        bool found = _signals.TryDequeue(out entry);
        (pid, signal) = entry;
        return found;
    }

    private void Notify()
    {
        _any = true;
        _cpu.Interrupt();
        _waiter.Interrupt();
    }
}
