using System.Collections.Concurrent;
using Kpio.Kernel;

namespace Kpio.Testing;

/// <summary>What plugins call themselves, by where they come from.</summary>
internal static class PluginNames
{
    // Names by path alone: nothing of a plugin is kept.
    private static readonly ConcurrentDictionary<string, string> Known = new();

    public static string Of(PluginSource source) =>
        source.Path is { } path ? Known.GetOrAdd(path, _ => source.ReadManifest().Name) : source.ReadManifest().Name;
}
