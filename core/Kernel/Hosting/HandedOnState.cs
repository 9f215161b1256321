using Kpio.Contracts.State;

namespace Kpio.Kernel.Hosting;

/// <summary>What a plugin's predecessor wrote for a successor that reads it.</summary>
internal sealed class HandedOnState(StateBinding kind, StateExtension entry)
{
    /// <summary>The kind of data that it belongs to.</summary>
    public StateBinding Kind { get; } = kind;

    public StateExtension Entry { get; } = entry;
}
