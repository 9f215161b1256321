using Kpio.Kernel;

namespace Kpio.Cli.Testing.Running;

/// <summary>Stops a machine after a time of the host's, unless it is disposed of before; never after that, when the machine may be gone.</summary>
internal sealed class TimeLimit : IDisposable
{
    private readonly Timer _timer;
    private readonly object _lock = new();
    private Machine? _machine;

    public TimeLimit(Machine machine, TimeSpan time)
    {
        _machine = machine;
        _timer = new Timer(static limit => ((TimeLimit)limit!).Stop(), this, time, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
            _machine = null;
    }

    private void Stop()
    {
        lock (_lock)
            _machine?.Stop(MachineEnd.TimedOut);
    }
}
