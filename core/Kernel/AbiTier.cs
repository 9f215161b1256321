namespace Kpio.Kernel;

/// <summary>
/// One part of the stack of system call interfaces: a variant by its name, the variants of a plugin, or a choice of calls. Tiers lie on one
/// another in the order in which <see cref="MachineSetup.AbiTiers"/> has them, the first one on the interface that a plugin provides.
/// </summary>
public sealed class AbiTier
{
    private AbiTier()
    {
    }

    /// <summary>The name of a variant that one of the machine's plugins has, or of the interface itself, which changes nothing; else null.</summary>
    public string? Name { get; private init; }

    /// <summary>One of <see cref="MachineSetup.Plugins"/>: all its variants, in the order of their registration; else null.</summary>
    public PluginSource? Plugin { get; private init; }

    /// <summary>The calls that are left of the interface below; else null.</summary>
    public TierSelection? Selection { get; private init; }

    /// <summary>A variant by its name.</summary>
    public static AbiTier Named(string name) => new() { Name = name };

    /// <summary>The variants of a plugin.</summary>
    public static AbiTier Of(PluginSource plugin) => new() { Plugin = plugin };

    /// <summary>A choice of calls.</summary>
    public static AbiTier Only(TierSelection selection) => new() { Selection = selection };
}
