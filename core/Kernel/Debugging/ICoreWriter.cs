using Kpio.Contracts.Process;

namespace Kpio.Kernel.Debugging;

/// <summary>Puts a process into a core file.</summary>
public interface ICoreWriter
{
    /// <summary>Writes the process of a thread that a signal is about to end; false, with the user told, when that fails.</summary>
    bool Write(GuestTask task, in SignalInfo info, IReadOnlyList<GuestTask> threads, DebugMemory memory);
}
