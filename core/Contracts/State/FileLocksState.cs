using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Contracts.State;

/// <summary>Advisory locks (flock(2), fcntl(2)).</summary>
public sealed record FileLocksState
{
    /// <summary>The number of the last list, by which those who wait know it.</summary>
    public required long LastList { get; init; }

    /// <summary>The number of the last owner of record locks.</summary>
    public required long LastOwner { get; init; }

    /// <summary>The locks by file.</summary>
    public required IReadOnlyList<LockListState> Lists { get; init; }

    /// <summary>Who waits for whom.</summary>
    public required IReadOnlyList<LockWaitState> Waits { get; init; }
}

/// <summary>The locks of one file.</summary>
/// <param name="Id">The list's number.</param>
/// <param name="Mount">The mount; 0 for a file that lies in no tree.</param>
/// <param name="Node">The node.</param>
/// <param name="Unnamed">Which file it is that lies in no tree.</param>
/// <param name="Locks">The locks.</param>
public sealed record LockListState(long Id, MountId Mount, NodeId Node, ulong Unnamed, IReadOnlyList<HeldLockState> Locks);

/// <summary>A lock that is held.</summary>
/// <param name="Lock">The lock.</param>
/// <param name="Owner">The open file, or for record locks the number of their owner.</param>
public sealed record HeldLockState(FileLock Lock, long Owner);

/// <summary>A task that waits for a record lock.</summary>
/// <param name="Owner">Its number as an owner.</param>
/// <param name="Tid">The task.</param>
/// <param name="List">The list that it waits for.</param>
/// <param name="Holder">The owner whose lock is in its way.</param>
public sealed record LockWaitState(long Owner, int Tid, long List, long Holder);
