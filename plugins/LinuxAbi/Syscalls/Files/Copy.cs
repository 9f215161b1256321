using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>sendfile(2), copy_file_range(2) and fallocate(2): data that moves between files without the guest.</summary>
internal sealed partial class LinuxSyscalls
{
    private const int CopyChunk = 65536;

    private byte[]? _copyBuffer;

    private byte[] CopyBuffer => _copyBuffer ??= new byte[CopyChunk];

    private SysResult Sendfile(GuestTask task, Fd outFd, Fd inFd, UserPointer<long> offset, ulong count)
    {
        if (!TryGetFile(task, inFd, out FileId source) || !TryGetFile(task, outFd, out FileId target))
            return Errno.EBADF;
        if (!CheckAccess(source, OpenFlags.O_RDONLY, out Errno error) || !CheckAccess(target, OpenFlags.O_WRONLY, out error))
            return error;
        SysResult stop;
        long start = 0;
        if (!offset.IsNull)
        {
            if (!offset.TryRead(out start, out stop))
                return stop;
            if (start < 0)
                return Errno.EINVAL;
        }

        if (!_files.Current.Stat(source).TryGet(out NodeAttributes attributes, out error))
            return error;
        if (attributes.Kind is not (FileKind.Regular or FileKind.BlockDevice) || IsAppending(target))
            return Errno.EINVAL;
        RestartState restart = task.Restart;
        if (restart.Reason == WakeReason.None)
            restart.Extra = offset.IsNull ? _files.Current.Seek(source, 0, 1).ValueOrDefault : start;
        start = restart.Extra;
        SysResult result = SendBytes(task, source, target, start, (long)Math.Min(count, MaximumTransfer));
        if (result.IsWait || result.IsError)
            return result;
        long end = start + result.Raw;
        if (offset.IsNull)
            _files.Current.Seek(source, end, 0);
        else if (!offset.TryWrite(in end, out stop))
            return stop;
        return result;
    }

    /// <summary>Goes on with what was sent already when the target made the call wait.</summary>
    private SysResult SendBytes(GuestTask task, FileId source, FileId target, long start, long total)
    {
        IOpenFiles files = _files.Current;
        long done = task.Restart.Progress;
        if (done == 0 && !TryLimitWrite(task, target, -1, ref total, out SysResult stop))
            return stop;
        while (done < total)
        {
            Span<byte> chunk = CopyBuffer.AsSpan(0, (int)Math.Min(CopyChunk, total - done));
            if (!files.Read(source, chunk, start + done, task).TryGet(out int count, out Errno error))
                return done > 0 ? done : WaitForFile(task, source, error);
            if (count == 0)
                break;
            if (!files.Write(target, chunk[..count]).TryGet(out int written, out error))
                return WriteFailed(task, target, error, done);
            done += written;
            if (written == 0)
                break;
        }

        return done;
    }

    private SysResult CopyFileRange(GuestTask task, Fd inFd, UserPointer<long> inOffset, Fd outFd, UserPointer<long> outOffset, ulong count, uint flags)
    {
        if (!TryGetFile(task, inFd, out FileId source) || !TryGetFile(task, outFd, out FileId target))
            return Errno.EBADF;
        if (!TryGetPosition(source, inOffset, out long from, out SysResult stop) || !TryGetPosition(target, outOffset, out long to, out stop))
            return stop;
        if (flags != 0)
            return Errno.EINVAL;
        IOpenFiles files = _files.Current;
        if (!files.Stat(source).TryGet(out NodeAttributes sourceNode, out Errno error) || !files.Stat(target).TryGet(out NodeAttributes targetNode, out error))
            return error;
        if (sourceNode.Kind == FileKind.Directory || targetNode.Kind == FileKind.Directory)
            return Errno.EISDIR;
        if (sourceNode.Kind != FileKind.Regular || targetNode.Kind != FileKind.Regular)
            return Errno.EINVAL;
        if (!CheckAccess(source, OpenFlags.O_RDONLY, out error) || !CheckAccess(target, OpenFlags.O_WRONLY, out error))
            return error;
        if (IsAppending(target))
            return Errno.EBADF;
        if (count > long.MaxValue || from > long.MaxValue - (long)count || to > long.MaxValue - (long)count)
            return Errno.EOVERFLOW;
        long total = Math.Min(Math.Min((long)count, MaximumTransfer), Math.Max(0, sourceNode.Size - from));
        bool same = sourceNode.Device == targetNode.Device && sourceNode.Inode == targetNode.Inode;
        if (same && from < to + total && to < from + total)
            return Errno.EINVAL;
        if (!TryLimitWrite(task, target, to, ref total, out stop))
            return stop;

        long done = 0;
        while (done < total)
        {
            Span<byte> chunk = CopyBuffer.AsSpan(0, (int)Math.Min(CopyChunk, total - done));
            if (!files.Read(source, chunk, from + done).TryGet(out int read, out error) || (read > 0 && !files.Write(target, chunk[..read], to + done).TryGet(out read, out error)))
            {
                if (done == 0)
                    return error;
                break;
            }

            if (read == 0)
                break;
            done += read;
        }

        if (!TrySetPosition(source, inOffset, from + done, out stop) || !TrySetPosition(target, outOffset, to + done, out stop))
            return stop;
        return done;
    }

    private bool TryGetPosition(FileId file, UserPointer<long> offset, out long position, out SysResult stop)
    {
        stop = default;
        if (!offset.IsNull)
        {
            if (!offset.TryRead(out position, out stop))
                return false;
            stop = Errno.EINVAL;
            return position >= 0;
        }

        position = _files.Current.Seek(file, 0, 1).ValueOrDefault;
        return true;
    }

    private bool TrySetPosition(FileId file, UserPointer<long> offset, long position, out SysResult stop)
    {
        stop = default;
        if (!offset.IsNull)
            return offset.TryWrite(in position, out stop);
        _files.Current.Seek(file, position, 0);
        return true;
    }

    /// <summary>EBADF unless the file is open for reading or writing, as asked.</summary>
    private bool CheckAccess(FileId file, OpenFlags needed, out Errno error)
    {
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out error))
            return false;
        OpenFlags access = flags & OpenFlags.O_ACCMODE;
        bool open = (flags & OpenFlags.O_PATH) == 0 && (access == needed || access == OpenFlags.O_RDWR);
        error = open ? Errno.None : Errno.EBADF;
        return open;
    }

    private bool IsAppending(FileId file) =>
        _control.Current.GetFlags(file).TryGet(out OpenFlags flags, out _) && (flags & OpenFlags.O_APPEND) != 0;
}
