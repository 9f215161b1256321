namespace Kpio.Contracts.State;

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
