using System.Runtime.CompilerServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>sendto(2), recvfrom(2), sendmsg(2), recvmsg(2) and the calls for several messages.</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>How much of a stream is gathered at once.</summary>
    private const int StreamChunk = 65536;

    private SysResult Sendto(GuestTask task, Fd fd, UserBuffer buffer, int flags, UserBuffer address)
    {
        var segment = new Iovec { iov_base = buffer.Address, iov_len = Math.Min(buffer.Length, MaximumTransfer) };
        if (!buffer.IsInUserSpace)
            return TryGetFile(task, fd, out _) ? Errno.EFAULT : Errno.EBADF;
        bool isNamed = address.Address != 0;
        return SendMessage(task, fd, new ReadOnlySpan<Iovec>(in segment), (long)segment.iov_len, isNamed, null, null, flags);
    }

    private SysResult Sendmsg(GuestTask task, Fd fd, UserPointer<Msghdr> message, int flags)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        Errno refused = _sockets.Current.GetStatus(file).Error;
        if (refused != Errno.None)
            return refused;
        if (!message.TryRead(out Msghdr header, out SysResult stop))
            return stop;
        if (header.msg_iovlen > IOV_MAX)
            return Errno.EMSGSIZE;
        if (!TryGetSegments(new UserPointer<Iovec>(task, header.msg_iov), header.msg_iovlen, out ReadOnlySpan<Iovec> segments, out long total, out stop))
            return stop;
        if (!TryReadControl(task, in header, out FileId[]? files, out SocketCredentials? sender, out stop))
            return stop;
        return SendMessage(task, fd, segments, total, header.msg_name != 0 && header.msg_namelen > 0, files, sender, flags);
    }

    private SysResult SendMessage(
        GuestTask task, Fd fd, ReadOnlySpan<Iovec> segments, long total, bool isNamed, FileId[]? files, SocketCredentials? sender, int flags)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_sockets.Current.GetStatus(file).TryGet(out SocketStatus status, out Errno error))
            return error;
        bool isStream = status.Type == Contracts.Vfs.SocketType.Stream;
        if ((flags & MSG_OOB) != 0)
            return Errno.EOPNOTSUPP;
        if (isNamed)
            return status.Type == Contracts.Vfs.SocketType.Datagram ? Errno.ECONNREFUSED : Errno.EISCONN;
        SocketCredentials from = sender ?? new SocketCredentials(task.Group.Pid, task.Credentials.RealUser, task.Credentials.RealGroup);
        if (!isStream && total > MostRecord)
            return Errno.EMSGSIZE;
        long done = task.Restart.Progress;
        do
        {
            Span<byte> data = RecordBuffer(isStream ? Math.Min(total - done, StreamChunk) : total);
            if (!Gather(task, segments, done, data, out SysResult stop))
                return done > 0 ? done : stop;
            if (!_sockets.Current.Send(file, data, done == 0 ? files : null, from).TryGet(out int count, out error))
                return SendFailed(task, file, error, done, flags, isStream);
            done += count;
        }
        while (done < total);
        return done;
    }

    private SysResult SendFailed(GuestTask task, FileId file, Errno error, long done, int flags, bool isStream)
    {
        if (error == Errno.EPIPE && isStream && (flags & MSG_NOSIGNAL) == 0)
            SendToSelf(task, Signal.SIGPIPE);
        if (error != Errno.EAGAIN)
            return done > 0 ? done : error;
        SysResult wait = (flags & MSG_DONTWAIT) != 0 ? Errno.EAGAIN : WaitForFile(task, file, error);
        if (!wait.IsWait)
            return done > 0 ? done : wait;
        task.Restart.Progress = done;
        return wait;
    }

    private SysResult Recvfrom(GuestTask task, Fd fd, UserBuffer buffer, int flags, ulong address, UserPointer<int> length)
    {
        var segment = new Iovec { iov_base = buffer.Address, iov_len = Math.Min(buffer.Length, MaximumTransfer) };
        if (!buffer.IsInUserSpace)
            return TryGetFile(task, fd, out _) ? Errno.EFAULT : Errno.EBADF;
        SysResult result = ReceiveMessage(task, fd, new ReadOnlySpan<Iovec>(in segment), (long)segment.iov_len, flags, out SocketReceipt receipt);
        if (result.IsError || result.IsWait)
            return result;
        foreach (FileId passed in receipt.Files ?? [])
            _files.Current.Release(passed);
        if (address != 0 && !length.IsNull && !length.TryWrite(0, out SysResult stop)) // no name
            return stop;
        return result;
    }

    private SysResult Recvmsg(GuestTask task, Fd fd, UserPointer<Msghdr> message, int flags)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_sockets.Current.GetStatus(file).TryGet(out SocketStatus status, out Errno error))
            return error;
        if (!message.TryRead(out Msghdr header, out SysResult stop))
            return stop;
        if (header.msg_iovlen > IOV_MAX)
            return Errno.EMSGSIZE;
        if (!TryGetSegments(new UserPointer<Iovec>(task, header.msg_iov), header.msg_iovlen, out ReadOnlySpan<Iovec> segments, out long total, out stop))
            return stop;
        SysResult result = ReceiveMessage(task, fd, segments, total, flags, out SocketReceipt receipt);
        if (result.IsError || result.IsWait)
            return result;
        int answered = receipt.FullLength > receipt.Length ? MSG_TRUNC : 0;
        if ((flags & MSG_CMSG_CLOEXEC) != 0)
            answered |= MSG_CMSG_CLOEXEC;
        bool hasMessage = receipt.Length > 0 || status.Type != Contracts.Vfs.SocketType.Stream;
        answered |= WriteControl(task, ref header, in receipt, hasMessage && status.PassesCredentials, (flags & MSG_CMSG_CLOEXEC) != 0);
        header.msg_namelen = 0;
        header.msg_flags = (uint)answered;
        if (!message.TryWrite(in header, out stop))
            return stop;
        return result;
    }

    /// <summary>Receives and puts the bytes into the guest's memory. Files that came along are the caller's to place.</summary>
    private SysResult ReceiveMessage(GuestTask task, Fd fd, ReadOnlySpan<Iovec> segments, long total, int flags, out SocketReceipt receipt)
    {
        receipt = default;
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_sockets.Current.GetStatus(file).TryGet(out SocketStatus status, out Errno error))
            return error;
        if ((flags & MSG_OOB) != 0)
            return status.Type == Contracts.Vfs.SocketType.Stream ? Errno.EINVAL : Errno.EOPNOTSUPP;
        bool isStream = status.Type == Contracts.Vfs.SocketType.Stream;
        bool peek = (flags & MSG_PEEK) != 0;
        bool all = isStream && (flags & MSG_WAITALL) != 0 && !peek;
        long done = task.Restart.Progress;
        while (true)
        {
            Span<byte> data = RecordBuffer(total - done);
            if (isStream && total == done)
                return done;
            if (!_sockets.Current.Receive(file, data, peek).TryGet(out receipt, out error))
            {
                if (done > 0 && (error != Errno.EAGAIN || IsNonBlocking(file) || (flags & MSG_DONTWAIT) != 0 || task.Restart.Reason == WakeReason.Interrupted))
                    return done;
                SysResult wait = (flags & MSG_DONTWAIT) != 0 ? error : WaitForFile(task, file, error);
                task.Restart.Progress = done;
                return wait;
            }

            if (!Scatter(task, segments, done, data[..receipt.Length], out SysResult stop))
            {
                foreach (FileId passed in receipt.Files ?? [])
                    _files.Current.Release(passed);
                receipt = default;
                return stop.IsWait ? Errno.EFAULT : stop;
            }

            done += receipt.Length;
            if (!all || receipt.Length == 0 || receipt.Files is not null || done == total)
                break;
        }

        return !isStream && (flags & MSG_TRUNC) != 0 ? receipt.FullLength : done;
    }

    private SysResult Sendmmsg(GuestTask task, Fd fd, UserPointer<Mmsghdr> messages, uint count, int flags)
    {
        count = Math.Min(count, IOV_MAX);
        int done = 0;
        for (; done < count; done++)
        {
            SysResult result = Sendmsg(task, fd, new UserPointer<Msghdr>(task, messages.At(done).Address), done > 0 ? flags | MSG_DONTWAIT : flags);
            if (result.IsError || result.IsWait)
                return done > 0 && !result.IsWait ? done : result;
            if (!LengthOf(task, messages, done).TryWrite((int)result.Raw, out SysResult stop))
                return done > 0 ? done : stop;
            task.Restart.Progress = 0;
        }

        return done;
    }

    private SysResult Recvmmsg(GuestTask task, Fd fd, UserPointer<Mmsghdr> messages, uint count, int flags, UserPointer<Timespec> timeout)
    {
        if (!TryGetTimeout(timeout, out _, out SysResult stop))
            return stop;
        count = Math.Min(count, IOV_MAX);
        int done = 0;
        for (; done < count; done++)
        {
            int of = done > 0 ? flags | MSG_DONTWAIT : flags;
            SysResult result = Recvmsg(task, fd, new UserPointer<Msghdr>(task, messages.At(done).Address), of & ~MSG_WAITFORONE);
            if (result.IsError || result.IsWait)
                return done > 0 ? done : result;
            if (!LengthOf(task, messages, done).TryWrite((int)result.Raw, out stop))
                return done > 0 ? done : stop;
        }

        return done;
    }

    private static UserPointer<int> LengthOf(GuestTask task, UserPointer<Mmsghdr> messages, int index) =>
        new(task, messages.At(index).Address + (ulong)Unsafe.SizeOf<Msghdr>());
}
