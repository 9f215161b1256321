using System.Runtime.CompilerServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>
/// Bytes between open files and guest memory: what read, write and their vector and positioned forms have in common. Data moves
/// directly between a file and the guest's pages. A buffer that is valid only at its start gives a short count (EFAULT when
/// nothing was moved); a wait after the first byte gives a short read, while a write goes on until all is written.
/// </summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>MAX_RW_COUNT of the kernel: the most that one call moves (read(2)).</summary>
    private const long MaximumTransfer = 0x7FFF_F000;

    /// <summary>Writes of up to this many bytes into a pipe are never split (pipe(7)).</summary>
    private const int PIPE_BUF = 4096;

    /// <summary>UIO_MAXIOV.</summary>
    private const int IOV_MAX = 1024;

    private readonly byte[] _bounce = new byte[PIPE_BUF];
    private Iovec[]? _segments;

    private SysResult ReadInto(GuestTask task, FileId file, UserBuffer buffer, long offset)
    {
        if (!buffer.IsInUserSpace)
            return BadBuffer(file, forWriting: false);
        long total = Math.Min((long)buffer.Length, MaximumTransfer);
        var segment = new Iovec { iov_base = buffer.Address, iov_len = (ulong)total };
        return ReadSegments(task, file, new ReadOnlySpan<Iovec>(in segment), total, offset);
    }

    private SysResult WriteFrom(GuestTask task, FileId file, UserBuffer buffer, long offset)
    {
        if (!buffer.IsInUserSpace)
            return BadBuffer(file, forWriting: true);
        long total = Math.Min((long)buffer.Length, MaximumTransfer);
        if (!TryLimitWrite(task, file, offset, ref total, out SysResult stop))
            return stop;
        var segment = new Iovec { iov_base = buffer.Address, iov_len = (ulong)total };
        return WriteSegments(task, file, new ReadOnlySpan<Iovec>(in segment), total, offset);
    }

    private SysResult ReadSegments(GuestTask task, FileId file, ReadOnlySpan<Iovec> segments, long total, long offset)
    {
        IOpenFiles files = _files.Current;
        if (total == 0)
            return SysResult.From(files.Read(file, default, offset, task));
        if (segments.Length > 1 && _events.Current.TransferOf(file, isWrite: false) is not TransferKind.Stream and var kind)
            return kind == TransferKind.Whole ? ReadRecord(task, file, segments, total) : TransferRecords(task, file, segments, isWrite: false);
        long done = task.Restart.Progress;
        long skip = done;
        foreach (ref readonly Iovec segment in segments)
        {
            long length = (long)segment.iov_len;
            if (skip >= length)
            {
                skip -= length;
                continue;
            }

            for (long at = skip; at < length;)
            {
                long left = length - at;
                if (!task.Memory.TryGetSpan(task, segment.iov_base + (ulong)at, PageAccess.Write, out Span<byte> span, out SysResult stop))
                    return NoRoom(task, file, done, stop);
                bool bounced = false;
                if (span.Length > left)
                    span = span[..(int)left];
                else if (span.Length < left && left <= PIPE_BUF && CanWriteAll(task, segment.iov_base + (ulong)at, left))
                {
                    span = _bounce.AsSpan(0, (int)left);
                    bounced = true;
                }
                else if (span.Length < left && done == 0 && _events.Current.TransferOf(file, isWrite: false) != TransferKind.Stream)
                {
                    return ReadRecord(task, file, segments, total);
                }

                Result<int> result = files.Read(file, span, offset < 0 ? -1 : offset + done, task);
                if (!result.TryGet(out int count, out Errno error))
                    return done > 0 ? done : WaitForFile(task, file, error);
                if (bounced && !task.Memory.TryWrite(task, segment.iov_base + (ulong)at, span[..count], out stop))
                    return Stopped(task, done, stop);
                done += count;
                at += count;
                if (count < span.Length)
                    return done;
            }

            skip = 0;
        }

        return done;
    }

    private SysResult WriteSegments(GuestTask task, FileId file, ReadOnlySpan<Iovec> segments, long total, long offset)
    {
        IOpenFiles files = _files.Current;
        if (total == 0)
            return SysResult.From(files.Write(file, default, offset, task));
        if (segments.Length > 1 && _events.Current.TransferOf(file, isWrite: true) is not TransferKind.Stream and var kind)
            return kind == TransferKind.Whole ? WriteRecord(task, file, segments, total) : TransferRecords(task, file, segments, isWrite: true);
        if (total <= PIPE_BUF && task.Restart.Progress == 0)
            return WriteSmall(task, file, segments, total, offset);
        long done = task.Restart.Progress;
        long skip = done;
        foreach (ref readonly Iovec segment in segments)
        {
            long length = (long)segment.iov_len;
            if (skip >= length)
            {
                skip -= length;
                continue;
            }

            for (long at = skip; at < length;)
            {
                if (!task.Memory.TryGetSpan(task, segment.iov_base + (ulong)at, PageAccess.Read, out Span<byte> span, out SysResult stop))
                    return Stopped(task, done, stop);
                if (span.Length > length - at)
                    span = span[..(int)(length - at)];
                else if (span.Length < length - at && done == 0 && _events.Current.TransferOf(file, isWrite: true) != TransferKind.Stream)
                    return WriteRecord(task, file, segments, total);
                Result<int> result = files.Write(file, span, offset < 0 ? -1 : offset + done, task);
                if (!result.TryGet(out int count, out Errno error))
                    return WriteFailed(task, file, error, done);
                done += count;
                at += count;
                if (count == 0)
                    return done;
            }

            skip = 0;
        }

        return done;
    }

    /// <summary>A write that must reach a pipe in one piece: gathered first when it is not in one page anyway.</summary>
    private SysResult WriteSmall(GuestTask task, FileId file, ReadOnlySpan<Iovec> segments, long total, long offset)
    {
        ReadOnlySpan<byte> source;
        if (segments.Length == 1
            && task.Memory.TryGetSpan(task, segments[0].iov_base, PageAccess.Read, out Span<byte> page, out _)
            && page.Length >= total)
        {
            source = page[..(int)total];
        }
        else
        {
            int gathered = 0;
            foreach (ref readonly Iovec segment in segments)
            {
                for (int at = 0; at < (int)segment.iov_len;)
                {
                    if (!task.Memory.TryGetSpan(task, segment.iov_base + (ulong)at, PageAccess.Read, out Span<byte> span, out SysResult stop))
                    {
                        if (stop.IsWait || gathered == 0 || IsPipe(file))
                            return stop;
                        // The valid start of the data is written, as generic_perform_write does.
                        total = gathered;
                        break;
                    }

                    int count = Math.Min(span.Length, (int)segment.iov_len - at);
                    span[..count].CopyTo(_bounce.AsSpan(gathered));
                    gathered += count;
                    at += count;
                }

                if (gathered == total)
                    break;
            }

            source = _bounce.AsSpan(0, gathered);
        }

        Result<int> result = _files.Current.Write(file, source, offset, task);
        if (!result.TryGet(out int written, out Errno error))
            return WriteFailed(task, file, error, 0);
        if (written == source.Length || written == 0 || _events.Current.TransferOf(file, isWrite: true) != TransferKind.Stream)
            return written;
        task.Restart.Progress = written;
        return WriteSegments(task, file, segments, total, offset);
    }

    private SysResult WriteFailed(GuestTask task, FileId file, Errno error, long done)
    {
        switch (error)
        {
            case Errno.EPIPE:
                if (_pipes.Current.IsPipe(file) || _events.Current.TransferOf(file, isWrite: true) == TransferKind.Stream) // Of sockets, streams alone.
                    SendToSelf(task, Signal.SIGPIPE);
                return done > 0 ? done : Errno.EPIPE;
            case RestartState.SignalFirst:
                return done > 0 ? done : GiveWay(task);
            case Errno.EAGAIN:
                SysResult wait = WaitForFile(task, file, error);
                if (!wait.IsWait)
                    return done > 0 ? done : wait;
                task.Restart.Progress = done;
                return wait;
            default:
                return done > 0 ? done : error;
        }
    }

    /// <summary>What a call that would block answers: the error itself, EINTR after a signal, or a wait for the file.</summary>
    private SysResult WaitForFile(GuestTask task, FileId file, Errno error)
    {
        if (error == RestartState.SignalFirst)
            return GiveWay(task);
        if (error != Errno.EAGAIN || IsNonBlocking(file))
            return error;
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        WaitSet wait = task.Wait.Begin(InterruptKind.Restartable).On(_events.Current.KeyOf(file, task));
        if (task.Restart.DeadlineNanoseconds != 0)
            wait.Until(ClockId.CLOCK_MONOTONIC, task.Restart.DeadlineNanoseconds); // VTIME of a terminal
        return SysResult.Wait(wait);
    }

    /// <summary>Ends a call for a signal that it has sent to its own process: the call is made again afterwards, if the signal lets it.</summary>
    private static SysResult GiveWay(GuestTask task)
    {
        task.Wait.Begin(InterruptKind.Restartable);
        task.Restart.Reason = WakeReason.Interrupted;
        return Errno.EINTR;
    }

    private bool IsNonBlocking(FileId file) =>
        _control.Current.GetFlags(file).TryGet(out OpenFlags flags, out _) && (flags & OpenFlags.O_NONBLOCK) != 0;

    private bool IsPipe(FileId file) =>
        _files.Current.Stat(file).TryGet(out NodeAttributes attributes, out _) && attributes.Kind == FileKind.Fifo;

    /// <summary>A read whose memory is bad: a file that has nothing to read says that first.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private SysResult NoRoom(GuestTask task, FileId file, long done, SysResult stop)
    {
        const PollEvents Anything = PollEvents.POLLIN | PollEvents.POLLHUP | PollEvents.POLLERR;
        if (done == 0 && !stop.IsWait && _files.Current.Poll(file, Anything, task) == PollEvents.None)
            return WaitForFile(task, file, Errno.EAGAIN);
        return Stopped(task, done, stop);
    }

    /// <summary>Memory that could not be had: a fault after the first byte ends the call with what was moved; a wait goes on there.</summary>
    private static SysResult Stopped(GuestTask task, long done, SysResult stop)
    {
        if (stop.IsWait)
            task.Restart.Progress = done;
        else if (done > 0)
            return done;
        return stop;
    }

    /// <summary>A buffer outside of user space: the file's own errors come first (vfs_read).</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private SysResult BadBuffer(FileId file, bool forWriting)
    {
        Result<int> probe = forWriting ? _files.Current.Write(file, default) : _files.Current.Read(file, default);
        return probe.Error == Errno.EBADF ? Errno.EBADF : Errno.EFAULT;
    }

    private static bool CanWriteAll(GuestTask task, ulong address, long length)
    {
        for (long at = 0; at < length;)
        {
            if (!task.Memory.TryGetSpan(task, address + (ulong)at, PageAccess.Write, out Span<byte> span, out _))
                return false;
            at += span.Length;
        }

        return true;
    }

    /// <summary>
    /// Copies a vector of segments in and checks it (readv(2), lib/iov_iter.c): EINVAL for too many or a negative length, EFAULT for
    /// one outside of user space. What is beyond <see cref="MaximumTransfer"/> in sum is cut off.
    /// </summary>
    private bool TryGetSegments(UserPointer<Iovec> vector, ulong count, out ReadOnlySpan<Iovec> segments, out long total, out SysResult stop)
    {
        segments = default;
        total = 0;
        stop = Errno.EINVAL;
        if (count > IOV_MAX)
            return false;
        Span<Iovec> copies = (_segments ??= new Iovec[IOV_MAX]).AsSpan(0, (int)count);
        if (count > 0 && !vector.Task.Memory.TryRead(vector.Task, vector.Address, System.Runtime.InteropServices.MemoryMarshal.AsBytes(copies), out stop))
            return false;
        foreach (ref Iovec segment in copies)
        {
            if ((long)segment.iov_len < 0)
            {
                stop = Errno.EINVAL;
                return false;
            }

            if (!new UserBuffer(vector.Task, segment.iov_base, segment.iov_len).IsInUserSpace)
            {
                stop = Errno.EFAULT;
                return false;
            }

            segment.iov_len = (ulong)Math.Min((long)segment.iov_len, MaximumTransfer - total);
            total += (long)segment.iov_len;
        }

        segments = copies;
        stop = default;
        return true;
    }
}
