using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Microsoft.Win32.SafeHandles;

namespace Kpio.Platform.Host.Portable;

/// <summary>
/// Granted trees by the base library, for hosts that are not Linux. Every component of a path is looked at before use and a link
/// refused; unlike on Linux, somebody on the host who puts a link in its place in between is not caught. Owners are unknown (0), inodes
/// are numbered by first sight, and names that are not UTF-8 cannot be reached (EILSEQ).
/// </summary>
internal sealed class PortableFiles : IHostFiles, IHostFileContent, IHostFileNames, IDisposable
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, true);

    private readonly HandleTable<Handle> _handles = new();
    private readonly Dictionary<string, ulong> _inodes = new(StringComparer.Ordinal);

    private sealed record Handle(string Path, SafeFileHandle? File);

    /// <summary>How many handles are open: for tests about leaks.</summary>
    public int HandleCount => _handles.Count;

    public Result<HostFileId> Grant(string path)
    {
        string full = Path.GetFullPath(path);
        FileSystemInfo info = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
        if (!info.Exists)
            return Errno.ENOENT;
        return Guard<HostFileId>(() =>
        {
            FileSystemInfo target = info.ResolveLinkTarget(true) ?? info;
            return _handles.Add(new Handle(Path.TrimEndingDirectorySeparator(target.FullName), null));
        });
    }

    public Result<NodeAttributes> Stat(HostFileId root, ReadOnlySpan<byte> path)
    {
        if (!Resolve(root, path, out string full, out Errno error))
            return error;
        return Find(full) is { } info ? Describe(info) : Errno.ENOENT;
    }

    public Result<byte[]> ReadLink(HostFileId root, ReadOnlySpan<byte> path)
    {
        if (!Resolve(root, path, out string full, out Errno error))
            return error;
        if (Find(full) is not { } info)
            return Errno.ENOENT;
        return info.LinkTarget is { } target ? StrictUtf8.GetBytes(target) : Errno.EINVAL;
    }

    public Errno List(HostFileId root, ReadOnlySpan<byte> path, IDirectorySink sink)
    {
        if (!Resolve(root, path, out string full, out Errno error))
            return error;
        if (!Directory.Exists(full))
            return File.Exists(full) ? Errno.ENOTDIR : Errno.ENOENT;
        return Guard<int>(() =>
        {
            long position = 0;
            foreach (FileSystemInfo info in new DirectoryInfo(full).EnumerateFileSystemInfos())
            {
                if (!sink.Add(new DirectoryEntry(InodeOf(info.FullName), KindOf(info), ++position), StrictUtf8.GetBytes(info.Name)))
                    break;
            }

            return 0;
        }).Error;
    }

    public Result<HostFileId> Open(HostFileId root, ReadOnlySpan<byte> path, OpenFlags flags, uint permissions)
    {
        if (!Resolve(root, path, out string full, out Errno error))
            return error;
        FileSystemInfo? found = Find(full);
        if (found?.LinkTarget is not null)
            return Errno.ELOOP;
        if (found is DirectoryInfo)
            return (flags & OpenFlags.O_ACCMODE) == OpenFlags.O_RDONLY ? Errno.ENXIO : Errno.EISDIR;
        bool isNew = found is null;
        if (isNew && (flags & OpenFlags.O_CREAT) == 0)
            return Errno.ENOENT;
        if (!isNew && (flags & (OpenFlags.O_CREAT | OpenFlags.O_EXCL)) == (OpenFlags.O_CREAT | OpenFlags.O_EXCL))
            return Errno.EEXIST;
        FileAccess access = (flags & OpenFlags.O_ACCMODE) switch
        {
            OpenFlags.O_RDONLY when !isNew => FileAccess.Read,
            OpenFlags.O_WRONLY => FileAccess.Write,
            _ => FileAccess.ReadWrite,
        };
        return Guard<HostFileId>(() =>
        {
            SafeFileHandle handle = File.OpenHandle(
                full,
                isNew ? FileMode.CreateNew : FileMode.Open,
                access,
                FileShare.ReadWrite | FileShare.Delete);
            if ((flags & OpenFlags.O_TRUNC) != 0 && access != FileAccess.Read)
                RandomAccess.SetLength(handle, 0);
            if (isNew && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(handle, (UnixFileMode)(permissions & 0xFFF));
            return _handles.Add(new Handle(full, handle));
        });
    }

    public Result<FileSystemStatistics> GetStatistics(HostFileId root)
    {
        if (!_handles.TryGet(root, out Handle handle))
            return Errno.EBADF;
        return Guard<FileSystemStatistics>(() =>
        {
            var drive = new DriveInfo(handle.Path);
            const int Block = 4096;
            return new FileSystemStatistics(0, Block, drive.TotalSize / Block, drive.AvailableFreeSpace / Block, 0, 0, 255, 0, 0);
        });
    }

    public void Close(HostFileId handle)
    {
        if (_handles.Remove(handle, out Handle found))
            found.File?.Dispose();
    }

    public Result<int> Read(HostFileId file, long offset, Span<byte> destination)
    {
        if (!TryGetFile(file, out SafeFileHandle? handle))
            return Errno.EBADF;
        try
        {
            return RandomAccess.Read(handle, destination, offset);
        }
        catch (Exception exception) when (ToErrno(exception) is var error and not Errno.None)
        {
            return error;
        }
    }

    public Result<int> Write(HostFileId file, long offset, ReadOnlySpan<byte> source)
    {
        if (!TryGetFile(file, out SafeFileHandle? handle))
            return Errno.EBADF;
        try
        {
            RandomAccess.Write(handle, source, offset);
            return source.Length;
        }
        catch (Exception exception) when (ToErrno(exception) is var error and not Errno.None)
        {
            return error;
        }
    }

    public Result<NodeAttributes> Stat(HostFileId file)
    {
        if (!_handles.TryGet(file, out Handle handle))
            return Errno.EBADF;
        if (handle.File is null || Find(handle.Path) is { } info)
            return Find(handle.Path) is { } named ? Describe(named) : Errno.ENOENT;
        return Guard<NodeAttributes>(() => new NodeAttributes
        {
            Inode = InodeOf(handle.Path),
            Kind = FileKind.Regular,
            Permissions = 0x1A4,
            Size = RandomAccess.GetLength(handle.File),
            BlockSize = 4096,
        });
    }

    public Errno SetAttributes(HostFileId file, in AttributeChange change)
    {
        if (!_handles.TryGet(file, out Handle handle))
            return Errno.EBADF;
        AttributeChange wanted = change;
        return Guard<int>(() =>
        {
            if (wanted.Size is { } size)
                RandomAccess.SetLength(handle.File!, size);
            Apply(handle.Path, wanted);
            return 0;
        }).Error;
    }

    // The base library knows no holes: everything up to the end is data.
    public Result<long> Seek(HostFileId file, long offset, int whence)
    {
        if (!Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (offset < 0 || offset >= attributes.Size)
            return Errno.ENXIO;
        return whence == 3 ? offset : attributes.Size;
    }

    public Errno Synchronize(HostFileId file)
    {
        if (!TryGetFile(file, out SafeFileHandle? handle))
            return Errno.EBADF;
        return Guard<int>(() =>
        {
            RandomAccess.FlushToDisk(handle);
            return 0;
        }).Error;
    }

    public Errno Create(HostFileId root, ReadOnlySpan<byte> path, in NewNode node)
    {
        if (!Resolve(root, path, out string full, out Errno error))
            return error;
        if (Find(full) is not null)
            return Errno.EEXIST;
        NewNode wanted = node;
        if (wanted.Kind is not (FileKind.Directory or FileKind.SymbolicLink or FileKind.Regular))
            return Errno.EPERM;
        return Guard<int>(() =>
        {
            if (wanted.Kind == FileKind.Directory)
                Directory.CreateDirectory(full);
            else if (wanted.Kind == FileKind.SymbolicLink)
                File.CreateSymbolicLink(full, StrictUtf8.GetString(wanted.LinkTarget ?? []));
            else
                File.OpenHandle(full, FileMode.CreateNew, FileAccess.Write).Dispose();
            if (wanted.Kind != FileKind.SymbolicLink)
                Apply(full, new AttributeChange { Permissions = wanted.Permissions });
            return 0;
        }).Error;
    }

    public Errno Link(HostFileId root, ReadOnlySpan<byte> source, ReadOnlySpan<byte> target) => Errno.EPERM;

    public Errno Remove(HostFileId root, ReadOnlySpan<byte> path, bool isDirectory)
    {
        if (!Resolve(root, path, out string full, out Errno error))
            return error;
        if (Find(full) is not { } info)
            return Errno.ENOENT;
        bool foundDirectory = info is DirectoryInfo && info.LinkTarget is null;
        if (foundDirectory != isDirectory)
            return isDirectory ? Errno.ENOTDIR : Errno.EISDIR;
        if (isDirectory && Directory.EnumerateFileSystemEntries(full).Any())
            return Errno.ENOTEMPTY;
        return Guard<int>(() =>
        {
            info.Delete();
            return 0;
        }).Error;
    }

    public Errno Rename(HostFileId root, ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, uint flags)
    {
        if (!Resolve(root, source, out string from, out Errno error) || !Resolve(root, target, out string to, out error))
            return error;
        if (Find(from) is not { } info)
            return Errno.ENOENT;
        FileSystemInfo? replaced = Find(to);
        if (flags > 1)
            return Errno.EINVAL; // Nothing in the base library exchanges two names.
        if (flags == 1 && replaced is not null)
            return Errno.EEXIST;
        if (replaced is DirectoryInfo != info is DirectoryInfo && replaced is not null)
            return info is DirectoryInfo ? Errno.ENOTDIR : Errno.EISDIR;
        return Guard<int>(() =>
        {
            if (info is DirectoryInfo)
            {
                replaced?.Delete();
                Directory.Move(from, to);
            }
            else
            {
                File.Move(from, to, true);
            }

            return 0;
        }).Error;
    }

    public Errno SetAttributes(HostFileId root, ReadOnlySpan<byte> path, in AttributeChange change)
    {
        if (!Resolve(root, path, out string full, out Errno error))
            return error;
        if (Find(full) is not { } info)
            return Errno.ENOENT;
        AttributeChange wanted = change;
        return Guard<int>(() =>
        {
            if (wanted.Size is { } size)
            {
                using SafeFileHandle handle = File.OpenHandle(full, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                RandomAccess.SetLength(handle, size);
            }

            if (info.LinkTarget is null)
                Apply(full, wanted);
            return 0;
        }).Error;
    }

    public void Dispose()
    {
        foreach (HostFileId id in _handles.Ids())
            Close(id);
    }

    private static void Apply(string path, in AttributeChange change)
    {
        if (change.Permissions is { } permissions && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, (UnixFileMode)permissions);
        if (change.AccessTime is { } access)
            File.SetLastAccessTimeUtc(path, ToDate(access));
        if (change.ModifyTime is { } modify)
            File.SetLastWriteTimeUtc(path, ToDate(modify));
    }

    private bool Resolve(HostFileId root, ReadOnlySpan<byte> path, out string full, out Errno error)
    {
        full = string.Empty;
        error = Errno.EBADF;
        if (!_handles.TryGet(root, out Handle handle))
            return false;
        full = handle.Path;
        string relative;
        try
        {
            relative = StrictUtf8.GetString(path);
        }
        catch (DecoderFallbackException)
        {
            error = Errno.EILSEQ;
            return false;
        }

        error = Errno.None;
        if (relative.Length == 0)
            return true;
        string[] components = relative.Split('/');
        for (int i = 0; i < components.Length; i++)
        {
            string component = components[i];
            error = component is "" or "." or ".." || component.AsSpan().ContainsAny('\\', ':') && OperatingSystem.IsWindows()
                ? Errno.EINVAL
                : Errno.None;
            if (error == Errno.None && i > 0)
            {
                FileSystemInfo? parent = Find(full);
                error = parent is null ? Errno.ENOENT
                    : parent.LinkTarget is not null ? Errno.ELOOP
                    : parent is DirectoryInfo ? Errno.None
                    : Errno.ENOTDIR;
            }

            if (error != Errno.None)
                return false;
            full = Path.Join(full, component);
        }

        return true;
    }

    private static FileSystemInfo? Find(string path)
    {
        if (Directory.Exists(path))
            return new DirectoryInfo(path);
        var file = new FileInfo(path);
        return file.Exists || file.LinkTarget is not null ? file : null;
    }

    private NodeAttributes Describe(FileSystemInfo info)
    {
        FileKind kind = KindOf(info);
        long size = info.LinkTarget is { } target ? StrictUtf8.GetByteCount(target) : (info as FileInfo)?.Length ?? 4096;
        return new NodeAttributes
        {
            Inode = InodeOf(info.FullName),
            Kind = kind,
            Permissions = OperatingSystem.IsWindows() ? 0x1EDu : (uint)info.UnixFileMode,
            Links = 1,
            Size = size,
            BlockSize = 4096,
            Blocks = (size + 511) / 512,
            AccessTime = ToTime(info.LastAccessTimeUtc),
            ModifyTime = ToTime(info.LastWriteTimeUtc),
            ChangeTime = ToTime(info.LastWriteTimeUtc),
            BirthTime = ToTime(info.CreationTimeUtc),
        };
    }

    private static FileKind KindOf(FileSystemInfo info)
    {
        if (info.LinkTarget is not null)
            return FileKind.SymbolicLink;
        if (info is DirectoryInfo)
            return FileKind.Directory;

        // The base library calls what is neither a device; fifos are not told apart.
        return (info.Attributes & FileAttributes.Device) != 0 ? FileKind.CharacterDevice : FileKind.Regular;
    }

    private ulong InodeOf(string path)
    {
        if (!_inodes.TryGetValue(path, out ulong inode))
            _inodes[path] = inode = (ulong)_inodes.Count + 1;
        return inode;
    }

    private bool TryGetFile(HostFileId id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SafeFileHandle? file)
    {
        file = _handles.TryGet(id, out Handle handle) ? handle.File : null;
        return file is not null;
    }

    private static FileTime ToTime(DateTime time) => FileTime.FromNanoseconds((time - DateTime.UnixEpoch).Ticks * 100);

    private static DateTime ToDate(FileTime time) => DateTime.UnixEpoch.AddTicks(time.Seconds * 10_000_000 + time.Nanoseconds / 100);

    // The base library reports what the host answers as exceptions: this is the one place where they become values again.
    private static Result<T> Guard<T>(Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception exception) when (ToErrno(exception) is var error and not Errno.None)
        {
            return error;
        }
    }

    private static Errno ToErrno(Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => Errno.ENOENT,
        PathTooLongException => Errno.ENAMETOOLONG,
        UnauthorizedAccessException => Errno.EACCES,
        IOException => Errno.EIO,
        NotSupportedException => Errno.EOPNOTSUPP,
        _ => Errno.None,
    };
}
