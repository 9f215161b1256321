using Kpio.Contracts.Ipc;

namespace Kpio.Contracts.State;

/// <summary>System V objects.</summary>
public sealed record IpcState
{
    /// <summary>The next sequence numbers of segments, sets and queues.</summary>
    public required (int Segments, int Sets, int Queues) Sequences { get; init; }

    /// <summary>The segments, each with the object that holds its pages.</summary>
    public required IReadOnlyList<(SegmentStatus Status, long SharedObject)> Segments { get; init; }

    /// <summary>The semaphore sets.</summary>
    public required IReadOnlyList<SemaphoreSetState> Sets { get; init; }

    /// <summary>The message queues with their messages, oldest first.</summary>
    public required IReadOnlyList<(MessageQueueStatus Status, IReadOnlyList<(long Type, byte[] Text)> Messages)> Queues { get; init; }
}

/// <summary>A semaphore set.</summary>
/// <param name="Status">What is known of it.</param>
/// <param name="Values">The values.</param>
/// <param name="Pids">Who changed each last.</param>
/// <param name="Undo">What processes that end give back: process, semaphore, change.</param>
public sealed record SemaphoreSetState(
    SemaphoreSetStatus Status, IReadOnlyList<ushort> Values, IReadOnlyList<int> Pids, IReadOnlyList<(int Pid, int Semaphore, int Change)> Undo);
