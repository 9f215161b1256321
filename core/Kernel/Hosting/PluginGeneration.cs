using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Hosting;

/// <summary>One loaded version of a plugin, with the services that it made. A swap puts another generation in its place.</summary>
public sealed class PluginGeneration : IDisposable
{
    private readonly PluginLoader? _loader;
    private readonly IReadOnlyList<Type>? _layers;

    internal PluginGeneration(PluginSource source, IKernelPlugin plugin, PluginManifest manifest, IServiceProvider services, PluginLoader? loader)
    {
        Source = source;
        _layers = (plugin as LayersPlugin)?.Layers;
        PluginType = _layers is { } layers ? layers[0] : plugin.GetType();
        Manifest = manifest;
        Services = services;
        _loader = loader;
        LoadedAt = DateTime.UtcNow;
    }

    /// <summary>Where it came from.</summary>
    public PluginSource Source { get; }

    /// <summary>What it says of itself.</summary>
    public PluginManifest Manifest { get; }

    /// <summary>Its services.</summary>
    public IServiceProvider Services { get; }

    /// <summary>Which one of its name it is in this machine: the one that the machine was made with is 1.</summary>
    public int Number { get; internal set; } = 1;

    /// <summary>When it was loaded.</summary>
    public DateTime LoadedAt { get; }

    /// <summary>Whether its assembly goes away once nothing refers to it; the built-in ones stay.</summary>
    public bool IsUnloadable => _loader is { IsUnloadable: true };

    /// <summary>The class that the assembly has for the kernel, or its first layer.</summary>
    internal Type PluginType { get; }

    /// <summary>The same plugin once more, for another machine.</summary>
    internal IKernelPlugin CreateAgain() => _layers is null ? (IKernelPlugin)Activator.CreateInstance(PluginType)! : new LayersPlugin(Manifest, _layers);

    /// <summary>What predecessors wrote for successors that it does not read: handed on as it is, by the kind of data.</summary>
    internal PlainList<HandedOnState> HandedOn { get; } = new();

    /// <summary>Its load context for somebody who wants to see it go; null for one that stays.</summary>
    internal WeakReference? Forget() => IsUnloadable ? _loader!.Watch() : null;

    /// <summary>Disposes of the services and unloads the assembly where that is possible.</summary>
    public void Dispose()
    {
        (Services as IDisposable)?.Dispose();
        _loader?.Dispose();
    }
}
