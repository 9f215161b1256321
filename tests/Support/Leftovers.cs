using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Kernel;
using Microsoft.Extensions.DependencyInjection;

namespace Kpio.Testing;

/// <summary>What is left in a machine whose tasks have all ended. Only what belongs to the machine itself may be: its streams, its root, pages of files.</summary>
/// <param name="Tasks">Tasks, zombies included.</param>
/// <param name="Spaces">Address spaces.</param>
/// <param name="SharedObjects">Objects behind shared memory.</param>
/// <param name="Files">Open files.</param>
/// <param name="Pipes">Pipes and sockets' buffers.</param>
/// <param name="LockLists">Files with locks.</param>
/// <param name="LockWaits">Tasks that wait for a lock.</param>
/// <param name="Timers">Timers.</param>
/// <param name="Waiters">Tasks that the wait queues keep something of.</param>
/// <param name="Frames">Frames of memory in use.</param>
public sealed record Leftovers(
    int Tasks, int Spaces, int SharedObjects, int Files, int Pipes, int LockLists, int LockWaits, int Timers, int Waiters, long Frames)
{
    /// <summary>Counts what is left in a machine that has run.</summary>
    public static Leftovers Of(Machine machine, IPhysicalMemory memory)
    {
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(memory);
        VfsState files = Capture<VfsState>(machine);
        MemoryState spaces = Capture<MemoryState>(machine);
        (int timers, int waiters) = machine.KernelObjects;
        return new Leftovers(
            machine.Tasks.Count,
            spaces.Spaces.Count,
            spaces.SharedObjects.Count,
            files.Files.Count,
            files.Pipes.Count,
            files.Locks?.Lists.Count ?? 0,
            files.Locks?.Waits.Count ?? 0,
            timers,
            waiters,
            memory.UsedFrames);
    }

    private static TState Capture<TState>(Machine machine)
        where TState : PluginState => machine.Plugins
            .Select(static plugin => plugin.Services.GetService<IStatefulService<TState>>())
            .First(static service => service is not null)!.Capture();
}
