using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>splice(2), tee(2), vmsplice(2): bytes between pipes and files without the guest's memory. They are copied; what of a file's fault stops short of the pipe stays there.</summary>
internal sealed partial class LinuxSyscalls
{
    private const uint KnownSpliceFlags = SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT;

    private SysResult Splice(GuestTask task, Fd fdIn, UserPointer<long> offIn, Fd fdOut, UserPointer<long> offOut, ulong count, uint flags)
    {
        if (count == 0)
            return SysResult.Zero;
        if ((flags & ~KnownSpliceFlags) != 0)
            return Errno.EINVAL;
        if (!TryGetFile(task, fdIn, out FileId source) || !TryGetFile(task, fdOut, out FileId target))
            return Errno.EBADF;
        if (!CheckAccess(source, OpenFlags.O_RDONLY, out Errno error) || !CheckAccess(target, OpenFlags.O_WRONLY, out error))
            return error;
        IPipes pipes = _pipes.Current;
        bool fromPipe = pipes.IsPipe(source);
        bool toPipe = pipes.IsPipe(target);
        if ((fromPipe && !offIn.IsNull) || (toPipe && !offOut.IsNull))
            return Errno.ESPIPE;
        if ((!fromPipe && !toPipe) || pipes.IsSame(source, target))
            return Errno.EINVAL;
        if (!TryGetSpliceOffset(source, offIn, out long from, out SysResult stop) || !TryGetSpliceOffset(target, offOut, out long to, out stop))
            return stop;
        if (!toPipe && IsAppending(target))
            return Errno.EINVAL;
        long most = (long)Math.Min(count, MaximumTransfer);
        bool wait = (flags & SPLICE_F_NONBLOCK) == 0;
        SysResult result = fromPipe
            ? SpliceFromPipe(task, source, target, to, most, wait)
            : SpliceToPipe(task, source, from, target, most, wait);
        if (result.IsError || result.IsWait || result.Raw == 0)
            return result;
        if (!offIn.IsNull && !offIn.TryWrite(from + result.Raw, out stop))
            return stop;
        return offOut.IsNull || offOut.TryWrite(to + result.Raw, out stop) ? result : stop;
    }

    private bool TryGetSpliceOffset(FileId file, UserPointer<long> offset, out long position, out SysResult stop)
    {
        position = -1;
        stop = default;
        if (offset.IsNull)
            return true;
        if (!offset.TryRead(out position, out stop))
            return false;
        stop = Errno.EINVAL;
        return position >= 0 && _files.Current.Seek(file, 0, SEEK_CUR).IsOk;
    }

    private SysResult SpliceFromPipe(GuestTask task, FileId pipe, FileId target, long offset, long most, bool wait)
    {
        long done = 0;
        while (done < most)
        {
            Span<byte> chunk = CopyBuffer.AsSpan(0, (int)Math.Min(CopyChunk, most - done));
            if (!_pipes.Current.Peek(pipe, chunk).TryGet(out int count, out Errno error))
                return done > 0 ? done : SpliceWait(task, pipe, error, wait);
            if (count == 0)
                break;
            if (!_files.Current.Write(target, chunk[..count], offset < 0 ? -1 : offset + done, task).TryGet(out int written, out error))
            {
                if (error == Errno.EPIPE)
                    SendToSelf(task, Signal.SIGPIPE);
                return done > 0 ? done : error == Errno.EAGAIN && IsNonBlocking(target) ? error : SpliceWait(task, target, error, wait);
            }

            _files.Current.Read(pipe, chunk[..written], -1, task);
            done += written;
            if (written < count)
                break;
        }

        return done;
    }

    private SysResult SpliceToPipe(GuestTask task, FileId source, long offset, FileId pipe, long most, bool wait)
    {
        long done = 0;
        while (done < most)
        {
            if (!_pipes.Current.Room(pipe).TryGet(out int room, out Errno error))
            {
                if (error == Errno.EPIPE)
                    SendToSelf(task, Signal.SIGPIPE);
                return done > 0 ? done : SpliceWait(task, pipe, error, wait);
            }

            Span<byte> chunk = CopyBuffer.AsSpan(0, (int)Math.Min(Math.Min(CopyChunk, room), most - done));
            if (!_files.Current.Read(source, chunk, offset < 0 ? -1 : offset + done, task).TryGet(out int count, out error))
                return done > 0 ? done : SpliceWait(task, source, error, wait);
            if (count == 0)
                break;
            _files.Current.Write(pipe, chunk[..count], -1, task);
            done += count;
            if (count < chunk.Length)
                break;
        }

        return done;
    }

    private SysResult SpliceWait(GuestTask task, FileId file, Errno error, bool wait)
    {
        if (error != Errno.EAGAIN || !wait)
            return error;
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        WaitSet set = task.Wait.Begin(InterruptKind.Restartable).On(_events.Current.KeyOf(file, task));
        if (task.Restart.DeadlineNanoseconds != 0)
            set.Until(ClockId.CLOCK_MONOTONIC, task.Restart.DeadlineNanoseconds); // a slow file
        return SysResult.Wait(set);
    }

    private SysResult Tee(GuestTask task, Fd fdIn, Fd fdOut, ulong count, uint flags)
    {
        if ((flags & ~KnownSpliceFlags) != 0)
            return Errno.EINVAL;
        if (count == 0)
            return SysResult.Zero;
        if (!TryGetFile(task, fdIn, out FileId source) || !TryGetFile(task, fdOut, out FileId target))
            return Errno.EBADF;
        if (!CheckAccess(source, OpenFlags.O_RDONLY, out Errno error) || !CheckAccess(target, OpenFlags.O_WRONLY, out error))
            return error;
        IPipes pipes = _pipes.Current;
        if (!pipes.IsPipe(source) || !pipes.IsPipe(target) || pipes.IsSame(source, target))
            return Errno.EINVAL;
        bool wait = (flags & SPLICE_F_NONBLOCK) == 0;
        Span<byte> chunk = RecordBuffer((long)Math.Min(count, MostRecord));
        if (!pipes.Peek(source, chunk).TryGet(out int there, out error))
            return SpliceWait(task, source, error, wait);
        if (there == 0)
            return SysResult.Zero;
        if (!pipes.Room(target).TryGet(out int room, out error))
        {
            if (error == Errno.EPIPE)
                SendToSelf(task, Signal.SIGPIPE);
            return SpliceWait(task, target, error, wait);
        }

        return SysResult.From(_files.Current.Write(target, chunk[..Math.Min(there, room)], -1, task));
    }

    private SysResult Vmsplice(GuestTask task, Fd fd, UserPointer<Iovec> iov, ulong count, uint flags)
    {
        if ((flags & ~KnownSpliceFlags) != 0)
            return Errno.EINVAL;
        if (!TryGetFile(task, fd, out FileId pipe))
            return Errno.EBADF;
        if (!_pipes.Current.IsPipe(pipe))
            return Errno.EBADF;
        if (!TryGetSegments(iov, count, out ReadOnlySpan<Iovec> segments, out long total, out SysResult stop))
            return stop;
        if (total == 0)
            return SysResult.Zero;
        bool wait = (flags & SPLICE_F_NONBLOCK) == 0;
        if (!CheckAccess(pipe, OpenFlags.O_WRONLY, out _))
            return !wait && _files.Current.Poll(pipe, PollEvents.POLLIN | PollEvents.POLLHUP, task) == PollEvents.None ? Errno.EAGAIN : ReadSegments(task, pipe, segments, total, -1);
        if (!_pipes.Current.Room(pipe).TryGet(out int room, out Errno error))
        {
            if (error == Errno.EPIPE)
                SendToSelf(task, Signal.SIGPIPE);
            return SpliceWait(task, pipe, error, wait);
        }

        Span<byte> data = RecordBuffer(Math.Min(total, room));
        return Gather(task, segments, 0, data, out stop) ? SysResult.From(_files.Current.Write(pipe, data, -1, task)) : stop;
    }
}
