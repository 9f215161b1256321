using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>read(2), write(2), pread(2), readv(2) and their kin.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Read(GuestTask task, Fd fd, UserBuffer buffer) =>
        TryGetFile(task, fd, out FileId file) ? ReadInto(task, file, buffer, -1) : Errno.EBADF;

    private SysResult Write(GuestTask task, Fd fd, UserBuffer buffer) =>
        TryGetFile(task, fd, out FileId file) ? WriteFrom(task, file, buffer, -1) : Errno.EBADF;

    private SysResult Pread64(GuestTask task, Fd fd, UserBuffer buffer, long offset)
    {
        if (offset < 0)
            return Errno.EINVAL;
        return TryGetFile(task, fd, out FileId file) ? ReadInto(task, file, buffer, offset) : Errno.EBADF;
    }

    private SysResult Pwrite64(GuestTask task, Fd fd, UserBuffer buffer, long offset)
    {
        if (offset < 0)
            return Errno.EINVAL;
        return TryGetFile(task, fd, out FileId file) ? WriteFrom(task, file, buffer, offset) : Errno.EBADF;
    }

    private SysResult Readv(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong iovcnt) => ReadVector(task, fd, iov, iovcnt, -1);

    private SysResult Writev(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong iovcnt) => WriteVector(task, fd, iov, iovcnt, -1);

    private SysResult Preadv(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong iovcnt, long offset) =>
        offset < 0 ? Errno.EINVAL : ReadVector(task, fd, iov, iovcnt, offset);

    private SysResult Pwritev(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong iovcnt, long offset) =>
        offset < 0 ? Errno.EINVAL : WriteVector(task, fd, iov, iovcnt, offset);

    // x86_64 takes the whole offset in one register and ignores the high half's (compat_arg_u64 does not apply).
    private SysResult Preadv2(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong iovcnt, long offset, ulong offsetHigh, int flags)
    {
        if (offset < -1)
            return Errno.EINVAL;
        return (flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT | RWF_APPEND)) != 0 ? Errno.EOPNOTSUPP : ReadVector(task, fd, iov, iovcnt, offset);
    }

    private SysResult Pwritev2(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong iovcnt, long offset, ulong offsetHigh, int flags)
    {
        if (offset < -1)
            return Errno.EINVAL;
        if ((flags & ~(RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_APPEND)) != 0)
            return Errno.EOPNOTSUPP;
        return (flags & RWF_APPEND) != 0 ? AppendVector(task, fd, iov, iovcnt, offset) : WriteVector(task, fd, iov, iovcnt, offset);
    }

    /// <summary>RWF_APPEND: for this one call the file is one that appends. What the offset says is whether the position moves.</summary>
    private SysResult AppendVector(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong iovcnt, long offset)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        IFileControl control = _control.Current;
        if (!control.GetFlags(file).TryGet(out OpenFlags flags, out Errno error))
            return error;
        bool appends = (flags & OpenFlags.O_APPEND) != 0;
        if (!appends)
            control.SetFlags(file, flags | OpenFlags.O_APPEND);
        SysResult result = WriteVector(task, fd, iov, iovcnt, offset);
        if (!appends)
            control.SetFlags(file, flags);
        return result;
    }

    private SysResult ReadVector(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong count, long offset)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!TryGetSegments(iov, count, out ReadOnlySpan<Iovec> segments, out long total, out SysResult stop))
            return BadVector(file, stop, forWriting: false);
        return ReadSegments(task, file, segments, total, offset);
    }

    private SysResult WriteVector(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong count, long offset)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!TryGetSegments(iov, count, out ReadOnlySpan<Iovec> segments, out long total, out SysResult stop))
            return BadVector(file, stop, forWriting: true);
        if (!TryLimitWrite(task, file, offset, ref segments, ref total, out stop))
            return stop;
        return WriteSegments(task, file, segments, total, offset);
    }

    /// <summary>The file's mode is checked before the vector is looked at (vfs_readv).</summary>
    private SysResult BadVector(FileId file, SysResult stop, bool forWriting)
    {
        Result<int> probe = forWriting ? _files.Current.Write(file, default) : _files.Current.Read(file, default);
        return !stop.IsWait && probe.Error == Errno.EBADF ? Errno.EBADF : stop;
    }

    private SysResult Lseek(GuestTask task, Fd fd, long offset, int whence)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        return whence is < SEEK_SET or > SEEK_HOLE ? Errno.EINVAL : SysResult.From(_files.Current.Seek(file, offset, whence));
    }
}
