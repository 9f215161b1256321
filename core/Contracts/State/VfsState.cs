using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Contracts.State;

/// <summary>The VFS's data: mounts with their trees, open files and pipes. File pages and pipe bytes go over by reference.</summary>
public sealed record VfsState : PluginState
{
    /// <summary>The mounts in the order in which they were made.</summary>
    public required IReadOnlyList<MountState> Mounts { get; init; }

    /// <summary>The open files.</summary>
    public required IReadOnlyList<OpenFileState> Files { get; init; }

    /// <summary>The files that are mapped, with their pages.</summary>
    public IReadOnlyList<MappedFileState> MappedFiles { get; init; } = [];

    /// <summary>The number of the next file that is mapped.</summary>
    public long NextFileObject { get; init; } = 1;

    /// <summary>The pipes, those of fifos included.</summary>
    public required IReadOnlyList<PipeState> Pipes { get; init; }

    /// <summary>The number from which the next file's id is made: an id is never used twice.</summary>
    public required long NextFileSerial { get; init; }

    /// <summary>The number of the next mount.</summary>
    public required int NextMount { get; init; }

    /// <summary>The inode number of the next pipe.</summary>
    public required ulong NextPipeInode { get; init; }

    /// <summary>The last cookie of a rename that was told of (inotify(7)).</summary>
    public uint LastMoveCookie { get; init; }

    /// <summary>The inode number of the next socket.</summary>
    public ulong NextSocketInode { get; init; } = 1;

    /// <summary>The POSIX message queues, those without a name too.</summary>
    public IReadOnlyList<NamedQueueState> NamedQueues { get; init; } = [];

    /// <summary>Advisory locks; null for none ever.</summary>
    public FileLocksState? Locks { get; init; }

    /// <summary>The console, when it is the user's terminal, and the pseudoterminals.</summary>
    public IReadOnlyList<TerminalState> Terminals { get; init; } = [];

    /// <summary>The foreground process group (tcsetpgrp(3)) of the streams that stand for the console; 0 for none.</summary>
    public int ForegroundProcessGroup { get; init; }

    /// <inheritdoc/>
    public override StateSize Measure()
    {
        const int PageSize = 4096;
        StateSize size = base.Measure() + new StateSize(Mounts.Count + Files.Count + NamedQueues.Count + Terminals.Count, 0);
        foreach (MountState mount in Mounts)
            size += mount.Tree?.Measure() ?? default;
        foreach (MappedFileState mapped in MappedFiles)
            size += new StateSize(1, (long)mapped.Pages.Count * PageSize);
        foreach (PipeState pipe in Pipes)
        {
            size += new StateSize(1, 0);
            foreach (PipePage page in pipe.Pages)
                size += new StateSize(0, page.Count);
        }

        return size;
    }
}

/// <summary>One mount.</summary>
public sealed record MountState
{
    /// <summary>Its id.</summary>
    public required MountId Id { get; init; }

    /// <summary>The mount that it stands on; 0 for the root.</summary>
    public required MountId Parent { get; init; }

    /// <summary>The node of the parent that it covers.</summary>
    public required NodeId Point { get; init; }

    /// <summary>The file system type's name.</summary>
    public required string Type { get; init; }

    /// <summary>What it was mounted with.</summary>
    public required MountOptions Options { get; init; }

    /// <summary>Where it is, as /proc/self/mounts shows it.</summary>
    public required byte[] Target { get; init; }

    /// <summary>Its st_dev.</summary>
    public required ulong Device { get; init; }

    /// <summary>The tree, for types that have data of their own.</summary>
    public FileSystemState? Tree { get; init; }
}

/// <summary>Base of the trees' data. A type from another plugin that has data of its own uses <see cref="OpaqueTreeState"/>.</summary>
public abstract record FileSystemState
{
    /// <summary>How much there is of it.</summary>
    public abstract StateSize Measure();
}

/// <summary>A tree in a form that its own type alone reads.</summary>
/// <param name="Version">The version of the form.</param>
/// <param name="Bytes">The data.</param>
public sealed record OpaqueTreeState(int Version, ReadOnlyMemory<byte> Bytes) : FileSystemState
{
    /// <inheritdoc/>
    public override StateSize Measure() => new(1, Bytes.Length);
}

/// <summary>A tree that lies on another (<see cref="Vfs.IStackedFileSystem"/>).</summary>
/// <param name="Below">The tree below; null for one without data.</param>
/// <param name="Own">The tree above; null for one without data.</param>
public sealed record StackedTreeState(FileSystemState? Below, FileSystemState? Own) : FileSystemState
{
    /// <inheritdoc/>
    public override StateSize Measure() => new StateSize(1, 0) + (Below?.Measure() ?? default) + (Own?.Measure() ?? default);
}

/// <summary>A tree in memory: tmpfs, devtmpfs, an unpacked archive, or an overlay's upper part together with what it knows of the tree below.</summary>
public sealed record MemoryTreeState : FileSystemState
{
    /// <summary>The nodes; the first is the root.</summary>
    public required IReadOnlyList<MemoryNodeState> Nodes { get; init; }

    /// <summary>The next inode number.</summary>
    public required ulong NextInode { get; init; }

    /// <summary>How many pages the tree may hold.</summary>
    public required long PageLimit { get; init; }

    /// <summary>The tree below an overlay.</summary>
    public FileSystemState? Lower { get; init; }

    /// <inheritdoc/>
    public override StateSize Measure()
    {
        const int PageSize = 4096;
        var size = new StateSize(Nodes.Count, 0);
        foreach (MemoryNodeState node in Nodes)
            size += new StateSize(node.Entries?.Count ?? 0, (long)(node.Pages?.Count ?? 0) * PageSize);
        return size + (Lower?.Measure() ?? default);
    }
}

/// <summary>A node of a tree in memory.</summary>
public sealed record MemoryNodeState
{
    /// <summary>Its id.</summary>
    public required NodeId Id { get; init; }

    /// <summary>Its attributes; those of a node that shows the tree below are asked there.</summary>
    public required NodeAttributes Attributes { get; init; }

    /// <summary>A regular file's pages; what is not among them is a hole.</summary>
    public IReadOnlyList<FilePage>? Pages { get; init; }

    /// <summary>A symbolic link's target.</summary>
    public byte[]? LinkTarget { get; init; }

    /// <summary>A directory's entries.</summary>
    public IReadOnlyList<MemoryEntryState>? Entries { get; init; }

    /// <summary>The position of the next new entry (d_off).</summary>
    public long NextPosition { get; init; }

    /// <summary>The directory and name that it was last found by.</summary>
    public required NodeLocation Location { get; init; }

    /// <summary>The node of the tree below; none for a node of memory alone.</summary>
    public NodeId Lower { get; init; }

    /// <summary>Whether the content is still that of the tree below.</summary>
    public bool HasLowerContent { get; init; }

    /// <summary>Whether the attributes are still those of the tree below.</summary>
    public bool HasLowerAttributes { get; init; }

    /// <summary>Whether the node below is held open.</summary>
    public bool IsLowerOpen { get; init; }

    /// <summary>How many open files hold it.</summary>
    public int Opens { get; init; }

    /// <summary>What is sealed (fcntl(2), F_ADD_SEALS).</summary>
    public FileSeals Seals { get; init; } = FileSeals.F_SEAL_SEAL;

    /// <summary>Extended attributes, name and value.</summary>
    public IReadOnlyList<KeyValuePair<byte[], byte[]>>? ExtendedAttributes { get; init; }
}

/// <summary>A page of a file in memory.</summary>
/// <param name="Index">Its number: its position divided by 4096.</param>
/// <param name="Bytes">Its 4096 bytes.</param>
public readonly record struct FilePage(long Index, byte[] Bytes);

/// <summary>An entry of a directory in memory.</summary>
/// <param name="Name">The name.</param>
/// <param name="Node">The node; none for a name that is covered (a whiteout).</param>
/// <param name="Position">Its place in the directory's order.</param>
/// <param name="IsLower">Whether the name is still that of the tree below.</param>
public sealed record MemoryEntryState(byte[] Name, NodeId Node, long Position, bool IsLower);

/// <summary>What a mounted host tree knows: the granted root and the nodes that have been seen.</summary>
public sealed record HostTreeState : FileSystemState
{
    /// <summary>The granted root.</summary>
    public required HostFileId Root { get; init; }

    /// <summary>The nodes; the first is the root.</summary>
    public required IReadOnlyList<HostNodeState> Nodes { get; init; }

    /// <summary>The next inode number, where inodes are numbered by first sight.</summary>
    public required ulong NextInode { get; init; }

    /// <summary>Where inodes are numbered by first sight, the host's st_dev and st_ino with the number of each that was seen, be it in a listing alone.</summary>
    public IReadOnlyList<(ulong Device, ulong Inode, ulong Number)> Numbers { get; init; } = [];

    /// <summary>The host's devices that the tree spans, in the order in which they were seen.</summary>
    public required IReadOnlyList<ulong> Devices { get; init; }

    /// <inheritdoc/>
    public override StateSize Measure() => new(Nodes.Count, 0);
}

/// <summary>A node of a host tree.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Location">Its place.</param>
/// <param name="Kind">Its type.</param>
/// <param name="HostDevice">The host's st_dev, by which a node is known again.</param>
/// <param name="HostInode">The host's st_ino.</param>
/// <param name="Inode">The inode number shown, where inodes are numbered by first sight; else 0.</param>
/// <param name="Handle">The host handle of an open file.</param>
/// <param name="IsWritable">Whether the handle can write.</param>
/// <param name="Opens">How many open files hold it.</param>
public sealed record HostNodeState(
    NodeId Id,
    NodeLocation Location,
    FileKind Kind,
    ulong HostDevice,
    ulong HostInode,
    ulong Inode,
    HostFileId Handle,
    bool IsWritable,
    int Opens)
{
    /// <summary>In a snapshot, the content of an open file that has no name any more; null for others.</summary>
    public byte[]? Content { get; init; }
}

/// <summary>What an open file is of.</summary>
public enum OpenFileKind : byte
{
    /// <summary>A regular file of a mounted tree.</summary>
    Regular,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A place only (O_PATH).</summary>
    PathOnly,

    /// <summary>A file whose content is generated.</summary>
    Generated,

    /// <summary>A character device, by its number.</summary>
    Device,

    /// <summary>An end of a pipe or fifo.</summary>
    Pipe,

    /// <summary>A stream of the host.</summary>
    HostStream,

    /// <summary>An event counter (eventfd(2)).</summary>
    EventCounter,

    /// <summary>A collector of readiness (epoll(7)).</summary>
    EventPoll,

    /// <summary>A timer (timerfd_create(2)).</summary>
    Timer,

    /// <summary>Signals (signalfd(2)).</summary>
    Signals,

    /// <summary>A process (pidfd_open(2)).</summary>
    Process,

    /// <summary>A queue of file events (inotify(7)).</summary>
    Watches,

    /// <summary>A Unix socket.</summary>
    Socket,

    /// <summary>A terminal, by its device number.</summary>
    Terminal,

    /// <summary>The master of a pseudoterminal, by the slave's device number.</summary>
    PseudoterminalMaster,

    /// <summary>A POSIX message queue (mq_overview(7)).</summary>
    NamedQueue,
}

/// <summary>An open file description.</summary>
public sealed record OpenFileState
{
    /// <summary>Its id.</summary>
    public required FileId Id { get; init; }

    /// <summary>What it is of.</summary>
    public required OpenFileKind Kind { get; init; }

    /// <summary>The mount that it lies in; 0 for an unnamed pipe or a stream.</summary>
    public required MountId Mount { get; init; }

    /// <summary>The node.</summary>
    public required NodeId Node { get; init; }

    /// <summary>Access mode and status flags.</summary>
    public required OpenFlags Flags { get; init; }

    /// <summary>The position.</summary>
    public required long Position { get; init; }

    /// <summary>How many references there are.</summary>
    public required int References { get; init; }

    /// <summary>Whether its node is a directory.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>The inode of the pipe that it is an end of; 0 for none.</summary>
    public ulong Pipe { get; init; }

    /// <summary>Whether it was ever locked.</summary>
    public bool HasLocks { get; init; }

    /// <summary>How often the other side of the pipe had been opened before this one.</summary>
    public int PartnersBefore { get; init; }

    /// <summary>The stream of the host.</summary>
    public HostFileId Stream { get; init; }

    /// <summary>The device number of a device.</summary>
    public ulong Device { get; init; }

    /// <summary>Whether it is a terminal that was hung up after it was opened.</summary>
    public bool IsHungUp { get; init; }

    /// <summary>The content as it was generated.</summary>
    public byte[]? Content { get; init; }

    /// <summary>The data of a file that stands for something else of the kernel's.</summary>
    public SpecialFileState? Special { get; init; }

    /// <summary>Who is sent a signal when it becomes ready; null when nothing was ever said about it.</summary>
    public FileSignalState? Signals { get; init; }

    /// <summary>Whether its file may not be written because it is a program that runs.</summary>
    public bool DeniesWriters { get; init; }

    /// <summary>The lease on the file; null for none.</summary>
    public FileLeaseState? Lease { get; init; }

    /// <summary>What is to be told of the directory (fcntl(2), F_NOTIFY).</summary>
    public IReadOnlyList<DirectoryNoticeState> Notices { get; init; } = [];
}

/// <summary>A lease (fcntl(2), F_SETLEASE).</summary>
/// <param name="IsWrite">Whether nobody else may have the file open; else nobody for writing.</param>
/// <param name="Descriptor">The descriptor that its signal tells.</param>
public sealed record FileLeaseState(bool IsWrite, int Descriptor)
{
    /// <summary>Whether it is to be given back, because somebody wants to write.</summary>
    public bool IsUnlockPending { get; init; }

    /// <summary>Whether it is to become one for reading, because somebody wants to read.</summary>
    public bool IsDowngradePending { get; init; }

    /// <summary>When it is taken from its holder, in nanoseconds of CLOCK_MONOTONIC.</summary>
    public long UnlockAt { get; init; }

    /// <summary>When it becomes one for reading by itself, in nanoseconds of CLOCK_MONOTONIC.</summary>
    public long DowngradeAt { get; init; }
}

/// <summary>What a process wants to be told of a directory.</summary>
/// <param name="Owner">The descriptor table, by its number as an owner of locks.</param>
/// <param name="Descriptor">The descriptor that the signal tells.</param>
/// <param name="Events">DN_… bits.</param>
public sealed record DirectoryNoticeState(long Owner, int Descriptor, uint Events);

/// <summary>The signals of an open file (fcntl(2), F_SETOWN, F_SETSIG, O_ASYNC).</summary>
public sealed record FileSignalState
{
    /// <summary>Who gets them; the id is 0 for nobody.</summary>
    public FileOwner Owner { get; init; }

    /// <summary>The real user id of who said so: with it the signals are sent.</summary>
    public uint User { get; init; }

    /// <summary>The effective user id of who said so.</summary>
    public uint EffectiveUser { get; init; }

    /// <summary>The signal; none for a SIGIO that tells nothing of the file.</summary>
    public Signal Signal { get; init; }

    /// <summary>Whether signals are sent.</summary>
    public bool IsAsync { get; init; }

    /// <summary>The descriptor that they tell (si_fd): the one with which they were asked for.</summary>
    public int Descriptor { get; init; }
}

/// <summary>A file that is mapped, in the page cache.</summary>
public sealed record MappedFileState
{
    /// <summary>The number by which regions name it.</summary>
    public required long FileObject { get; init; }

    /// <summary>The mount that it lies in.</summary>
    public required MountId Mount { get; init; }

    /// <summary>The node.</summary>
    public required NodeId Node { get; init; }

    /// <summary>How many mappings there are.</summary>
    public required int Mappings { get; init; }

    /// <summary>How many of them may write.</summary>
    public required int WritableMappings { get; init; }

    /// <summary>The pages that are in memory.</summary>
    public required IReadOnlyList<MappedPage> Pages { get; init; }
}

/// <summary>A page of a mapped file. The cache holds one reference to the frame.</summary>
/// <param name="Index">Its number: its position divided by 4096.</param>
/// <param name="Frame">The frame.</param>
/// <param name="IsDirty">Whether a mapping may have written to it since it was last written to the file.</param>
public readonly record struct MappedPage(long Index, FrameNumber Frame, bool IsDirty);

/// <summary>A page of unread bytes of a pipe.</summary>
/// <param name="Bytes">Its 4096 bytes.</param>
/// <param name="Start">Where the first unread one is.</param>
/// <param name="Count">How many are unread; at least 1.</param>
/// <param name="IsPacket">Whether it is a packet of its own (O_DIRECT).</param>
public sealed record PipePage(byte[] Bytes, int Start, int Count, bool IsPacket);

/// <summary>A pipe or fifo.</summary>
public sealed record PipeState
{
    /// <summary>Its inode number in the pipes' own numbering.</summary>
    public required ulong Inode { get; init; }

    /// <summary>How many bytes it holds at most.</summary>
    public required int Capacity { get; init; }

    /// <summary>The pages that hold unread bytes, oldest first.</summary>
    public required IReadOnlyList<PipePage> Pages { get; init; }

    /// <summary>The mount of a fifo's node; 0 for an unnamed pipe.</summary>
    public MountId Mount { get; init; }

    /// <summary>A fifo's node.</summary>
    public NodeId Node { get; init; }

    /// <summary>How often it was opened for reading.</summary>
    public int ReadersOpened { get; init; }

    /// <summary>How often it was opened for writing.</summary>
    public int WritersOpened { get; init; }

    /// <summary>When it was made.</summary>
    public FileTime Time { get; init; }

    /// <summary>The owner.</summary>
    public uint User { get; init; }

    /// <summary>The group.</summary>
    public uint Group { get; init; }
}
