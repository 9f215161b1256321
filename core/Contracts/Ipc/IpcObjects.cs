namespace Kpio.Contracts.Ipc;

/// <summary>Who may do what with a System V object (sysvipc(7), ipc(5)).</summary>
/// <param name="Key">The key; 0 (IPC_PRIVATE) for none, and after its removal.</param>
/// <param name="User">The owner.</param>
/// <param name="Group">The owner's group.</param>
/// <param name="CreatorUser">Who made it.</param>
/// <param name="CreatorGroup">The maker's group.</param>
/// <param name="Mode">Permission bits, and SHM_DEST and SHM_LOCKED of segments.</param>
public sealed record IpcPermissions(int Key, uint User, uint Group, uint CreatorUser, uint CreatorGroup, uint Mode);

/// <summary>How an object is named by a control call.</summary>
public enum IpcLookup : byte
{
    /// <summary>By its id; it must be readable (IPC_STAT).</summary>
    Id,

    /// <summary>By its place in the kernel's table; it must be readable (SHM_STAT and its kin).</summary>
    Index,

    /// <summary>By its place, whoever asks (SHM_STAT_ANY and its kin).</summary>
    IndexAny,
}

/// <summary>How many objects of a kind there are.</summary>
/// <param name="Count">The objects.</param>
/// <param name="HighestIndex">The last place of the table that is used; -1 for none.</param>
/// <param name="Total">Pages of segments, semaphores of sets, or messages of queues, all together.</param>
/// <param name="TotalBytes">Bytes of messages, or resident pages of segments.</param>
public readonly record struct IpcUse(int Count, int HighestIndex, long Total, long TotalBytes);

/// <summary>A shared memory segment (shmctl(2)). Times are in seconds of CLOCK_REALTIME.</summary>
public sealed record SegmentStatus(
    int Id, IpcPermissions Permissions, ulong Size, int Attachments, int CreatorPid, int LastPid, long AttachTime, long DetachTime, long ChangeTime);

/// <summary>A semaphore set (semctl(2)).</summary>
public sealed record SemaphoreSetStatus(int Id, IpcPermissions Permissions, int Count, long OperationTime, long ChangeTime);

/// <summary>A message queue (msgctl(2)).</summary>
public sealed record MessageQueueStatus(
    int Id,
    IpcPermissions Permissions,
    long SendTime,
    long ReceiveTime,
    long ChangeTime,
    long Bytes,
    long Messages,
    long MostBytes,
    int LastSender,
    int LastReceiver);

/// <summary>One operation of semop(2).</summary>
/// <param name="Semaphore">The semaphore's number in its set.</param>
/// <param name="Change">What is added to it; 0 waits for zero.</param>
/// <param name="Flags">IPC_NOWAIT 04000, SEM_UNDO 010000.</param>
public readonly record struct SemaphoreOperation(ushort Semaphore, short Change, ushort Flags);
