using Kpio.Contracts.Ipc;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.Memory;

/// <summary>The memory manager as a plugin.</summary>
public sealed class MemoryPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new(
        "memory",
        new Version(0, 1),
        new Version(0, 1),
        Provides: (Type[])[typeof(IMemoryManager), typeof(IAddressSpaces), typeof(IFileMappings), typeof(IPageResidence), typeof(ISharedSegments), typeof(ISemaphoreSets), typeof(ISemaphoreUndo), typeof(IMessageQueues)],
        Requires: Type.EmptyTypes);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        // By factory, each of one type of delegate, and asking by type: what is generic over each service would be made anew for each at every start
        // (docs/adr/0006), and a constructor be looked up by reflection.
        services.AddSingleton(typeof(MemoryServices), static provider => MemoryServices.Create(provider));
        services.AddSingleton(typeof(IMemoryManager), static provider => ((MemoryServices)provider.GetRequiredService(typeof(MemoryServices))).Manager);
        services.AddSingleton(typeof(IAddressSpaces), static provider => ((MemoryServices)provider.GetRequiredService(typeof(MemoryServices))).Spaces);
        services.AddSingleton(typeof(IPageResidence), static provider => ((MemoryServices)provider.GetRequiredService(typeof(MemoryServices))).Residence);
        services.AddSingleton(typeof(ISharedSegments), static provider => ((MemoryServices)provider.GetRequiredService(typeof(MemoryServices))).Ipc.Segments);
        services.AddSingleton(typeof(ISemaphoreSets), static provider => ((MemoryServices)provider.GetRequiredService(typeof(MemoryServices))).Ipc.Semaphores);
        services.AddSingleton(typeof(ISemaphoreUndo), static provider => ((MemoryServices)provider.GetRequiredService(typeof(MemoryServices))).Ipc.Semaphores);
        services.AddSingleton(typeof(IMessageQueues), static provider => ((MemoryServices)provider.GetRequiredService(typeof(MemoryServices))).Ipc.Queues);
        services.AddSingleton(typeof(IFileMappings), static provider => ((MemoryServices)provider.GetRequiredService(typeof(MemoryServices))).Mappings);
        services.AddSingleton(typeof(IStatefulService<MemoryState>), static provider => ((MemoryServices)provider.GetRequiredService(typeof(MemoryServices))).Spaces);
    }
}
