using Kpio.Contracts.State;

namespace Kpio.Plugins.Memory.Ipc;

/// <summary>The three kinds of System V objects, and their data as a record.</summary>
internal sealed record IpcServices(SharedSegments Segments, SemaphoreSets Semaphores, MessageQueues Queues)
{
    public IpcState Capture() => new()
    {
        Sequences = (Segments.NextSequence, Semaphores.NextSequence, Queues.NextSequence),
        NextUndoList = Semaphores.NextUndoList,
        Segments = Segments.Capture(),
        Sets = Semaphores.Capture(),
        Queues = Queues.Capture(),
    };

    public void Restore(IpcState state)
    {
        Segments.Restore(state.Segments, state.Sequences.Segments);
        Semaphores.Restore(state.Sets, state.Sequences.Sets, state.NextUndoList);
        Queues.Restore(state.Queues, state.Sequences.Queues);
    }
}
