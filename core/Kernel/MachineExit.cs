using Kpio.Contracts.Process;

namespace Kpio.Kernel;

/// <summary>Why a machine came to its end.</summary>
public enum MachineEnd : byte
{
    /// <summary>Every task has ended.</summary>
    Finished,

    /// <summary><see cref="Machine.Stop"/> was called because the time was over.</summary>
    TimedOut,

    /// <summary><see cref="Machine.Stop"/> was called for another reason.</summary>
    Stopped,

    /// <summary>Every task waits for what cannot come.</summary>
    Deadlock,

    /// <summary>The first process was killed because of a defect in KPIO.</summary>
    Defect,

    /// <summary><see cref="Machine.Stop"/> was called because the machine was kept and goes on elsewhere.</summary>
    Kept,
}

/// <summary>How a machine ended.</summary>
/// <param name="End">Why.</param>
/// <param name="WaitStatus">The first process's status in the form of wait(2), when it ended.</param>
/// <param name="Message">What is to be told the user, or null.</param>
public readonly record struct MachineExit(MachineEnd End, int WaitStatus, string? Message)
{
    /// <summary>The signal that ended the first process, or none.</summary>
    public Signal Signal => End == MachineEnd.Finished ? (Signal)(WaitStatus & 0x7F) : Signal.None;

    /// <summary>The exit code of a command that runs the machine: the guest's, 128 + signal, 124 when the time was over, 0 when it was kept, 125 for KPIO's own failures.</summary>
    public int ExitCode => End switch
    {
        MachineEnd.Finished when Signal != Signal.None => 128 + (int)Signal,
        MachineEnd.Finished => (WaitStatus >> 8) & 0xFF,
        MachineEnd.Kept => 0,
        MachineEnd.TimedOut => 124,
        _ => 125,
    };
}
