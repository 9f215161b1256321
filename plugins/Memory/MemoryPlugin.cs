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
        Provides: [typeof(IMemoryManager), typeof(IAddressSpaces), typeof(IFileMappings), typeof(IPageResidence), typeof(ISharedSegments), typeof(ISemaphoreSets), typeof(ISemaphoreUndo), typeof(IMessageQueues)],
        Requires: []);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        // By factory, not by type: the container then needs no reflection over constructors at start.
        services.AddSingleton(static provider => MemoryServices.Create(provider));
        services.AddSingleton<IMemoryManager>(static provider => provider.GetRequiredService<MemoryServices>().Manager);
        services.AddSingleton<IAddressSpaces>(static provider => provider.GetRequiredService<MemoryServices>().Spaces);
        services.AddSingleton<IPageResidence>(static provider => provider.GetRequiredService<MemoryServices>().Residence);
        services.AddSingleton<ISharedSegments>(static provider => provider.GetRequiredService<MemoryServices>().Ipc.Segments);
        services.AddSingleton<ISemaphoreSets>(static provider => provider.GetRequiredService<MemoryServices>().Ipc.Semaphores);
        services.AddSingleton<ISemaphoreUndo>(static provider => provider.GetRequiredService<MemoryServices>().Ipc.Semaphores);
        services.AddSingleton<IMessageQueues>(static provider => provider.GetRequiredService<MemoryServices>().Ipc.Queues);
        services.AddSingleton<IFileMappings>(static provider => provider.GetRequiredService<MemoryServices>().Mappings);
        services.AddSingleton<IStatefulService<MemoryState>>(static provider => provider.GetRequiredService<MemoryServices>().Spaces);
    }
}
