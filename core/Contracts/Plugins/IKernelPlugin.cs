using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Contracts.Plugins;

/// <summary>
/// The entry point of a plugin assembly: exactly one public class with a public parameterless constructor implements it. Named
/// <c>Kpio.Plugins.Vfs.VfsPlugin</c> in <c>Kpio.Plugins.Vfs.dll</c> it is found at once; with any other name by a search. The
/// kernel makes one <see cref="IServiceProvider"/> for each generation of a plugin, adds the kernel's own services (slots, clock,
/// host, …) and then lets the plugin add its.
/// </summary>
public interface IKernelPlugin
{
    /// <summary>What the plugin is, provides and requires.</summary>
    PluginManifest Manifest { get; }

    /// <summary>Registers the plugin's services: those named in <see cref="PluginManifest.Provides"/> and its own.</summary>
    void ConfigureServices(IServiceCollection services);
}
