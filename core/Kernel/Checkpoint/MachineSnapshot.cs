using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// A machine at one moment (<see cref="Machine.Capture"/>): its frames, its tasks with their waiting calls, and the records of its plugins. Shares
/// nothing with the machine, and never changes: any number of machines may be restored from it, at the same time too.
/// </summary>
public sealed class MachineSnapshot
{
    internal MachineSnapshot(SnapshotHeader header, MemoryImage memory, byte[] state, IReadOnlyList<byte[]> blocks)
    {
        Header = header;
        Memory = memory;
        State = state;
        Blocks = blocks;
        Records = new SnapshotRecords(Shapes, state, blocks);
    }

    /// <summary>What is known of the machine.</summary>
    public SnapshotHeader Header { get; private init; }

    /// <summary>What the machine was started with. One that is restored is started with the same, but for names and versions.</summary>
    public MachineOptions Options => Header.Options;

    /// <summary>Where its time came from.</summary>
    public ClockSource Clock => Header.HasVirtualClock ? ClockSource.Virtual : ClockSource.Host;

    /// <summary>Its cycles.</summary>
    public long Cycles => Header.Cycles;

    /// <summary>How many tasks it had, ended ones included that nobody has waited for.</summary>
    public int Tasks => Header.Tasks;

    /// <summary>The same with something written down for whoever restores it.</summary>
    public MachineSnapshot With(IReadOnlyDictionary<string, string> notes) =>
        new(Header with { Notes = notes }, Memory, State, Blocks) { IsStored = IsStored };

    /// <summary>The bytes that are kept: frames that are not all zeros, and records.</summary>
    public long Size
    {
        get
        {
            long size = State.Length;
            foreach (byte[]? frame in Memory.Frames)
                size += frame?.Length ?? 0;
            foreach (byte[] block in Blocks)
                size += block.Length;
            return size;
        }
    }

    /// <summary>The frames: a platform may put them where many machines share them.</summary>
    public MemoryImage Memory { get; }

    /// <summary>How many machines' records were read from their bytes: those of the first, and once for all others, which get copies.</summary>
    public int Readings => Records.Readings;

    /// <summary>The records for machines.</summary>
    internal SnapshotRecords Records { get; }

    /// <summary>The records as bytes (<see cref="StateWriter"/>).</summary>
    internal byte[] State { get; }

    /// <summary>Their large arrays.</summary>
    internal IReadOnlyList<byte[]> Blocks { get; }

    /// <summary>Whether it came from a file: then the host may have changed since.</summary>
    internal bool IsStored { get; init; }

    /// <summary>The shapes of the records, worked out once for all machines that are restored from it.</summary>
    internal StateShapes Shapes { get; } = new();
}
