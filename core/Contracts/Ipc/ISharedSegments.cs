using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Ipc;

/// <summary>System V shared memory. Flags and errors are those of the manual pages.</summary>
public interface ISharedSegments
{
    /// <summary>Finds or makes a segment (shmget(2)).</summary>
    Result<int> Get(GuestTask task, int key, ulong size, uint flags);

    /// <summary>Maps a segment and answers its address (shmat(2)).</summary>
    Result<ulong> Attach(GuestTask task, int id, ulong address, uint flags);

    /// <summary>Unmaps the segment that was attached at an address (shmdt(2)).</summary>
    Errno Detach(GuestTask task, ulong address);

    /// <summary>A segment's status (shmctl(2), IPC_STAT and SHM_STAT).</summary>
    Result<SegmentStatus> GetStatus(GuestTask task, int id, IpcLookup lookup);

    /// <summary>Changes owner and permissions (IPC_SET).</summary>
    Errno Change(GuestTask task, int id, uint user, uint group, uint mode);

    /// <summary>Removes a segment once nobody has it attached (IPC_RMID).</summary>
    Errno Remove(GuestTask task, int id);

    /// <summary>Marks a segment as locked in memory, or not (SHM_LOCK, SHM_UNLOCK).</summary>
    Errno SetLocked(GuestTask task, int id, bool isLocked);

    /// <summary>How many there are.</summary>
    IpcUse Use { get; }
}

/// <summary>System V semaphores.</summary>
public interface ISemaphoreSets
{
    /// <summary>Finds or makes a set (semget(2)).</summary>
    Result<int> Get(GuestTask task, int key, int count, uint flags);

    /// <summary>Does all the operations at once, or waits until it can (semop(2)); <paramref name="timeoutNanoseconds"/> is -1 for none.</summary>
    SysResult Operate(GuestTask task, int id, ReadOnlySpan<SemaphoreOperation> operations, long timeoutNanoseconds);

    /// <summary>A set's status.</summary>
    Result<SemaphoreSetStatus> GetStatus(GuestTask task, int id, IpcLookup lookup);

    /// <summary>Changes owner and permissions, or with <paramref name="remove"/> removes the set (IPC_SET, IPC_RMID).</summary>
    Errno Change(GuestTask task, int id, bool remove, uint user, uint group, uint mode);

    /// <summary>Reads the values of a set (GETALL), of <paramref name="number"/> alone when it is not negative.</summary>
    Errno GetValues(GuestTask task, int id, int number, Span<ushort> values);

    /// <summary>Sets the values of a set (SETALL), or of <paramref name="number"/> alone (SETVAL).</summary>
    Errno SetValues(GuestTask task, int id, int number, ReadOnlySpan<ushort> values);

    /// <summary>Who changed a semaphore last, or how many wait for it to grow or for zero (GETPID 11, GETNCNT 14, GETZCNT 15).</summary>
    Result<int> Ask(GuestTask task, int id, int number, int command);

    /// <summary>How many there are, and what a process that ends owes them (SEM_UNDO).</summary>
    IpcUse Use { get; }
}

/// <summary>What tasks that end owe to the semaphore sets. The same object as <see cref="ISemaphoreSets"/>.</summary>
public interface ISemaphoreUndo
{
    /// <summary>The task's list, made when it has none yet, for one task more (clone(2), CLONE_SYSVSEM).</summary>
    SemaphoreUndoList Share(GuestTask task);

    /// <summary>The task gives up its list, if it has one: it has ended, or shares no longer (unshare(2), CLONE_SYSVSEM). With the last task what is owed is put right (semop(2), SEM_UNDO).</summary>
    void Leave(GuestTask task);
}

/// <summary>Tasks that owe to semaphores together; the sets keep what is owed under the list's number.</summary>
public sealed class SemaphoreUndoList
{
    /// <summary>Makes a list of one task.</summary>
    public SemaphoreUndoList(int id) => Id = id;

    /// <summary>Its number, never given twice in a machine.</summary>
    public int Id { get; }

    /// <summary>How many tasks share it.</summary>
    public int Sharers { get; set; } = 1;
}

/// <summary>System V message queues.</summary>
public interface IMessageQueues
{
    /// <summary>Finds or makes a queue (msgget(2)).</summary>
    Result<int> Get(GuestTask task, int key, uint flags);

    /// <summary>Sends a message, or waits until there is room for it (msgsnd(2)).</summary>
    SysResult Send(GuestTask task, int id, long type, byte[] text, uint flags);

    /// <summary>Takes a message, or waits until there is one (msgrcv(2)); the result is its length, cut to <paramref name="most"/>.</summary>
    SysResult Receive(GuestTask task, int id, long type, ulong most, uint flags, out long receivedType, out byte[] text);

    /// <summary>A queue's status.</summary>
    Result<MessageQueueStatus> GetStatus(GuestTask task, int id, IpcLookup lookup);

    /// <summary>Changes owner, permissions and size (IPC_SET).</summary>
    Errno Change(GuestTask task, int id, uint user, uint group, uint mode, ulong mostBytes);

    /// <summary>Removes a queue (IPC_RMID).</summary>
    Errno Remove(GuestTask task, int id);

    /// <summary>How many there are.</summary>
    IpcUse Use { get; }
}
