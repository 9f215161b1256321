namespace Kpio.Kernel.HotSwap;

/// <summary>One plugin for another.</summary>
/// <param name="Source">Where the new one comes from.</param>
/// <param name="Replaces">
/// The name of the plugin that it replaces. Null: the one of its own name, or, where there is none, what it provides is taken from the plugins
/// that provide it now (a scheduler of its own).
/// </param>
public sealed record PluginSwap(PluginSource Source, string? Replaces = null);

/// <summary>How a swap is done.</summary>
public sealed record SwapOptions
{
    /// <summary>How long the guests may stand still at most: a swap that has not come to its commit point by then is undone.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether the new plugin's methods are compiled beforehand, so that the guests need not wait for that afterwards.</summary>
    public bool Warms { get; init; } = true;

    /// <summary>Called before each step; an exception makes the step fail. For tests.</summary>
    public Action<SwapStep>? BeforeStep { get; init; }
}

/// <summary>The steps of a swap, in their order.</summary>
public enum SwapStep : byte
{
    /// <summary>The new generation is loaded and its services are made, while the guests run.</summary>
    Load,

    /// <summary>The processor stops at a block boundary; no call is under way in any plugin.</summary>
    Quiesce,

    /// <summary>The old generation hands its data out.</summary>
    Capture,

    /// <summary>The new generation takes it.</summary>
    Restore,

    /// <summary>The slots change: from here on the new generation is in force.</summary>
    Rebind,

    /// <summary>The guests go on.</summary>
    Resume,

    /// <summary>The old generation is disposed of.</summary>
    Retire,
}
