namespace Kpio.Contracts.Process;

/// <summary>Writes core files (core(5)), where the user of the machine wants them. The kernel's.</summary>
public interface ICoreDump
{
    /// <summary>Whether core files are wanted.</summary>
    bool IsWanted { get; }

    /// <summary>Writes the process's core before <paramref name="info"/> ends it; <paramref name="task"/> is the thread that took the signal. False when that fails, which the user is told.</summary>
    bool Write(GuestTask task, in SignalInfo info);
}
