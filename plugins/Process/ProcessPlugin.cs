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
        Provides: [typeof(IScheduler), typeof(IProcessManager), typeof(ISignals), typeof(IChildProcesses), typeof(IProcessTracing), typeof(IFutexes), typeof(IProcessGroups)],
        Requires: [typeof(IMemoryManager), typeof(IAddressSpaces), typeof(IVfs), typeof(IVfsMounts), typeof(IOpenFiles), typeof(IDescriptorTables), typeof(IProgramLoader), typeof(ISignalFrame)]);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        // By factory, not by type: the container then needs no reflection over constructors at start.
        services.AddSingleton<IScheduler>(static provider => CreateScheduler(provider));
        services.AddSingleton<IStatefulService<SchedulerState>>(static provider => (IStatefulService<SchedulerState>)provider.GetRequiredService<IScheduler>());
        services.AddSingleton<IProcessManager>(static provider => Create(provider));
        services.AddSingleton<ISignals>(static provider => ((ProcessManager)provider.GetRequiredService<IProcessManager>()).Signals);
        services.AddSingleton<IChildProcesses>(static provider => ((ProcessManager)provider.GetRequiredService<IProcessManager>()).Children);
        services.AddSingleton<IProcessTracing>(static provider => ((ProcessManager)provider.GetRequiredService<IProcessManager>()).Tracing);
        services.AddSingleton<IFutexes>(static provider => ((ProcessManager)provider.GetRequiredService<IProcessManager>()).Futexes);
        services.AddSingleton<IProcessGroups>(static provider => ((ProcessManager)provider.GetRequiredService<IProcessManager>()).Groups);
    }

    private static IScheduler CreateScheduler(IServiceProvider provider)
    {
        MachineOptions options = provider.GetRequiredService<MachineOptions>();
        ITaskTable tasks = provider.GetRequiredService<ITaskTable>();
        return options.Scheduler == SchedulerKind.Chaos ? new ChaosScheduler(options.Seed, tasks) : new RoundRobinScheduler(tasks);
    }

    private static ProcessManager Create(IServiceProvider provider) => new(new ProcessServices(
            provider.GetRequiredService<ITaskTable>(),
            provider.GetRequiredService<IWaitQueues>(),
            provider.GetRequiredService<IFutexQueues>(),
            provider.GetRequiredService<IKernelClock>(),
            provider.GetRequiredService<IKernelTimers>(),
            provider.GetRequiredService<ICpuContexts>(),
            provider.GetRequiredService<IUserMemory>(),
            provider.GetRequiredService<IGuestMemory>(),
            provider.GetService<IInstructionDescriber>(),
            provider.GetRequiredService<IKernelLog>(),
            provider.GetRequiredService<IUserReport>(),
            provider.GetRequiredService<ITaskObserver>(),
            provider.GetRequiredService<ISignalGate>(),
            provider.GetRequiredService<ICoreDump>(),
            provider.GetRequiredService<Slot<IScheduler>>(),
            provider.GetRequiredService<Slot<IMemoryManager>>(),
            provider.GetRequiredService<Slot<IAddressSpaces>>(),
            provider.GetRequiredService<Slot<IVfs>>(),
            provider.GetRequiredService<Slot<IVfsMounts>>(),
            provider.GetRequiredService<Slot<IOpenFiles>>(),
            provider.GetRequiredService<Slot<IDescriptorTables>>(),
            provider.GetRequiredService<Slot<ISpecialFiles>>(),
            provider.GetRequiredService<Slot<ITerminals>>(),
            provider.GetRequiredService<Slot<IProgramLoader>>(),
            provider.GetRequiredService<Slot<ISignalFrame>>(),
            provider.GetRequiredService<MachineOptions>(),
            provider.GetService<Slot<ISemaphoreUndo>>()));
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
    Slot<IOpenFiles> Files,
    Slot<IDescriptorTables> Descriptors,
    Slot<ISpecialFiles> SpecialFiles,
    Slot<ITerminals> Terminals,
    Slot<IProgramLoader> Loader,
    Slot<ISignalFrame> SignalFrame,
    MachineOptions Options,
    Slot<ISemaphoreUndo>? Semaphores = null);
