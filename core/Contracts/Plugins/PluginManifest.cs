namespace Kpio.Contracts.Plugins;

/// <summary>What a plugin says of itself. Read before any of its services is made.</summary>
/// <param name="Name">A short name, unique among loaded plugins: <c>vfs</c>, <c>linux</c>.</param>
/// <param name="Version">The plugin's own version.</param>
/// <param name="Contract">The version of Kpio.Contracts it was built against; see <see cref="ContractVersion"/>.</param>
/// <param name="Provides">Service interfaces that the plugin binds into the kernel's slots, or adds to its lists.</param>
/// <param name="Requires">Service interfaces that must be bound before the plugin's services are made.</param>
public sealed record PluginManifest(
    string Name,
    Version Version,
    Version Contract,
    IReadOnlyList<Type> Provides,
    IReadOnlyList<Type> Requires);

/// <summary>The version of this assembly as a contract: a plugin loads when the major parts agree and the host's minor part is not the smaller one.</summary>
public static class ContractVersion
{
    /// <summary>The version of the contracts in this assembly.</summary>
    public static Version Current { get; } = new(0, 1);

    /// <summary>Whether a plugin built against <paramref name="plugin"/> can be loaded by this host.</summary>
    public static bool Accepts(Version plugin)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        return plugin.Major == Current.Major && plugin.Minor <= Current.Minor;
    }
}
