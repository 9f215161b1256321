using Kpio.Contracts.Plugins;

namespace Kpio.Kernel.Hosting;

/// <summary>One loaded version of a plugin, with the services that it made. A swap puts another generation in its place.</summary>
public sealed class PluginGeneration : IDisposable
{
    private readonly PluginLoader? _loader;

    internal PluginGeneration(PluginSource source, PluginManifest manifest, IServiceProvider services, PluginLoader? loader)
    {
        Source = source;
        Manifest = manifest;
        Services = services;
        _loader = loader;
    }

    /// <summary>Where it came from.</summary>
    public PluginSource Source { get; }

    /// <summary>What it says of itself.</summary>
    public PluginManifest Manifest { get; }

    /// <summary>Its services.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Disposes of the services and unloads the assembly where that is possible.</summary>
    public void Dispose()
    {
        (Services as IDisposable)?.Dispose();
        _loader?.Dispose();
    }
}
