using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>
/// One mounted tree, and the extension point of the VFS: plugins add types of it. It knows inodes by number and names of one
/// directory at a time; paths, mounts, permissions, open files and positions are the VFS's. Names are bytes, without '/' and
/// NUL, never "." or "..".
/// </summary>
public interface IFileSystem
{
    /// <summary>The root directory.</summary>
    NodeId Root { get; }

    /// <summary>The node that a name stands for in a directory; ENOENT when there is none.</summary>
    Result<FoundNode> Lookup(NodeId directory, ReadOnlySpan<byte> name);

    /// <summary>A node's attributes.</summary>
    Result<NodeAttributes> GetAttributes(NodeId node);

    /// <summary>Changes attributes; EROFS on a read-only tree.</summary>
    Errno SetAttributes(NodeId node, in AttributeChange change);

    /// <summary>The directory and the name that a node was last found by or renamed to; the root's directory is itself and its name empty.</summary>
    Result<NodeLocation> Locate(NodeId node);

    /// <summary>Gives the entries from <paramref name="offset"/> (0, or a <see cref="DirectoryEntry.NextOffset"/>) on, without "." and "..", until the sink is full.</summary>
    Errno ReadDirectory(NodeId directory, long offset, IDirectorySink sink);

    /// <summary>A symbolic link's target.</summary>
    Result<byte[]> ReadLink(NodeId node);

    /// <summary>What statfs(2) says.</summary>
    FileSystemStatistics Statistics { get; }
}

/// <summary>The content of regular files, for file systems that have any.</summary>
public interface IFileContent
{
    /// <summary>A file, directories included, of this node was opened: the node must stay, even without a name, until <see cref="Close"/>. May refuse (EACCES, ENXIO).</summary>
    Errno Open(NodeId node, OpenFlags flags);

    /// <summary>The opposite of <see cref="Open"/>.</summary>
    void Close(NodeId node);

    /// <summary>Reads at a position; 0 at the end of the file. EAGAIN when it would have to wait.</summary>
    Result<int> Read(NodeId node, long offset, Span<byte> destination);

    /// <summary>Writes at a position, extending the file with zeros where needed. ENOSPC, EROFS, EFBIG.</summary>
    Result<int> Write(NodeId node, long offset, ReadOnlySpan<byte> source);

    /// <summary>Makes written data durable (fsync(2)); nothing to do for most.</summary>
    Errno Synchronize(NodeId node);
}

/// <summary>Changes of names, for file systems that are not read-only.</summary>
public interface IFileSystemNames
{
    /// <summary>Makes a node and its name; EEXIST when the name is taken.</summary>
    Result<NodeId> Create(NodeId directory, ReadOnlySpan<byte> name, in NewNode node);

    /// <summary>Makes a regular file without a name, for O_TMPFILE; EOPNOTSUPP where there is no such thing. It lasts until the file that is opened of it is closed, or it is linked.</summary>
    Result<NodeId> CreateUnnamed(NodeId directory, in NewNode node) => Errno.EOPNOTSUPP;

    /// <summary>Adds a name for a node that is no directory.</summary>
    Errno Link(NodeId directory, ReadOnlySpan<byte> name, NodeId node);

    /// <summary>Removes a name: of a directory (ENOTDIR, ENOTEMPTY) or of anything else (EISDIR).</summary>
    Errno Remove(NodeId directory, ReadOnlySpan<byte> name, bool isDirectory);

    /// <summary>Renames within the tree, replacing what is there as rename(2) does, or with RENAME_NOREPLACE (1) or RENAME_EXCHANGE (2); RENAME_WHITEOUT (4) leaves a character device 0:0 behind, or is EINVAL.</summary>
    Errno Rename(NodeId sourceDirectory, ReadOnlySpan<byte> sourceName, NodeId targetDirectory, ReadOnlySpan<byte> targetName, uint flags);
}

/// <summary>Where a file's data and holes lie, for file systems that know; elsewhere a file is all data.</summary>
public interface ISparseContent
{
    /// <summary>The first position from <paramref name="offset"/> on that is in a hole (the end of the file counts as one), or in data. ENXIO when there is none.</summary>
    Result<long> Seek(NodeId node, long offset, bool hole);

    /// <summary>Makes whole pages of a file a hole that reads as zeros; the size stays (fallocate(2), FALLOC_FL_PUNCH_HOLE). Both numbers are multiples of 4096.</summary>
    Errno MakeHole(NodeId node, long offset, long length) => Errno.EOPNOTSUPP;
}

/// <summary>For trees whose regular files are written anew when they are read (/proc): the content is taken when a file is opened, and again when it is read from its start.</summary>
public interface IGeneratedContent
{
    /// <summary>The whole content now.</summary>
    Result<byte[]> Generate(NodeId node);

    /// <summary>Takes what was written; EACCES or EINVAL for what cannot be.</summary>
    Errno Accept(NodeId node, ReadOnlySpan<byte> content);
}

/// <summary>For generated files that are read and written by position instead of being made as a whole (/proc/PID/mem).</summary>
public interface IPositionalContent
{
    /// <summary>Whether a node is such a file.</summary>
    bool IsPositional(NodeId node);

    /// <summary>Whether a task may open it; EACCES.</summary>
    Errno CheckOpen(NodeId node, GuestTask task);

    /// <summary>Reads at a position, which is any number; 0 at the end.</summary>
    Result<int> ReadAt(NodeId node, long offset, Span<byte> destination);

    /// <summary>Writes at a position.</summary>
    Result<int> WriteAt(NodeId node, long offset, ReadOnlySpan<byte> source);
}

/// <summary>For trees with links that depend on who follows them (/proc/self) or that lead to a file itself rather than to a path (/proc/self/fd/1).</summary>
public interface ITaskLinks
{
    /// <summary>Where a symbolic link leads for this task.</summary>
    Result<LinkTarget> Follow(NodeId node, GuestTask task);
}

/// <summary>For trees with data that must outlive the plugin; their type's <see cref="IFileSystemType.Restore"/> takes it.</summary>
public interface IStatefulFileSystem
{
    /// <summary>Hands out the tree; bulk data by reference.</summary>
    FileSystemState Capture();
}

/// <summary>Extended attributes (xattr(7)), for file systems that have them.</summary>
public interface IExtendedAttributes
{
    /// <summary>An attribute's value; ENODATA.</summary>
    Result<byte[]> Get(NodeId node, ReadOnlySpan<byte> name);

    /// <summary>Sets a value; <paramref name="flags"/>: XATTR_CREATE 1, XATTR_REPLACE 2. An empty optional value removes it.</summary>
    Errno Set(NodeId node, ReadOnlySpan<byte> name, byte[]? value, uint flags);

    /// <summary>The names.</summary>
    Result<IReadOnlyList<byte[]>> List(NodeId node);
}

/// <summary>What a look-up found.</summary>
/// <param name="Node">The node.</param>
/// <param name="Kind">Its type.</param>
public readonly record struct FoundNode(NodeId Node, FileKind Kind);

/// <summary>A node's place.</summary>
/// <param name="Directory">The directory.</param>
/// <param name="Name">The name in it; not to be changed by who asks.</param>
/// <param name="IsRemoved">Whether the name has been removed since.</param>
public readonly record struct NodeLocation(NodeId Directory, byte[] Name, bool IsRemoved);

/// <summary>Where a link leads: to a path, or to the file behind an open file.</summary>
/// <param name="Path">The path; null when <paramref name="File"/> counts.</param>
/// <param name="File">The open file.</param>
public readonly record struct LinkTarget(byte[]? Path, FileId File = default);

/// <summary>What a new node is to be.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Permissions">Permission bits, the umask already applied.</param>
/// <param name="User">The owner.</param>
/// <param name="Group">The group.</param>
/// <param name="SpecialDevice">The device of a device node.</param>
/// <param name="LinkTarget">The target of a symbolic link.</param>
public readonly record struct NewNode(
    FileKind Kind,
    uint Permissions,
    uint User,
    uint Group,
    ulong SpecialDevice = 0,
    byte[]? LinkTarget = null);

/// <summary>A type of file system that can be mounted by its name: <c>tmpfs</c>, <c>proc</c>. Every service of this type that a plugin registers is one.</summary>
public interface IFileSystemType
{
    /// <summary>The name, as in mount(8)'s -t.</summary>
    string Name { get; }

    /// <summary>Makes a tree. The request's source and options mean what the type says; EINVAL or the host's error otherwise.</summary>
    Result<IFileSystem> Mount(MountRequest request);

    /// <summary>Makes the tree again from what <see cref="IStatefulFileSystem.Capture"/> handed out; trees without data are just mounted.</summary>
    Result<IFileSystem> Restore(MountRequest request, FileSystemState? state) => state is null ? Mount(request) : Errno.EINVAL;
}

/// <summary>What is to be mounted.</summary>
/// <param name="Source">A host path, an archive, or nothing: as the type says.</param>
/// <param name="ReadOnly">Whether writes give EROFS.</param>
/// <param name="Device">The st_dev that the tree's nodes report.</param>
/// <param name="Options">Further options, as in mount(8)'s -o.</param>
public sealed record MountRequest(string? Source, bool ReadOnly, ulong Device, IReadOnlyDictionary<string, string> Options);
