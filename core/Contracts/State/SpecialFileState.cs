using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Contracts.State;

/// <summary>Base of the data of files that stand for something else of the kernel's than a node of a tree.</summary>
public abstract record SpecialFileState;

/// <summary>An event counter (eventfd(2)).</summary>
public sealed record EventCounterState : SpecialFileState
{
    /// <summary>Its value.</summary>
    public required ulong Value { get; init; }

    /// <summary>EFD_SEMAPHORE.</summary>
    public required bool IsSemaphore { get; init; }
}

/// <summary>A collector of readiness (epoll(7)).</summary>
public sealed record EventPollState : SpecialFileState
{
    /// <summary>Its entries; those that may be ready first, in their order.</summary>
    public required IReadOnlyList<EventPollEntryState> Entries { get; init; }
}

/// <summary>An entry of a collector of readiness.</summary>
/// <param name="Fd">The descriptor's number when it was added.</param>
/// <param name="File">The open file.</param>
/// <param name="Key">The key whose wakes tell of the file.</param>
/// <param name="Events">EPOLL* bits.</param>
/// <param name="Data">What it was added with.</param>
/// <param name="IsListed">Whether it may be ready.</param>
public sealed record EventPollEntryState(int Fd, FileId File, WaitKey Key, uint Events, ulong Data, bool IsListed);

/// <summary>A timer (timerfd_create(2)); what it is set to is the kernel's.</summary>
public sealed record TimerFileState : SpecialFileState
{
    /// <summary>The kernel's timer.</summary>
    public required TimerId Timer { get; init; }

    /// <summary>Its clock.</summary>
    public required ClockId Clock { get; init; }
}

/// <summary>A file of signals (signalfd(2)).</summary>
public sealed record SignalFileState : SpecialFileState
{
    /// <summary>Which ones.</summary>
    public required SignalSet Signals { get; init; }
}

/// <summary>A process (pidfd_open(2)).</summary>
public sealed record ProcessFileState : SpecialFileState
{
    /// <summary>Its id.</summary>
    public required int Pid { get; init; }

    /// <summary>When it started, by which it is told from a later one with the same id.</summary>
    public required long StartTimeNanoseconds { get; init; }
}

/// <summary>A queue of file events (inotify(7)).</summary>
public sealed record WatchQueueState : SpecialFileState
{
    /// <summary>The user against whose number of queues it counts.</summary>
    public required uint User { get; init; }

    /// <summary>The number of the next watch.</summary>
    public required int NextWatch { get; init; }

    /// <summary>The watches.</summary>
    public required IReadOnlyList<WatchState> Watches { get; init; }

    /// <summary>Unread events, oldest first.</summary>
    public required IReadOnlyList<WatchEventState> Events { get; init; }
}

/// <summary>A watched node.</summary>
/// <param name="Number">The watch's number.</param>
/// <param name="Mount">The mount.</param>
/// <param name="Node">The node.</param>
/// <param name="Mask">IN_* bits.</param>
public sealed record WatchState(int Number, MountId Mount, NodeId Node, uint Mask);

/// <summary>An event of a watch.</summary>
/// <param name="Watch">The watch's number; -1 for lost events.</param>
/// <param name="Mask">IN_* bits.</param>
/// <param name="Cookie">What connects the halves of a rename; 0 for others.</param>
/// <param name="Name">The name in the watched directory; empty for none.</param>
public sealed record WatchEventState(int Watch, uint Mask, uint Cookie, byte[] Name);

/// <summary>An end of a pair of Unix sockets (socketpair(2)).</summary>
public sealed record SocketState : SpecialFileState
{
    /// <summary>Its type.</summary>
    public required SocketType Type { get; init; }

    /// <summary>Its inode number among sockets.</summary>
    public required ulong Inode { get; init; }

    /// <summary>The other end; none when it is closed.</summary>
    public required FileId Peer { get; init; }

    /// <summary>Who made the pair.</summary>
    public required SocketCredentials PeerCredentials { get; init; }

    /// <summary>Unread messages, oldest first.</summary>
    public required IReadOnlyList<SocketMessageState> Unread { get; init; }

    /// <summary>Whether receiving has ended.</summary>
    public bool CannotReceive { get; init; }

    /// <summary>Whether sending has ended.</summary>
    public bool CannotSend { get; init; }

    /// <summary>SO_PASSCRED.</summary>
    public bool PassesCredentials { get; init; }

    /// <summary>SO_SNDBUF in bytes.</summary>
    public int SendBuffer { get; init; }

    /// <summary>SO_RCVBUF in bytes.</summary>
    public int ReceiveBuffer { get; init; }

    /// <summary>The pending error.</summary>
    public Errno Error { get; init; }

    /// <summary>Of a datagram socket: the other end was closed and nobody has tried to send since.</summary>
    public bool HasDeadPeer { get; init; }

    /// <summary>Whether a send found no room and the owner is to be sent a signal when there is again.</summary>
    public bool OwesRoomSignal { get; init; }

    /// <summary>The memory charged for what the other end has not read, in bytes.</summary>
    public int Charged { get; init; }
}

/// <summary>An unread message of a socket.</summary>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Start">How many of them were read.</param>
/// <param name="Files">Files on their way, a reference each.</param>
/// <param name="Sender">Who sent it.</param>
public sealed record SocketMessageState(byte[] Bytes, int Start, FileId[]? Files, SocketCredentials Sender);

/// <summary>An open POSIX message queue.</summary>
public sealed record NamedQueueFileState : SpecialFileState
{
    /// <summary>The queue's inode number.</summary>
    public required ulong Queue { get; init; }
}

/// <summary>A POSIX message queue (mq_overview(7)).</summary>
public sealed record NamedQueueState
{
    /// <summary>Its inode number.</summary>
    public required ulong Inode { get; init; }

    /// <summary>Its name without the slash.</summary>
    public required byte[] Name { get; init; }

    /// <summary>Whether its name has been taken away.</summary>
    public required bool IsUnlinked { get; init; }

    /// <summary>What it holds at most.</summary>
    public required NamedQueueLimits Limits { get; init; }

    /// <summary>Permission bits.</summary>
    public required uint Mode { get; init; }

    /// <summary>The owner.</summary>
    public required uint User { get; init; }

    /// <summary>The group.</summary>
    public required uint Group { get; init; }

    /// <summary>When it was made.</summary>
    public required FileTime Time { get; init; }

    /// <summary>The messages with their priorities, the next one first.</summary>
    public required IReadOnlyList<(uint Priority, byte[] Text)> Messages { get; init; }

    /// <summary>The notice that was asked for.</summary>
    public NamedQueueNotice? Notice { get; init; }

    /// <summary>The descriptors of the process that asked for it.</summary>
    public DescriptorTable? NoticeOwner { get; init; }
}
