using System.Runtime.InteropServices;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Platform.Host.Linux;

/// <summary>
/// Granted trees by descriptors: a root is an O_PATH descriptor, and every path is resolved below it by <see cref="BeneathResolver"/>.
/// Operations on names open the parent directory first and act on one component, never following it.
/// </summary>
internal sealed unsafe class LinuxFiles : IHostFiles, IHostFileContent, IHostFileNames, IDisposable
{
    private readonly HandleTable<int> _handles = new();
    private readonly BeneathResolver _resolver;

    public LinuxFiles(bool componentWise = false) => _resolver = new BeneathResolver(componentWise);

    /// <summary>How many handles are open: for tests about leaks.</summary>
    public int HandleCount => _handles.Count;

    public Result<HostFileId> Grant(string path)
    {
        byte[] bytes = HostText.Terminated(path);
        int fd;
        fixed (byte* name = bytes)
            fd = LibC.Openat(LibC.AT_FDCWD, name, LibC.O_PATH | LibC.O_CLOEXEC, 0);
        return fd >= 0 ? _handles.Add(fd) : LastError();
    }

    public Result<NodeAttributes> Stat(HostFileId root, ReadOnlySpan<byte> path)
    {
        if (!_handles.TryGet(root, out int rootFd))
            return Errno.EBADF;
        if (path.IsEmpty)
            return HostStat.Of(rootFd);
        Errno error = OpenParent(rootFd, path, out int parent, out ReadOnlySpan<byte> name);
        if (error != Errno.None)
            return error;
        byte* buffer = stackalloc byte[NameBuffer];
        Result<NodeAttributes> result = Terminate(name, buffer)
            ? HostStat.At(parent, buffer, LibC.AT_SYMLINK_NOFOLLOW)
            : Errno.ENAMETOOLONG;
        CloseParent(parent, rootFd);
        return result;
    }

    public Result<byte[]> ReadLink(HostFileId root, ReadOnlySpan<byte> path)
    {
        Errno error = Begin(root, path, out int rootFd, out int parent, out ReadOnlySpan<byte> name);
        if (error != Errno.None)
            return error;
        const int Most = 4096;
        byte* buffer = stackalloc byte[NameBuffer];
        byte* target = stackalloc byte[Most];
        nint length = Terminate(name, buffer) ? LibC.Readlinkat(parent, buffer, target, Most) : NameTooLong();
        Result<byte[]> result = length >= 0 ? new ReadOnlySpan<byte>(target, (int)length).ToArray() : LastError();
        CloseParent(parent, rootFd);
        return result;
    }

    public Errno List(HostFileId root, ReadOnlySpan<byte> path, IDirectorySink sink)
    {
        if (!_handles.TryGet(root, out int rootFd))
            return Errno.EBADF;
        int directory = _resolver.Open(rootFd, path, LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        if (directory < 0)
            return LastError();
        Errno error = HostDirectoryReader.Read(directory, sink);
        _ = LibC.Close(directory);
        return error;
    }

    public Result<HostFileId> Open(HostFileId root, ReadOnlySpan<byte> path, OpenFlags flags, uint permissions)
    {
        if (!_handles.TryGet(root, out int rootFd))
            return Errno.EBADF;

        // O_NONBLOCK so that a fifo or device at the path does not hold the open up; it means nothing for regular files.
        int native = (int)(flags & (OpenFlags.O_ACCMODE | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_TRUNC))
            | LibC.O_CLOEXEC | LibC.O_NOCTTY | LibC.O_NONBLOCK;
        int fd = _resolver.Open(rootFd, path, native, (flags & OpenFlags.O_CREAT) != 0 ? permissions & 0xFFF : 0);
        if (fd < 0)
            return LastError();
        if (!HostStat.Of(fd).TryGet(out NodeAttributes attributes, out Errno error) || attributes.Kind != FileKind.Regular)
        {
            _ = LibC.Close(fd);
            return error != Errno.None ? error : Errno.ENXIO;
        }

        return _handles.Add(fd);
    }

    public Result<FileSystemStatistics> GetStatistics(HostFileId root)
    {
        if (!_handles.TryGet(root, out int fd))
            return Errno.EBADF;
        StatfsBuffer buffer;
        if (LibC.Fstatfs(fd, &buffer) < 0)
            return LastError();
        return new FileSystemStatistics(
            (ulong)buffer.Type,
            buffer.BlockSize,
            (long)buffer.Blocks,
            (long)buffer.AvailableBlocks,
            (long)buffer.Files,
            (long)buffer.FreeFiles,
            (int)buffer.NameMaximum,
            (ulong)buffer.Flags,
            buffer.Id);
    }

    public void Close(HostFileId handle)
    {
        if (_handles.Remove(handle, out int fd))
            _ = LibC.Close(fd);
    }

    public Result<int> Read(HostFileId file, long offset, Span<byte> destination)
    {
        if (!_handles.TryGet(file, out int fd))
            return Errno.EBADF;
        fixed (byte* buffer = destination)
        {
            nint count;
            do
                count = LibC.Pread(fd, buffer, (nuint)destination.Length, offset);
            while (count < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
            return count >= 0 ? (int)count : LastError();
        }
    }

    public Result<int> Write(HostFileId file, long offset, ReadOnlySpan<byte> source)
    {
        if (!_handles.TryGet(file, out int fd))
            return Errno.EBADF;
        fixed (byte* buffer = source)
        {
            nint count;
            do
                count = LibC.Pwrite(fd, buffer, (nuint)source.Length, offset);
            while (count < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
            return count >= 0 ? (int)count : LastError();
        }
    }

    public Result<NodeAttributes> Stat(HostFileId file) => _handles.TryGet(file, out int fd) ? HostStat.Of(fd) : Errno.EBADF;

    public Errno SetAttributes(HostFileId file, in AttributeChange change)
    {
        if (!_handles.TryGet(file, out int fd))
            return Errno.EBADF;
        if (change.Size is { } size && LibC.Ftruncate(fd, size) < 0)
            return LastError();
        byte empty = 0;
        if ((change.User is not null || change.Group is not null)
            && LibC.Fchownat(fd, &empty, change.User ?? uint.MaxValue, change.Group ?? uint.MaxValue, LibC.AT_EMPTY_PATH) < 0)
        {
            return LastError();
        }

        if (change.Permissions is { } permissions && LibC.Fchmod(fd, permissions) < 0)
            return LastError();
        if (HasTimes(change))
        {
            TimeSpec* times = stackalloc TimeSpec[2];
            FillTimes(change, times);
            if (LibC.Futimens(fd, times) < 0)
                return LastError();
        }

        return Errno.None;
    }

    public Result<long> Seek(HostFileId file, long offset, int whence)
    {
        if (!_handles.TryGet(file, out int fd))
            return Errno.EBADF;
        long position = LibC.Lseek(fd, offset, whence);
        return position >= 0 ? position : LastError();
    }

    public Errno MakeHole(HostFileId file, long offset, long length)
    {
        const int FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2;
        if (!_handles.TryGet(file, out int fd))
            return Errno.EBADF;
        return LibC.Fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) < 0 ? LastError() : Errno.None;
    }

    public Errno Synchronize(HostFileId file)
    {
        if (!_handles.TryGet(file, out int fd))
            return Errno.EBADF;
        return LibC.Fsync(fd) < 0 ? LastError() : Errno.None;
    }

    public Errno Create(HostFileId root, ReadOnlySpan<byte> path, in NewNode node)
    {
        if (node.Kind is FileKind.CharacterDevice or FileKind.BlockDevice)
            return Errno.EPERM; // A device node on the host would be a way out of the tree.
        Errno error = Begin(root, path, out int rootFd, out int parent, out ReadOnlySpan<byte> name);
        if (error != Errno.None)
            return error;
        byte* buffer = stackalloc byte[NameBuffer];
        int result;
        if (!Terminate(name, buffer))
        {
            result = NameTooLong();
        }
        else if (node.Kind == FileKind.Directory)
        {
            result = LibC.Mkdirat(parent, buffer, node.Permissions);
        }
        else if (node.Kind == FileKind.SymbolicLink)
        {
            byte[] target = [.. node.LinkTarget ?? [], 0];
            fixed (byte* bytes = target)
                result = LibC.Symlinkat(bytes, parent, buffer);
        }
        else
        {
            result = LibC.Mknodat(parent, buffer, (uint)node.Kind | node.Permissions, 0);
        }

        error = result < 0 ? LastError() : Errno.None;

        // The process's own umask must not take bits away that the guest's left: set what was asked for.
        if (error == Errno.None && node.Kind != FileKind.SymbolicLink && LibC.Fchmodat(parent, buffer, node.Permissions, 0) < 0)
            error = LastError();
        CloseParent(parent, rootFd);
        return error;
    }

    public Errno Link(HostFileId root, ReadOnlySpan<byte> source, ReadOnlySpan<byte> target) =>
        WithTwoNames(root, source, target, static (from, fromName, to, toName, _) => LibC.Linkat(from, fromName, to, toName, 0), 0);

    public Errno Remove(HostFileId root, ReadOnlySpan<byte> path, bool isDirectory)
    {
        Errno error = Begin(root, path, out int rootFd, out int parent, out ReadOnlySpan<byte> name);
        if (error != Errno.None)
            return error;
        byte* buffer = stackalloc byte[NameBuffer];
        int result = Terminate(name, buffer)
            ? LibC.Unlinkat(parent, buffer, isDirectory ? LibC.AT_REMOVEDIR : 0)
            : NameTooLong();
        error = result < 0 ? LastError() : Errno.None;
        CloseParent(parent, rootFd);
        return error;
    }

    public Errno Rename(HostFileId root, ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, uint flags) =>
        WithTwoNames(
            root,
            source,
            target,
            static (from, fromName, to, toName, flags) => LibC.Renameat2(from, fromName, to, toName, flags),
            flags);

    public Errno SetAttributes(HostFileId root, ReadOnlySpan<byte> path, in AttributeChange change)
    {
        if (change.Size is not null)
        {
            if (!Open(root, path, OpenFlags.O_WRONLY, 0).TryGet(out HostFileId file, out Errno openError))
                return openError;
            Errno sized = SetAttributes(file, change);
            Close(file);
            return sized;
        }

        if (!_handles.TryGet(root, out int rootFd))
            return Errno.EBADF;
        int parent = rootFd;
        ReadOnlySpan<byte> name = default;
        if (!path.IsEmpty)
        {
            Errno error = OpenParent(rootFd, path, out parent, out name);
            if (error != Errno.None)
                return error;
        }

        byte* buffer = stackalloc byte[NameBuffer];
        Errno result = Terminate(name, buffer) ? SetAttributesAt(parent, buffer, name.IsEmpty, change) : Errno.ENAMETOOLONG;
        CloseParent(parent, rootFd);
        return result;
    }

    public void Dispose()
    {
        foreach (HostFileId id in _handles.Ids())
            Close(id);
    }

    private static Errno SetAttributesAt(int parent, byte* name, bool isRoot, in AttributeChange change)
    {
        int flags = isRoot ? LibC.AT_EMPTY_PATH : LibC.AT_SYMLINK_NOFOLLOW;
        if ((change.User is not null || change.Group is not null)
            && LibC.Fchownat(parent, name, change.User ?? uint.MaxValue, change.Group ?? uint.MaxValue, flags) < 0)
        {
            return LastError();
        }

        if (change.Permissions is { } permissions)
        {
            byte* target = name;
            byte dot = (byte)'.';
            byte* self = stackalloc byte[] { dot, 0 };
            if (isRoot)
                target = self;

            // fchmodat follows a link: it is looked at first, and a link is refused as Linux does. A link put in its place between the
            // two calls could only change the mode of a file that the user himself could change: no content leaves the tree.
            Result<NodeAttributes> found = HostStat.At(parent, target, LibC.AT_SYMLINK_NOFOLLOW);
            if (!found.TryGet(out NodeAttributes attributes, out Errno error))
                return error;
            if (attributes.Kind == FileKind.SymbolicLink)
                return Errno.EOPNOTSUPP;
            if (LibC.Fchmodat(parent, target, permissions, 0) < 0)
                return LastError();
        }

        if (HasTimes(change))
        {
            TimeSpec* times = stackalloc TimeSpec[2];
            FillTimes(change, times);
            if (LibC.Utimensat(parent, name, times, flags) < 0)
                return LastError();
        }

        return Errno.None;
    }

    private delegate int TwoNames(int from, byte* fromName, int to, byte* toName, uint flags);

    private Errno WithTwoNames(HostFileId root, ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, TwoNames operation, uint flags)
    {
        Errno error = Begin(root, source, out int rootFd, out int from, out ReadOnlySpan<byte> fromName);
        if (error != Errno.None)
            return error;
        error = Begin(root, target, out _, out int to, out ReadOnlySpan<byte> toName);
        if (error == Errno.None)
        {
            byte* fromBuffer = stackalloc byte[NameBuffer];
            byte* toBuffer = stackalloc byte[NameBuffer];
            int result = Terminate(fromName, fromBuffer) && Terminate(toName, toBuffer)
                ? operation(from, fromBuffer, to, toBuffer, flags)
                : NameTooLong();
            error = result < 0 ? LastError() : Errno.None;
            CloseParent(to, rootFd);
        }

        CloseParent(from, rootFd);
        return error;
    }

    // Names of Linux have at most 255 bytes; a longer one does not get as far as the host.
    private const int NameBuffer = 260;

    private static bool Terminate(ReadOnlySpan<byte> name, byte* buffer)
    {
        if (name.Length > 255)
            return false;
        name.CopyTo(new Span<byte>(buffer, NameBuffer));
        buffer[name.Length] = 0;
        return true;
    }

    private static int NameTooLong()
    {
        Marshal.SetLastPInvokeError((int)Errno.ENAMETOOLONG);
        return -1;
    }

    private Errno Begin(HostFileId root, ReadOnlySpan<byte> path, out int rootFd, out int parent, out ReadOnlySpan<byte> name)
    {
        parent = -1;
        name = default;
        if (!_handles.TryGet(root, out rootFd))
            return Errno.EBADF;
        return path.IsEmpty ? Errno.EBUSY : OpenParent(rootFd, path, out parent, out name);
    }

    private Errno OpenParent(int rootFd, ReadOnlySpan<byte> path, out int parent, out ReadOnlySpan<byte> name)
    {
        int slash = ByteSearch.Last(path, (byte)'/');
        name = path[(slash + 1)..];
        if (name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            parent = -1;
            return Errno.EINVAL;
        }

        if (slash < 0)
        {
            parent = rootFd;
            return Errno.None;
        }

        parent = _resolver.Open(rootFd, path[..slash], LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        return parent < 0 ? LastError() : Errno.None;
    }

    private static void CloseParent(int parent, int rootFd)
    {
        if (parent != rootFd)
            _ = LibC.Close(parent);
    }

    private static bool HasTimes(in AttributeChange change) => change.AccessTime is not null || change.ModifyTime is not null;

    private static void FillTimes(in AttributeChange change, TimeSpec* times)
    {
        times[0] = ToTimeSpec(change.AccessTime);
        times[1] = ToTimeSpec(change.ModifyTime);
    }

    private static TimeSpec ToTimeSpec(FileTime? time) => time is { } value
        ? new TimeSpec { Seconds = value.Seconds, Nanoseconds = value.Nanoseconds }
        : new TimeSpec { Nanoseconds = TimeSpec.UTIME_OMIT };

    private static Errno LastError() => (Errno)Marshal.GetLastPInvokeError();
}
