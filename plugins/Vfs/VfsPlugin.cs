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
        (Type[])[
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
        Type.EmptyTypes);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        // By factory, each of one type of delegate, and asking by type: what is generic over each service would be made anew for each at every start
        // (docs/adr/0006), and a constructor be looked up by reflection.
        services.AddSingleton(typeof(VfsParts), static provider => new VfsParts(Gather(provider)));
        services.AddSingleton(typeof(IVfs), static provider => Parts(provider).Names);
        services.AddSingleton(typeof(IVfsMounts), static provider => Parts(provider).Mounts);
        services.AddSingleton(typeof(IOpenFiles), static provider => Parts(provider).Files);
        services.AddSingleton(typeof(IFileControl), static provider => Parts(provider).Files);
        services.AddSingleton(typeof(IFileEvents), static provider => Parts(provider).Files);
        services.AddSingleton(typeof(IFileSignals), static provider => Parts(provider).FileSignals);
        services.AddSingleton(typeof(IFileLeases), static provider => Parts(provider).Leases);
        services.AddSingleton(typeof(ITerminals), static provider => Parts(provider).Terminals);
        services.AddSingleton(typeof(IDescriptorTables), static provider => Parts(provider).Descriptors);
        services.AddSingleton(typeof(IMemoryFiles), static provider => Parts(provider).MemoryFiles);
        services.AddSingleton(typeof(IFilePages), static provider => Parts(provider).Core.Pages);
        services.AddSingleton(typeof(IWakeListener), static provider => Parts(provider).Core.Special.PollIndex);
        services.AddSingleton(typeof(IEventPolls), static provider => Parts(provider).EventPolls);
        services.AddSingleton(typeof(ISpecialFiles), static provider => Parts(provider).SpecialFiles);
        services.AddSingleton(typeof(IFileWatches), static provider => Parts(provider).Watches);
        services.AddSingleton(typeof(INamedQueues), static provider => Parts(provider).NamedQueues);
        services.AddSingleton(typeof(ILocalSockets), static provider => Parts(provider).Sockets);
        services.AddSingleton(typeof(IFileLocks), static provider => Parts(provider).Core.Locks);
        services.AddSingleton(typeof(IVfsAttributes), static provider => Parts(provider).Attributes);
        services.AddSingleton(typeof(IPipes), static provider => Parts(provider).Pipes);
        services.AddSingleton(typeof(IStatefulService<VfsState>), static provider => Parts(provider).State);
    }

    private static VfsParts Parts(IServiceProvider provider) => (VfsParts)provider.GetRequiredService(typeof(VfsParts));

    private static VfsServices Gather(IServiceProvider provider) => new()
    {
        Clock = (IKernelClock)provider.GetRequiredService(typeof(IKernelClock)),
        HostClock = (IHostClock)provider.GetRequiredService(typeof(IHostClock)),
        Console = (IHostConsole)provider.GetRequiredService(typeof(IHostConsole)),
        Host = new HostAccess(
            (IHostFiles)provider.GetRequiredService(typeof(IHostFiles)),
            (IHostFileContent)provider.GetRequiredService(typeof(IHostFileContent)),
            (IHostFileNames)provider.GetRequiredService(typeof(IHostFileNames))),
        Waits = (IWaitQueues)provider.GetRequiredService(typeof(IWaitQueues)),
        Entropy = (IEntropySource)provider.GetRequiredService(typeof(IEntropySource)),
        Tasks = (ITaskTable)provider.GetRequiredService(typeof(ITaskTable)),
        Options = (MachineOptions)provider.GetRequiredService(typeof(MachineOptions)),
        Timers = (IKernelTimers)provider.GetRequiredService(typeof(IKernelTimers)),
        Signals = (Slot<ISignals>?)provider.GetService(typeof(Slot<ISignals>)),
        AddressSpaces = (Slot<IAddressSpaces>?)provider.GetService(typeof(Slot<IAddressSpaces>)),
        PhysicalMemory = (IPhysicalMemory?)provider.GetService(typeof(IPhysicalMemory)),
        PageResidence = (Slot<IPageResidence>?)provider.GetService(typeof(Slot<IPageResidence>)),
        FileMappings = (Slot<IFileMappings>?)provider.GetService(typeof(Slot<IFileMappings>)),
        Terminal = (IHostTerminal?)provider.GetService(typeof(IHostTerminal)),
        Groups = (Slot<IProcessGroups>?)provider.GetService(typeof(Slot<IProcessGroups>)),
        Processes = (Slot<IProcessManager>?)provider.GetService(typeof(Slot<IProcessManager>)),
        Types = (ServiceList<IFileSystemType>?)provider.GetService(typeof(ServiceList<IFileSystemType>)),
    };
}
