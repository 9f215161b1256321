using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// A machine at one moment (<see cref="Machine.Capture()"/>): its frames, its tasks with their waiting calls, and the records of its plugins. Shares
/// nothing with the machine, and never changes: any number of machines may be restored from it, at the same time too.
/// </summary>
public sealed class MachineSnapshot
{
    internal MachineSnapshot(MachineOptions options, ClockSource clock, MemoryImage memory, byte[] state, IReadOnlyList<byte[]> blocks)
    {
        Options = options;
        Clock = clock;
        Memory = memory;
        State = state;
        Blocks = blocks;
    }

    /// <summary>What the machine was started with. One that is restored is started with the same, but for names and versions.</summary>
    public MachineOptions Options { get; }

    /// <summary>Where its time came from.</summary>
    public ClockSource Clock { get; }

    /// <summary>Its cycles.</summary>
    public long Cycles { get; internal init; }

    /// <summary>How many tasks it had, ended ones included that nobody has waited for.</summary>
    public int Tasks { get; internal init; }

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

    /// <summary>The frames.</summary>
    internal MemoryImage Memory { get; }

    /// <summary>The records (<see cref="StateWriter"/>).</summary>
    internal byte[] State { get; }

    /// <summary>Their large arrays.</summary>
    internal IReadOnlyList<byte[]> Blocks { get; }

    /// <summary>Whether it came from a file: then the host may have changed since.</summary>
    internal bool IsStored { get; init; }

    /// <summary>The shapes of the records, worked out once for all machines that are restored from it.</summary>
    internal StateShapes Shapes { get; } = new();
}
