using Kpio.Contracts.Process;

namespace Kpio.Kernel.Debugging;

/// <summary>The place that a debug session takes in the kernel, empty as long as there is none.</summary>
internal sealed class DebugHooks : ISignalGate
{
    public DebugSession? Session { get; set; }

    public bool Passes(GuestTask task, in SignalInfo info) => Session is not { } session || session.Passes(task, in info);
}
