using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>Where a path starts, and on whose behalf it is walked.</summary>
/// <param name="Task">The task: its root, working directory, umask and ids apply.</param>
/// <param name="Directory">The directory that a relative path starts from; <see cref="FileId.None"/> for the working directory.</param>
/// <param name="Restrictions">What the walk must not do (openat2(2)).</param>
public readonly record struct PathStart(GuestTask Task, FileId Directory = default, WalkRestrictions Restrictions = WalkRestrictions.None);

/// <summary>What a walk must not do, by the values of openat2(2)'s RESOLVE_*.</summary>
[Flags]
public enum WalkRestrictions : byte
{
    /// <summary>Nothing in particular.</summary>
    None = 0,

    /// <summary>RESOLVE_NO_XDEV: no step from one mount to another; EXDEV.</summary>
    NoMounts = 1,

    /// <summary>RESOLVE_NO_MAGICLINKS: no link that leads to a file itself (/proc/self/fd); ELOOP.</summary>
    NoMagicLinks = 2,

    /// <summary>RESOLVE_NO_SYMLINKS: no link at all; ELOOP.</summary>
    NoLinks = 4,

    /// <summary>RESOLVE_BENEATH: nothing outside of the starting directory; EXDEV.</summary>
    Beneath = 8,

    /// <summary>RESOLVE_IN_ROOT: the starting directory is the root.</summary>
    InRoot = 0x10,
}

/// <summary>How a path is walked and what it may name.</summary>
[Flags]
public enum WalkFlags : byte
{
    /// <summary>A final symbolic link is followed.</summary>
    None = 0,

    /// <summary>A final symbolic link is not followed (AT_SYMLINK_NOFOLLOW).</summary>
    NoFollow = 1,

    /// <summary>An empty path names the starting directory's file itself (AT_EMPTY_PATH).</summary>
    EmptyPath = 2,

    /// <summary>Permissions are checked with the real ids (access(2)).</summary>
    RealIds = 4,
}

/// <summary>
/// Names: everything that takes a path. Paths are bytes as the guest gave them, without the NUL. Errors are those of the manual
/// pages: ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES, EROFS, EXDEV, EBUSY ….
/// </summary>
public interface IVfs
{
    /// <summary>Opens, and with O_CREAT makes, a file (open(2)); the caller gets one reference.</summary>
    Result<FileId> Open(in PathStart start, ReadOnlySpan<byte> path, OpenFlags flags, uint mode);

    /// <summary>A path's attributes (stat(2), lstat(2)).</summary>
    Result<NodeAttributes> Stat(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags);

    /// <summary>Makes a directory, symbolic link, fifo, device or plain file (mkdir(2), symlink(2), mknod(2)); the umask is applied here.</summary>
    Errno Create(in PathStart start, ReadOnlySpan<byte> path, in NewNode node);

    /// <summary>Removes a name (unlink(2)), or a directory (rmdir(2)).</summary>
    Errno Remove(in PathStart start, ReadOnlySpan<byte> path, bool isDirectory);

    /// <summary>Renames (renameat2(2)): RENAME_NOREPLACE 1, RENAME_EXCHANGE 2, RENAME_WHITEOUT 4, for which the caller has checked the right to make devices.</summary>
    Errno Rename(in PathStart sourceStart, ReadOnlySpan<byte> source, in PathStart targetStart, ReadOnlySpan<byte> target, uint flags);

    /// <summary>Adds a name (linkat(2)).</summary>
    Errno Link(in PathStart sourceStart, ReadOnlySpan<byte> source, WalkFlags flags, in PathStart targetStart, ReadOnlySpan<byte> target);

    /// <summary>A symbolic link's target (readlink(2)).</summary>
    Result<byte[]> ReadLink(in PathStart start, ReadOnlySpan<byte> path);

    /// <summary>Changes attributes by path (chmod(2), chown(2), truncate(2), utimensat(2)), with Linux's permission rules.</summary>
    Errno SetAttributes(in PathStart start, ReadOnlySpan<byte> path, WalkFlags flags, in AttributeChange change);
}

/// <summary>The mount table and questions about paths that only the kernel and a few calls ask.</summary>
public interface IVfsMounts
{
    /// <summary>Makes the machine's own mounts in the order of need: the root, then /dev, /dev/pts, /dev/shm, /proc and /sys, with the directories that they need.</summary>
    Errno MountMachine(MachineMounts mounts);

    /// <summary>
    /// Mounts a file system of a type onto a path from the machine's root; with the path "/" and nothing mounted yet it becomes the root.
    /// Types and options (mount(8)'s style; sizes take k, m, g): <c>tmpfs</c> (size=, mode=, uid=, gid=); <c>host</c>: a host directory or file as
    /// it is (Source: its path; hide=, show=: colon-separated paths within the source, see <see cref="MachineMounts"/>); <c>overlay</c>: a host
    /// directory, never written, under memory (Source, hide=, show=, size=); <c>tar</c>: an archive unpacked into memory (Source, size=);
    /// <c>devtmpfs</c>, <c>devpts</c>, <c>proc</c>, <c>sysfs</c>; <c>ABOVE+BELOW</c>: a type on another (<see cref="IStackedFileSystemType"/>). ENODEV for an unknown type. A file can be mounted on a
    /// file. What is missing of the path is made, unless its tree is read-only (EROFS).
    /// </summary>
    Errno Mount(string type, MountOptions options, ReadOnlySpan<byte> path);

    /// <summary>Opens the root directory with one reference, for the first process.</summary>
    Result<FileId> OpenRoot();

    /// <summary>
    /// Opens a stream of <see cref="Host.IHostConsole"/> with one reference: descriptors 0, 1 and 2 of the first process. One that is the user's
    /// terminal, when the machine has that as its console (<see cref="Host.IHostTerminal"/>), is the console, open for reading and writing.
    /// </summary>
    Result<FileId> OpenHostStream(HostFileId stream, OpenFlags flags);

    /// <summary>The absolute path of an open file within the task's root (getcwd(2), /proc/self/fd). ENOENT when it has no name any more.</summary>
    Result<byte[]> GetPath(GuestTask task, FileId file);

    /// <summary>Checks access by path (access(2)): <paramref name="mode"/> is R_OK 4, W_OK 2, X_OK 1, F_OK 0.</summary>
    Errno CheckAccess(in PathStart start, ReadOnlySpan<byte> path, uint mode, WalkFlags flags);

    /// <summary>What statfs(2) says of the file system of an open file.</summary>
    Result<FileSystemStatistics> GetStatistics(FileId file);

    /// <summary>The mounts, in the order in which they were made.</summary>
    IReadOnlyList<MountInfo> Mounts { get; }
}

/// <summary>What to mount.</summary>
/// <param name="Source">The type's source: a host path or archive, or nothing.</param>
/// <param name="ReadOnly">Whether writes give EROFS.</param>
/// <param name="Options">Further options.</param>
public sealed record MountOptions(string? Source = null, bool ReadOnly = false, IReadOnlyDictionary<string, string>? Options = null);

/// <summary>A mount, as /proc/self/mounts shows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">The file system type's name.</param>
/// <param name="Source">The source as shown to guests.</param>
/// <param name="Target">Where it is mounted.</param>
/// <param name="ReadOnly">Whether it is read-only.</param>
/// <param name="Device">Its st_dev.</param>
public sealed record MountInfo(MountId Id, string Type, string Source, byte[] Target, bool ReadOnly, ulong Device);

/// <summary>What the machine's root is.</summary>
public enum RootKind : byte
{
    /// <summary>The host's tree, read-only, under an in-memory overlay.</summary>
    Host,

    /// <summary>A host directory, read-only, under an in-memory overlay.</summary>
    Directory,

    /// <summary>A tar archive, plain or gzip, unpacked into memory.</summary>
    Archive,

    /// <summary>An empty in-memory tree.</summary>
    Empty,
}

/// <summary>
/// What the machine's mounts are made of. Below a hidden path of a host tree nothing of the host is visible; a shown path below a
/// hidden one is, and the directories on the way to it show that way alone. The longest matching path decides. <see cref="RootKind.Host"/>
/// hides the host's /proc, /sys and /dev by itself; the caller adds the home directory and shows the working directory and the program.
/// </summary>
/// <param name="Root">What the root is.</param>
/// <param name="Source">The directory or archive on the host; null for "/" or nothing.</param>
/// <param name="Hidden">Hidden paths within the source, absolute.</param>
/// <param name="Shown">Shown paths within the source, absolute.</param>
public sealed record MachineMounts(RootKind Root, string? Source, IReadOnlyList<string> Hidden, IReadOnlyList<string> Shown);
