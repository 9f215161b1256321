using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>The file type part of st_mode (inode(7)).</summary>
public enum FileKind : uint
{
    /// <summary>No type.</summary>
    None = 0,

    /// <summary>S_IFIFO.</summary>
    Fifo = 0x1000,

    /// <summary>S_IFCHR.</summary>
    CharacterDevice = 0x2000,

    /// <summary>S_IFDIR.</summary>
    Directory = 0x4000,

    /// <summary>S_IFBLK.</summary>
    BlockDevice = 0x6000,

    /// <summary>S_IFREG.</summary>
    Regular = 0x8000,

    /// <summary>S_IFLNK.</summary>
    SymbolicLink = 0xA000,

    /// <summary>S_IFSOCK.</summary>
    Socket = 0xC000,
}

/// <summary>open(2)'s flags by Linux's x86_64 values.</summary>
[Flags]
public enum OpenFlags : uint
{
#pragma warning disable CS1591 // open(2) documents each.
    O_RDONLY = 0,
    O_WRONLY = 1,
    O_RDWR = 2,
    O_ACCMODE = 3,
    O_CREAT = 0x40,
    O_EXCL = 0x80,
    O_NOCTTY = 0x100,
    O_TRUNC = 0x200,
    O_APPEND = 0x400,
    O_NONBLOCK = 0x800,
    O_DSYNC = 0x1000,
    O_ASYNC = 0x2000,
    O_DIRECT = 0x4000,
    O_LARGEFILE = 0x8000,
    O_DIRECTORY = 0x10000,
    O_NOFOLLOW = 0x20000,
    O_NOATIME = 0x40000,
    O_CLOEXEC = 0x80000,
    O_SYNC = 0x101000,
    O_PATH = 0x200000,
    O_TMPFILE = 0x410000,
#pragma warning restore CS1591
}

/// <summary>Readiness by poll(2)'s values.</summary>
[Flags]
public enum PollEvents : uint
{
#pragma warning disable CS1591 // poll(2) documents each.
    None = 0,
    POLLIN = 1,
    POLLPRI = 2,
    POLLOUT = 4,
    POLLERR = 8,
    POLLHUP = 0x10,
    POLLNVAL = 0x20,
    POLLRDNORM = 0x40,
    POLLRDBAND = 0x80,
    POLLWRNORM = 0x100,
    POLLWRBAND = 0x200,
    POLLRDHUP = 0x2000,
#pragma warning restore CS1591
}

/// <summary>A point in time of an inode: seconds since 1970 and nanoseconds (0 to 999,999,999).</summary>
/// <param name="Seconds">Seconds since the epoch.</param>
/// <param name="Nanoseconds">Nanoseconds within the second.</param>
public readonly record struct FileTime(long Seconds, int Nanoseconds)
{
    /// <summary>From nanoseconds since the epoch.</summary>
    public static FileTime FromNanoseconds(long nanoseconds)
    {
        long seconds = Math.DivRem(nanoseconds, 1_000_000_000, out long rest);
        return rest < 0 ? new FileTime(seconds - 1, (int)rest + 1_000_000_000) : new FileTime(seconds, (int)rest);
    }
}

/// <summary>What an inode says of itself (inode(7)).</summary>
public readonly record struct NodeAttributes
{
    /// <summary>st_dev as Linux encodes it.</summary>
    public ulong Device { get; init; }

    /// <summary>st_ino.</summary>
    public ulong Inode { get; init; }

    /// <summary>The type.</summary>
    public FileKind Kind { get; init; }

    /// <summary>Permission bits, set-id and sticky bits: the low 12 bits of st_mode.</summary>
    public uint Permissions { get; init; }

    /// <summary>st_nlink.</summary>
    public uint Links { get; init; }

    /// <summary>The owner's uid.</summary>
    public uint User { get; init; }

    /// <summary>The group's gid.</summary>
    public uint Group { get; init; }

    /// <summary>st_rdev: the device that a device node stands for.</summary>
    public ulong SpecialDevice { get; init; }

    /// <summary>The size in bytes.</summary>
    public long Size { get; init; }

    /// <summary>st_blksize in bytes.</summary>
    public int BlockSize { get; init; }

    /// <summary>st_blocks: allocated 512-byte units.</summary>
    public long Blocks { get; init; }

    /// <summary>Last access.</summary>
    public FileTime AccessTime { get; init; }

    /// <summary>Last change of the content.</summary>
    public FileTime ModifyTime { get; init; }

    /// <summary>Last change of the inode.</summary>
    public FileTime ChangeTime { get; init; }

    /// <summary>Creation (statx(2)'s stx_btime), where known.</summary>
    public FileTime BirthTime { get; init; }

    /// <summary>st_mode: type and permissions.</summary>
    public uint Mode => (uint)Kind | Permissions;
}

/// <summary>A change of an inode's attributes; null leaves one as it is.</summary>
public readonly record struct AttributeChange
{
    /// <summary>New permission bits (12 bits).</summary>
    public uint? Permissions { get; init; }

    /// <summary>New owner.</summary>
    public uint? User { get; init; }

    /// <summary>New group.</summary>
    public uint? Group { get; init; }

    /// <summary>New size in bytes: truncation or extension with zeros.</summary>
    public long? Size { get; init; }

    /// <summary>New access time.</summary>
    public FileTime? AccessTime { get; init; }

    /// <summary>New modification time.</summary>
    public FileTime? ModifyTime { get; init; }

    /// <summary>The access time becomes the present (UTIME_NOW); the VFS fills in <see cref="AccessTime"/>. With both, write permission is enough.</summary>
    public bool AccessTimeNow { get; init; }

    /// <summary>The modification time becomes the present (UTIME_NOW).</summary>
    public bool ModifyTimeNow { get; init; }
}

/// <summary>What statfs(2) says of a file system.</summary>
/// <param name="Magic">f_type.</param>
/// <param name="BlockSize">f_bsize in bytes.</param>
/// <param name="Blocks">f_blocks.</param>
/// <param name="FreeBlocks">f_bfree and f_bavail.</param>
/// <param name="Files">f_files.</param>
/// <param name="FreeFiles">f_ffree.</param>
/// <param name="NameMaximum">f_namelen in bytes.</param>
/// <param name="Flags">f_flags: ST_* bits.</param>
/// <param name="Id">f_fsid.</param>
public readonly record struct FileSystemStatistics(
    ulong Magic,
    long BlockSize,
    long Blocks,
    long FreeBlocks,
    long Files,
    long FreeFiles,
    int NameMaximum,
    ulong Flags,
    ulong Id);

/// <summary>A directory entry as getdents64(2) gives it.</summary>
/// <param name="Inode">d_ino.</param>
/// <param name="Kind">The type, for d_type.</param>
/// <param name="NextOffset">d_off: the position after this entry.</param>
public readonly record struct DirectoryEntry(ulong Inode, FileKind Kind, long NextOffset);

/// <summary>Takes directory entries until it has no room.</summary>
public interface IDirectorySink
{
    /// <summary>Takes an entry; false, with nothing taken, when there is no room left.</summary>
    bool Add(in DirectoryEntry entry, ReadOnlySpan<byte> name);
}
