using Kpio.Contracts.Process;

namespace Kpio.Plugins.LinuxAbi.Signals;

/// <summary>An alternate stack as sigaltstack(2) and a signal frame name it.</summary>
/// <param name="Start">ss_sp.</param>
/// <param name="Flags">ss_flags.</param>
/// <param name="Size">ss_size.</param>
internal readonly record struct AlternateStack(ulong Start, uint Flags, ulong Size)
{
    /// <summary>Whether the pointer counts as on the task's alternate stack: with SS_AUTODISARM it never does (on_sig_stack).</summary>
    public static bool IsOn(SignalState signals, ulong pointer) =>
        (signals.AlternateStackFlags & Linux.SS_AUTODISARM) == 0 && Holds(signals, pointer);

    /// <summary>Whether the pointer lies in the task's alternate stack.</summary>
    public static bool Holds(SignalState signals, ulong pointer) =>
        pointer > signals.AlternateStack && pointer - signals.AlternateStack <= signals.AlternateStackSize;
}
