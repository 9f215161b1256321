using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Vfs;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Plugins.Process;

/// <summary>The process manager and the schedulers as a plugin.</summary>
public sealed class ProcessPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new(
        "process",
        new Version(0, 1),
        new Version(0, 1),
        Provides: (Type[])[typeof(IScheduler), typeof(IProcessManager), typeof(ISignals), typeof(IChildProcesses), typeof(IProcessTracing), typeof(IFutexes), typeof(IFutexLocks), typeof(IProcessGroups)],
        Requires: (Type[])[typeof(IMemoryManager), typeof(IAddressSpaces), typeof(IVfs), typeof(IVfsMounts), typeof(IOpenFiles), typeof(IDescriptorTables), typeof(IProgramLoader), typeof(ISignalFrame)]);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        // By factory, each of one type of delegate, and asking by type: what is generic over each service would be made anew for each at every start
        // (docs/adr/0006), and a constructor be looked up by reflection.
        services.AddSingleton(typeof(IScheduler), static provider => CreateScheduler(provider));
        services.AddSingleton(typeof(IStatefulService<SchedulerState>), static provider => provider.GetRequiredService(typeof(IScheduler)));
        services.AddSingleton(typeof(IProcessManager), static provider => Create(provider));
        services.AddSingleton(typeof(ISignals), static provider => ((ProcessManager)provider.GetRequiredService(typeof(IProcessManager))).Signals);
        services.AddSingleton(typeof(IChildProcesses), static provider => ((ProcessManager)provider.GetRequiredService(typeof(IProcessManager))).Children);
        services.AddSingleton(typeof(IProcessTracing), static provider => ((ProcessManager)provider.GetRequiredService(typeof(IProcessManager))).Tracing);
        services.AddSingleton(typeof(IFutexes), static provider => ((ProcessManager)provider.GetRequiredService(typeof(IProcessManager))).Futexes);
        services.AddSingleton(typeof(IFutexLocks), static provider => ((ProcessManager)provider.GetRequiredService(typeof(IProcessManager))).Futexes);
        services.AddSingleton(typeof(IProcessGroups), static provider => ((ProcessManager)provider.GetRequiredService(typeof(IProcessManager))).Groups);
    }

    private static IScheduler CreateScheduler(IServiceProvider provider)
    {
        MachineOptions options = (MachineOptions)provider.GetRequiredService(typeof(MachineOptions));
        ITaskTable tasks = (ITaskTable)provider.GetRequiredService(typeof(ITaskTable));
        return options.Scheduler == SchedulerKind.Chaos ? new ChaosScheduler(options.Seed, tasks) : new RoundRobinScheduler(tasks);
    }

    private static ProcessManager Create(IServiceProvider provider) => new(new ProcessServices(
            (ITaskTable)provider.GetRequiredService(typeof(ITaskTable)),
            (IWaitQueues)provider.GetRequiredService(typeof(IWaitQueues)),
            (IFutexQueues)provider.GetRequiredService(typeof(IFutexQueues)),
            (IKernelClock)provider.GetRequiredService(typeof(IKernelClock)),
            (IKernelTimers)provider.GetRequiredService(typeof(IKernelTimers)),
            (ICpuContexts)provider.GetRequiredService(typeof(ICpuContexts)),
            (IUserMemory)provider.GetRequiredService(typeof(IUserMemory)),
            (IGuestMemory)provider.GetRequiredService(typeof(IGuestMemory)),
            (IInstructionDescriber?)provider.GetService(typeof(IInstructionDescriber)),
            (IKernelLog)provider.GetRequiredService(typeof(IKernelLog)),
            (IUserReport)provider.GetRequiredService(typeof(IUserReport)),
            (ITaskObserver)provider.GetRequiredService(typeof(ITaskObserver)),
            (ISignalGate)provider.GetRequiredService(typeof(ISignalGate)),
            (ICoreDump)provider.GetRequiredService(typeof(ICoreDump)),
            (Slot<IScheduler>)provider.GetRequiredService(typeof(Slot<IScheduler>)),
            (Slot<IMemoryManager>)provider.GetRequiredService(typeof(Slot<IMemoryManager>)),
            (Slot<IAddressSpaces>)provider.GetRequiredService(typeof(Slot<IAddressSpaces>)),
            (Slot<IVfs>)provider.GetRequiredService(typeof(Slot<IVfs>)),
            (Slot<IVfsMounts>)provider.GetRequiredService(typeof(Slot<IVfsMounts>)),
            (Slot<IFileLeases>)provider.GetRequiredService(typeof(Slot<IFileLeases>)),
            (Slot<IOpenFiles>)provider.GetRequiredService(typeof(Slot<IOpenFiles>)),
            (Slot<IDescriptorTables>)provider.GetRequiredService(typeof(Slot<IDescriptorTables>)),
            (Slot<ISpecialFiles>)provider.GetRequiredService(typeof(Slot<ISpecialFiles>)),
            (Slot<ITerminals>)provider.GetRequiredService(typeof(Slot<ITerminals>)),
            (Slot<IProgramLoader>)provider.GetRequiredService(typeof(Slot<IProgramLoader>)),
            (Slot<ISignalFrame>)provider.GetRequiredService(typeof(Slot<ISignalFrame>)),
            (MachineOptions)provider.GetRequiredService(typeof(MachineOptions)),
            (Slot<ISemaphoreUndo>?)provider.GetService(typeof(Slot<ISemaphoreUndo>))));
}

/// <summary>What the parts of the process manager work with: services of the kernel, and slots of other plugins.</summary>
internal sealed record ProcessServices(
    ITaskTable Tasks,
    IWaitQueues Waits,
    IFutexQueues FutexQueues,
    IKernelClock Clock,
    IKernelTimers Timers,
    ICpuContexts Contexts,
    IUserMemory UserMemory,
    IGuestMemory GuestMemory,
    IInstructionDescriber? Describer,
    IKernelLog Log,
    IUserReport Report,
    ITaskObserver Observers,
    ISignalGate Gate,
    ICoreDump Cores,
    Slot<IScheduler> Scheduler,
    Slot<IMemoryManager> Memory,
    Slot<IAddressSpaces> Spaces,
    Slot<IVfs> Vfs,
    Slot<IVfsMounts> Mounts,
    Slot<IFileLeases> Leases,
    Slot<IOpenFiles> Files,
    Slot<IDescriptorTables> Descriptors,
    Slot<ISpecialFiles> SpecialFiles,
    Slot<ITerminals> Terminals,
    Slot<IProgramLoader> Loader,
    Slot<ISignalFrame> SignalFrame,
    MachineOptions Options,
    Slot<ISemaphoreUndo>? Semaphores = null);
