using Kpio.Contracts.Process;

namespace Kpio.Kernel.Execution;

/// <summary>KPIO's own log: passes lines on, or drops them when nobody listens.</summary>
internal sealed class KernelLog : IKernelLog
{
    private readonly Action<string>? _write;
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public KernelLog(Action<string>? write) => _write = write;

    public void Write(string message) => _write?.Invoke(message);

    public void WriteOnce(string key, string message)
    {
        if (_seen.Add(key))
            _write?.Invoke(message);
    }
}
