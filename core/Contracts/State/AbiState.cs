namespace Kpio.Contracts.State;

/// <summary>What a system call interface with its loader keeps from call to call; all else of the guests' is the kernel's.</summary>
public sealed record AbiState : PluginState
{
    /// <summary>How many programs were loaded: with the seed it decides where the next one lies.</summary>
    public required ulong ProgramsLoaded { get; init; }
}
