using Kpio.Contracts.Ipc;

namespace Kpio.Contracts.State;

/// <summary>System V objects.</summary>
public sealed record IpcState
{
    /// <summary>The next sequence numbers of segments, sets and queues.</summary>
    public required (int Segments, int Sets, int Queues) Sequences { get; init; }

    /// <summary>The number of the next <see cref="SemaphoreUndoList"/>.</summary>
    public int NextUndoList { get; init; } = 1;

    /// <summary>The segments, each with the object that holds its pages.</summary>
    public required IReadOnlyList<(SegmentStatus Status, long SharedObject)> Segments { get; init; }

    /// <summary>The semaphore sets.</summary>
    public required IReadOnlyList<SemaphoreSetState> Sets { get; init; }

    /// <summary>The message queues with their messages, oldest first.</summary>
    public required IReadOnlyList<(MessageQueueStatus Status, IReadOnlyList<(long Type, byte[] Text)> Messages)> Queues { get; init; }

    /// <summary>How much there is of it.</summary>
    public StateSize Measure()
    {
        var size = new StateSize(Segments.Count + Sets.Count + Queues.Count, 0);
        foreach ((_, IReadOnlyList<(long Type, byte[] Text)> messages) in Queues)
        {
            foreach ((_, byte[] text) in messages)
                size += new StateSize(1, text.Length);
        }

        return size;
    }
}

/// <summary>A semaphore set.</summary>
/// <param name="Status">What is known of it.</param>
/// <param name="Values">The values.</param>
/// <param name="Pids">Who changed each last.</param>
/// <param name="Undo">What tasks that end give back: number of their list, semaphore, change.</param>
/// <param name="Waiters">Who waits: task, semaphore, whether for zero.</param>
public sealed record SemaphoreSetState(
    SemaphoreSetStatus Status,
    IReadOnlyList<ushort> Values,
    IReadOnlyList<int> Pids,
    IReadOnlyList<(int List, int Semaphore, int Change)> Undo,
    IReadOnlyList<(int Tid, int Semaphore, bool ForZero)> Waiters);
