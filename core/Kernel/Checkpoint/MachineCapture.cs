using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Kernel.Execution;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// Keeps a machine. Called as a swap's capture is: under the kernel lock, with the processor between two blocks and no plugin's code on any
/// stack. It only reads: the machine goes on as if nothing had been.
/// </summary>
internal static class MachineCapture
{
    private const int KernelStateVersion = 1;

    /// <summary>Keeps the machine.</summary>
    /// <exception cref="SnapshotException">It cannot be kept, or not now.</exception>
    public static MachineSnapshot Take(SnapshotParts parts, GuestTask first)
    {
        if (parts.Loop.Obstacle is { } obstacle)
            throw new SnapshotException(obstacle);
        if (parts.Platform.Memory is not IMemorySnapshots memory || parts.Cpu is not ICpuSnapshots cpu)
            throw new SnapshotException("the platform's memory and processor cannot be kept");
        var handles = new HostHandles(parts.Setup, looksAgain: false);
        var state = new MachineState
        {
            Kernel = Capture(parts, cpu, first),
            Plugins =
            [
                .. new PluginRecords(parts.Slots, parts.Plugins).Capture()
                    .Select(record => record.State is VfsState vfs ? record with { State = handles.Keep(vfs) } : record),
            ],
            Tracers = parts.Tracers.Capture(),
        };
        var writer = new StateWriter(new StateShapes());
        try
        {
            writer.Write(state);
        }
        catch (NotSupportedException e)
        {
            throw new SnapshotException(e.Message, e);
        }

        var header = new SnapshotHeader
        {
            Options = parts.Setup.Options,
            HasVirtualClock = parts.Clock.IsVirtual,
            Cycles = parts.Cpu.Cycles,
            Tasks = parts.Tasks.Count,
            HasTerminal = state.Plugins.Any(static record => record.State is VfsState vfs && vfs.Terminals.Any(static terminal => terminal.Pseudoterminal is null)),
            Plugins = parts.Plugins.Plugins.ToDictionary(static plugin => plugin.Manifest.Name, static plugin => plugin.Manifest.Version.ToString()),
        };
        return new MachineSnapshot(header, memory.Capture(), writer.Bytes, writer.Blocks);
    }

    private static KernelState Capture(SnapshotParts parts, ICpuSnapshots cpu, GuestTask first)
    {
        (GuestTask? current, TurnState? turn, bool isPreempted) = parts.Loop.Position;
        return new KernelState
        {
            Version = KernelStateVersion,
            First = first,
            Tasks = [.. parts.Tasks.All],
            Tids = parts.Tasks.Tids,
            Current = current,
            Turn = turn,
            IsPreempted = isPreempted,
            Counts = cpu.Counts,
            Clock = parts.Clock.Capture(),
            Entropy = (parts.Entropy as SeededEntropy)?.State,
            InputPosition = parts.Setup.Console.Seek(new HostFileId(1), 0, 1).TryGet(out long position, out _) ? position : null,
            LastTimer = parts.Timers.Last,
            Timers = parts.Timers.Capture(),
            Waits = parts.Waits.Capture(),
        };
    }
}
