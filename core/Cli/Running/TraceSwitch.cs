using Kpio.Contracts.Tracing;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;

namespace Kpio.Cli.Running;

/// <summary>Turns a trace on KPIO's standard error on and off while the machine runs. For one thread at a time.</summary>
internal sealed class TraceSwitch
{
    private readonly Machine _machine;
    private readonly string _format;
    private readonly ErrorWriter _error;
    private TracerHandle<ITracer>? _tracer;

    public TraceSwitch(Machine machine, string format, ErrorWriter error)
    {
        _machine = machine;
        _format = format;
        _error = error;
    }

    /// <summary>Turns it on; answers why that cannot be, or null.</summary>
    public string? TurnOn()
    {
        if (_tracer is not null)
            return "the trace is on already";
        _tracer = _machine.Trace(_format, _error, TraceTarget.Console, SyscallSet.All());
        return _tracer is null ? "no loaded plugin can trace" : null;
    }

    /// <summary>Turns it off; answers why that cannot be, or null.</summary>
    public string? TurnOff()
    {
        if (_tracer is not { } tracer)
            return "the trace is off already";
        tracer.Remove();
        tracer.Current.Flush();
        _tracer = null;
        return null;
    }

    /// <summary>Writes what is left.</summary>
    public void Flush() => _tracer?.Current.Flush();
}
