using Kpio.Contracts.Platform;

namespace Kpio.Platform.X64.Timing;

/// <summary>The model <c>none</c>: one cycle for each instruction, each further rep iteration and each system call, at 1 GHz.</summary>
internal sealed class UntimedModel : ITimingModel
{
    /// <inheritdoc/>
    public string Name => "none";

    /// <inheritdoc/>
    public long Frequency => 1_000_000_000;

    /// <inheritdoc/>
    public long SyscallCycles => 1;
}
