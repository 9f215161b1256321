using Kpio.Contracts.Host;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;

namespace Kpio.Kernel.Execution;

/// <summary>The machine's end, and what is to be said about it.</summary>
internal sealed record StopRequest(MachineEnd End, string? Message);

/// <summary>A signal for a process, or with pid 0 for every process of the foreground.</summary>
internal sealed record SignalRequest(int Pid, SignalInfo Signal);

/// <summary>What threads and signal callbacks of the host ask of the run loop: signals for the guest, and the end. From any thread.</summary>
internal sealed class HostRequests
{
    private readonly Queue<SignalRequest> _signals = new();
    private readonly object _lock = new();
    private readonly ICpu _cpu;
    private readonly IHostWaiter _waiter;
    private volatile StopRequest? _stop;
    private volatile bool _any;
    private bool _hasTerminalChanged;

    public HostRequests(ICpu cpu, IHostWaiter waiter)
    {
        _cpu = cpu;
        _waiter = waiter;
    }

    /// <summary>Whether there is anything to look at.</summary>
    public bool Any => _any;

    /// <summary>The end that was asked for, or null.</summary>
    public StopRequest? Stop => _stop;

    /// <summary>Asks for a signal.</summary>
    public void Send(int pid, in SignalInfo signal)
    {
        lock (_lock)
        {
            _signals.Enqueue(new SignalRequest(pid, signal));
            _any = true;
        }

        Wake();
    }

    /// <summary>Asks for the machine's end; the first one who asks says why.</summary>
    public void RequestStop(MachineEnd end, string? message)
    {
        lock (_lock)
        {
            _stop ??= new StopRequest(end, message);
            _any = true;
        }

        Wake();
    }

    /// <summary>The user's terminal has something to say.</summary>
    public void NotifyTerminal()
    {
        lock (_lock)
        {
            if (_hasTerminalChanged)
                return;
            _hasTerminalChanged = true;
            _any = true;
        }

        Wake();
    }

    /// <summary>Whether <see cref="NotifyTerminal"/> was called since this was asked last.</summary>
    public bool TakeTerminalChange()
    {
        lock (_lock)
        {
            bool hasChanged = _hasTerminalChanged;
            _hasTerminalChanged = false;
            return hasChanged;
        }
    }

    /// <summary>Takes the next signal, or null; <see cref="Any"/> is false after the last, unless the terminal or the end were spoken of again.</summary>
    public SignalRequest? TakeSignal()
    {
        lock (_lock)
        {
            _any = _signals.Count > 1 || _hasTerminalChanged || _stop is not null; // which may have come since they were looked at
            return _signals.Count > 0 ? _signals.Dequeue() : null;
        }
    }

    /// <summary>Makes the run loop come to its next turn.</summary>
    public void Wake()
    {
        _cpu.Interrupt();
        _waiter.Interrupt();
    }
}
