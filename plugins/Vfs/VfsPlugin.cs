using Kpio.Contracts.Host;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Host;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.Names;
using Kpio.Plugins.Vfs.OpenFiles;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.Vfs;

/// <summary>The file system plugin: names, open files, mounts, and the types of file systems that every machine has.</summary>
public sealed class VfsPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new(
        "vfs",
        new Version(1, 0),
        new Version(0, 1),
        [
            typeof(IVfs),
            typeof(IVfsMounts),
            typeof(IOpenFiles),
            typeof(IFileControl),
            typeof(IFileEvents),
            typeof(IFileSignals),
            typeof(IFileLeases),
            typeof(IDescriptorTables),
            typeof(IFilePages),
            typeof(IMemoryFiles),
            typeof(IWakeListener),
            typeof(IEventPolls),
            typeof(ISpecialFiles),
            typeof(IPipes),
            typeof(IVfsAttributes),
            typeof(IFileLocks),
            typeof(ILocalSockets),
            typeof(INamedQueues),
            typeof(IFileWatches),
            typeof(ITerminals),
        ],
        []);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton(static provider => new VfsParts(Gather(provider)));
        services.AddSingleton<IVfs>(static provider => Parts(provider).Names);
        services.AddSingleton<IVfsMounts>(static provider => Parts(provider).Mounts);
        services.AddSingleton<IOpenFiles>(static provider => Parts(provider).Files);
        services.AddSingleton<IFileControl>(static provider => Parts(provider).Files);
        services.AddSingleton<IFileEvents>(static provider => Parts(provider).Files);
        services.AddSingleton<IFileSignals>(static provider => Parts(provider).FileSignals);
        services.AddSingleton<IFileLeases>(static provider => Parts(provider).Leases);
        services.AddSingleton<ITerminals>(static provider => Parts(provider).Terminals);
        services.AddSingleton<IDescriptorTables>(static provider => Parts(provider).Descriptors);
        services.AddSingleton<IMemoryFiles>(static provider => Parts(provider).MemoryFiles);
        services.AddSingleton<IFilePages>(static provider => Parts(provider).Core.Pages);
        services.AddSingleton<IWakeListener>(static provider => Parts(provider).Core.Special.PollIndex);
        services.AddSingleton<IEventPolls>(static provider => Parts(provider).EventPolls);
        services.AddSingleton<ISpecialFiles>(static provider => Parts(provider).SpecialFiles);
        services.AddSingleton<IFileWatches>(static provider => Parts(provider).Watches);
        services.AddSingleton<INamedQueues>(static provider => Parts(provider).NamedQueues);
        services.AddSingleton<ILocalSockets>(static provider => Parts(provider).Sockets);
        services.AddSingleton<IFileLocks>(static provider => Parts(provider).Core.Locks);
        services.AddSingleton<IVfsAttributes>(static provider => Parts(provider).Attributes);
        services.AddSingleton<IPipes>(static provider => Parts(provider).Pipes);
        services.AddSingleton<IStatefulService<VfsState>>(static provider => Parts(provider).State);
    }

    private static VfsParts Parts(IServiceProvider provider) => provider.GetRequiredService<VfsParts>();

    private static VfsServices Gather(IServiceProvider provider) => new()
    {
        Clock = provider.GetRequiredService<IKernelClock>(),
        HostClock = provider.GetRequiredService<IHostClock>(),
        Console = provider.GetRequiredService<IHostConsole>(),
        Host = new HostAccess(
            provider.GetRequiredService<IHostFiles>(),
            provider.GetRequiredService<IHostFileContent>(),
            provider.GetRequiredService<IHostFileNames>()),
        Waits = provider.GetRequiredService<IWaitQueues>(),
        Entropy = provider.GetRequiredService<IEntropySource>(),
        Tasks = provider.GetRequiredService<ITaskTable>(),
        Options = provider.GetRequiredService<MachineOptions>(),
        Timers = provider.GetRequiredService<IKernelTimers>(),
        Signals = provider.GetService<Slot<ISignals>>(),
        AddressSpaces = provider.GetService<Slot<IAddressSpaces>>(),
        PhysicalMemory = provider.GetService<IPhysicalMemory>(),
        PageResidence = provider.GetService<Slot<IPageResidence>>(),
        FileMappings = provider.GetService<Slot<IFileMappings>>(),
        Terminal = provider.GetService<IHostTerminal>(),
        Groups = provider.GetService<Slot<IProcessGroups>>(),
        Processes = provider.GetService<Slot<IProcessManager>>(),
        Types = provider.GetService<ServiceList<IFileSystemType>>(),
    };
}
