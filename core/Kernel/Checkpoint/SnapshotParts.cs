using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Kernel.Execution;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.Checkpoint;

/// <summary>What a machine is kept from, and made from again.</summary>
internal sealed record SnapshotParts(
    MachineSetup Setup,
    MachinePlatform Platform,
    ICpu Cpu,
    TaskTable Tasks,
    WaitQueues Waits,
    KernelTimers Timers,
    MachineClock Clock,
    IEntropySource Entropy,
    RunLoop Loop,
    ObserverRegistry Observers,
    TracerList Tracers,
    KernelSlots Slots,
    PluginHost Plugins,
    IUserMemory UserMemory);
