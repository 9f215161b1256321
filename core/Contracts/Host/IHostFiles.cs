using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Contracts.Host;

/// <summary>
/// Trees of the real machine that the user granted, and files in them. Everything but <see cref="Grant"/> takes a granted root and
/// a path of bytes below it ("a/b", without a leading '/', "." or ".."; empty for the root itself), follows no symbolic link on the
/// way or at its end, and cannot leave the root, whatever happens to the tree meanwhile: ELOOP where a link stands in the way.
/// Handles are ids in the host's table, which outlive plugins; <see cref="Close"/> gives one back. Errors are the host's own.
/// </summary>
public interface IHostFiles
{
    /// <summary>Opens a directory or file by the host's own path, as the user wrote it: links in it are followed.</summary>
    Result<HostFileId> Grant(string path);

    /// <summary>What is at a path (lstat(2)).</summary>
    Result<NodeAttributes> Stat(HostFileId root, ReadOnlySpan<byte> path);

    /// <summary>A symbolic link's target.</summary>
    Result<byte[]> ReadLink(HostFileId root, ReadOnlySpan<byte> path);

    /// <summary>Gives every entry of a directory, without "." and "..", in the host's order.</summary>
    Errno List(HostFileId root, ReadOnlySpan<byte> path, IDirectorySink sink);

    /// <summary>
    /// Opens a regular file by access mode, O_CREAT, O_EXCL and O_TRUNC; other flags count for nothing. Never waits: what is no regular
    /// file is ENXIO.
    /// </summary>
    Result<HostFileId> Open(HostFileId root, ReadOnlySpan<byte> path, OpenFlags flags, uint permissions);

    /// <summary>What statfs(2) says of the tree.</summary>
    Result<FileSystemStatistics> GetStatistics(HostFileId root);

    /// <summary>Gives a handle back.</summary>
    void Close(HostFileId handle);
}

/// <summary>The content of files that <see cref="IHostFiles.Open"/> opened.</summary>
public interface IHostFileContent
{
    /// <summary>Reads at a position; 0 at the end.</summary>
    Result<int> Read(HostFileId file, long offset, Span<byte> destination);

    /// <summary>Writes at a position.</summary>
    Result<int> Write(HostFileId file, long offset, ReadOnlySpan<byte> source);

    /// <summary>What the file says of itself (fstat(2)).</summary>
    Result<NodeAttributes> Stat(HostFileId file);

    /// <summary>Changes attributes of an open file; the size needs a file opened for writing.</summary>
    Errno SetAttributes(HostFileId file, in AttributeChange change);

    /// <summary>Makes a hole; the size stays (fallocate(2), FALLOC_FL_PUNCH_HOLE). EOPNOTSUPP where the host cannot.</summary>
    Errno MakeHole(HostFileId file, long offset, long length) => Errno.EOPNOTSUPP;

    /// <summary>The next data or hole (lseek(2), SEEK_DATA 3, SEEK_HOLE 4).</summary>
    Result<long> Seek(HostFileId file, long offset, int whence);

    /// <summary>Makes written data durable.</summary>
    Errno Synchronize(HostFileId file);
}

/// <summary>Changes of names in granted trees.</summary>
public interface IHostFileNames
{
    /// <summary>Makes a directory, symbolic link, fifo or empty regular file; EEXIST when the name is taken, EPERM for devices.</summary>
    Errno Create(HostFileId root, ReadOnlySpan<byte> path, in NewNode node);

    /// <summary>Adds a name for what is at <paramref name="source"/>.</summary>
    Errno Link(HostFileId root, ReadOnlySpan<byte> source, ReadOnlySpan<byte> target);

    /// <summary>Removes a name.</summary>
    Errno Remove(HostFileId root, ReadOnlySpan<byte> path, bool isDirectory);

    /// <summary>Renames (renameat2(2)).</summary>
    Errno Rename(HostFileId root, ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, uint flags);

    /// <summary>Changes attributes of what is at a path, a symbolic link itself included.</summary>
    Errno SetAttributes(HostFileId root, ReadOnlySpan<byte> path, in AttributeChange change);
}
