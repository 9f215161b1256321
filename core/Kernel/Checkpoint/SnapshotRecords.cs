using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.State;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// Makes a snapshot's records for one machine after another. The first machine's are read from the bytes; so are the second's, into a template, from which it and all
/// later ones get copies: who starts one machine alone keeps no template. From any thread.
/// </summary>
internal sealed class SnapshotRecords
{
    private readonly StateShapes _shapes;
    private readonly byte[] _state;
    private readonly IReadOnlyList<byte[]> _blocks;
    private readonly object _lock = new();
    private StateTemplate? _template;
    private int _readings;

    public SnapshotRecords(StateShapes shapes, byte[] state, IReadOnlyList<byte[]> blocks)
    {
        _shapes = shapes;
        _state = state;
        _blocks = blocks;
    }

    /// <summary>How often the bytes were read.</summary>
    public int Readings => Volatile.Read(ref _readings);

    /// <summary>Makes the records of a machine, which are its own.</summary>
    /// <param name="makeRegisters">Makes registers for a task.</param>
    /// <param name="memory">The view of memory that tasks of the machine have.</param>
    /// <exception cref="SnapshotException">The bytes are no such records.</exception>
    public MachineState Make(Func<CpuContext> makeRegisters, IUserMemory memory)
    {
        if (Interlocked.CompareExchange(ref _readings, 1, 0) == 0)
            return Reader(makeRegisters, memory, sharesBlocks: false).Read<MachineState>();
        return (MachineState)Template(makeRegisters).Copy(makeRegisters, memory);
    }

    private StateTemplate Template(Func<CpuContext> makeRegisters)
    {
        lock (_lock)
        {
            if (_template is null)
            {
                Interlocked.Increment(ref _readings);
                _template = StateTemplateBuilder.Make(_shapes, Reader(makeRegisters, memory: null, sharesBlocks: true).Read<MachineState>());
            }

            return _template;
        }
    }

    private StateReader Reader(Func<CpuContext> makeRegisters, IUserMemory? memory, bool sharesBlocks) =>
        new(_shapes, _state, _blocks, makeRegisters, memory, sharesBlocks);
}
