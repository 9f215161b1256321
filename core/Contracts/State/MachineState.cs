using Kpio.Contracts.Process;

namespace Kpio.Contracts.State;

/// <summary>What is known of a snapshot without reading its records.</summary>
public sealed record SnapshotHeader
{
    /// <summary>What the machine was started with.</summary>
    public required MachineOptions Options { get; init; }

    /// <summary>Whether its time came from the cycle count.</summary>
    public required bool HasVirtualClock { get; init; }

    /// <summary>Its cycles.</summary>
    public required long Cycles { get; init; }

    /// <summary>How many tasks it had.</summary>
    public required int Tasks { get; init; }

    /// <summary>Whether its console was the user's terminal.</summary>
    public required bool HasTerminal { get; init; }

    /// <summary>Its plugins' names with their versions.</summary>
    public required IReadOnlyDictionary<string, string> Plugins { get; init; }

    /// <summary>What whoever kept it wrote down for whoever restores it.</summary>
    public IReadOnlyDictionary<string, string> Notes { get; init; } = new Dictionary<string, string>();
}

/// <summary>Everything that a snapshot keeps of a machine beside its frames.</summary>
public sealed record MachineState
{
    /// <summary>The kernel's part.</summary>
    public required KernelState Kernel { get; init; }

    /// <summary>The plugins' parts.</summary>
    public required IReadOnlyList<PluginRecord> Plugins { get; init; }

    /// <summary>What tracers have gathered.</summary>
    public required IReadOnlyList<TracerRecord> Tracers { get; init; }
}

/// <summary>The data of a plugin.</summary>
/// <param name="Plugin">The plugin's name.</param>
/// <param name="State">The data.</param>
public sealed record PluginRecord(string Plugin, PluginState State);

/// <summary>The data of a tracer.</summary>
/// <param name="Type">The tracer's class; a tracer of the same one goes on with it.</param>
/// <param name="State">The data.</param>
public sealed record TracerRecord(string Type, OwnState State);
