using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Loader;
using Kpio.Plugins.LinuxAbi.Signals;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>The plugin <c>linux</c>: the system call interface of Linux 6.1 on x86_64 and the loader of its programs.</summary>
public sealed class LinuxAbiPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new(
        "linux",
        new Version(0, 1),
        new Version(0, 1),
        (Type[])[typeof(ISyscallAbi), typeof(IProgramLoader), typeof(ISignalFrame)],
        (Type[])[typeof(IVfs), typeof(IOpenFiles), typeof(IFileControl), typeof(IVfsMounts), typeof(IMemoryManager), typeof(IAddressSpaces)]);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        // By factory, each of one type of delegate, and asking by type: what is generic over each service would be made anew for each at every start
        // (docs/adr/0006), and a constructor be looked up by reflection.
        services.AddSingleton(typeof(ISyscallAbi), static provider => CreateSyscalls(provider));
        services.AddSingleton(typeof(SignalFrame), static _ => new SignalFrame());
        services.AddSingleton(typeof(ISignalFrame), static provider => (SignalFrame)provider.GetRequiredService(typeof(SignalFrame)));
        services.AddSingleton(typeof(ProgramLoader), static provider => CreateLoader(provider));
        services.AddSingleton(typeof(IProgramLoader), static provider => (ProgramLoader)provider.GetRequiredService(typeof(ProgramLoader)));
        services.AddSingleton(typeof(IStatefulService<AbiState>), static provider => (ProgramLoader)provider.GetRequiredService(typeof(ProgramLoader)));
    }

    private static ProgramLoader CreateLoader(IServiceProvider provider) => new(
        (Slot<IOpenFiles>)provider.GetRequiredService(typeof(Slot<IOpenFiles>)),
        (Slot<IMemoryManager>)provider.GetRequiredService(typeof(Slot<IMemoryManager>)),
        (Slot<IAddressSpaces>)provider.GetRequiredService(typeof(Slot<IAddressSpaces>)),
        (IEntropySource)provider.GetRequiredService(typeof(IEntropySource)),
        (MachineOptions)provider.GetRequiredService(typeof(MachineOptions)));

    private static LinuxSyscalls CreateSyscalls(IServiceProvider provider) => new(
        (Slot<IVfs>)provider.GetRequiredService(typeof(Slot<IVfs>)),
        (Slot<IVfsMounts>)provider.GetRequiredService(typeof(Slot<IVfsMounts>)),
        (Slot<IOpenFiles>)provider.GetRequiredService(typeof(Slot<IOpenFiles>)),
        (Slot<IFileControl>)provider.GetRequiredService(typeof(Slot<IFileControl>)),
        (Slot<IFileEvents>)provider.GetRequiredService(typeof(Slot<IFileEvents>)),
        (Slot<IFileSignals>)provider.GetRequiredService(typeof(Slot<IFileSignals>)),
        (Slot<IFileLeases>)provider.GetRequiredService(typeof(Slot<IFileLeases>)),
        (Slot<ITerminals>)provider.GetRequiredService(typeof(Slot<ITerminals>)),
        (Slot<IDescriptorTables>)provider.GetRequiredService(typeof(Slot<IDescriptorTables>)),
        (Slot<IEventPolls>)provider.GetRequiredService(typeof(Slot<IEventPolls>)),
        (Slot<ISpecialFiles>)provider.GetRequiredService(typeof(Slot<ISpecialFiles>)),
        (Slot<IPipes>)provider.GetRequiredService(typeof(Slot<IPipes>)),
        (Slot<IVfsAttributes>)provider.GetRequiredService(typeof(Slot<IVfsAttributes>)),
        (Slot<IFileLocks>)provider.GetRequiredService(typeof(Slot<IFileLocks>)),
        (Slot<ILocalSockets>)provider.GetRequiredService(typeof(Slot<ILocalSockets>)),
        (Slot<IFileWatches>)provider.GetRequiredService(typeof(Slot<IFileWatches>)),
        (Slot<IMemoryManager>)provider.GetRequiredService(typeof(Slot<IMemoryManager>)),
        (Slot<IAddressSpaces>)provider.GetRequiredService(typeof(Slot<IAddressSpaces>)),
        (Slot<IPageResidence>)provider.GetRequiredService(typeof(Slot<IPageResidence>)),
        (Slot<IMemoryFiles>)provider.GetRequiredService(typeof(Slot<IMemoryFiles>)),
        (Slot<ISharedSegments>)provider.GetRequiredService(typeof(Slot<ISharedSegments>)),
        (Slot<ISemaphoreSets>)provider.GetRequiredService(typeof(Slot<ISemaphoreSets>)),
        (Slot<ISemaphoreUndo>)provider.GetRequiredService(typeof(Slot<ISemaphoreUndo>)),
        (Slot<IMessageQueues>)provider.GetRequiredService(typeof(Slot<IMessageQueues>)),
        (Slot<INamedQueues>)provider.GetRequiredService(typeof(Slot<INamedQueues>)),
        (Slot<IProcessManager>)provider.GetRequiredService(typeof(Slot<IProcessManager>)),
        (Slot<ISignals>)provider.GetRequiredService(typeof(Slot<ISignals>)),
        (Slot<IChildProcesses>)provider.GetRequiredService(typeof(Slot<IChildProcesses>)),
        (Slot<IProcessTracing>)provider.GetRequiredService(typeof(Slot<IProcessTracing>)),
        (Slot<IFutexes>)provider.GetRequiredService(typeof(Slot<IFutexes>)),
        (Slot<IFutexLocks>)provider.GetRequiredService(typeof(Slot<IFutexLocks>)),
        (SignalFrame)provider.GetRequiredService(typeof(SignalFrame)),
        (ITaskTable)provider.GetRequiredService(typeof(ITaskTable)),
        (IWaitQueues)provider.GetRequiredService(typeof(IWaitQueues)),
        (IKernelClock)provider.GetRequiredService(typeof(IKernelClock)),
        (IKernelTimers)provider.GetRequiredService(typeof(IKernelTimers)),
        (IEntropySource)provider.GetRequiredService(typeof(IEntropySource)),
        (MachineOptions)provider.GetRequiredService(typeof(MachineOptions)));
}
