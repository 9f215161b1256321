using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>mq_open(2), mq_unlink(2), mq_timedsend(2), mq_timedreceive(2), mq_notify(2), mq_getsetattr(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const uint MQ_PRIO_MAX = 32768;

    private SysResult MqOpen(GuestTask task, UserString name, uint flags, uint mode, UserPointer<MqAttr> attributes)
    {
        NamedQueueLimits? limits = null;
        if (!attributes.IsNull)
        {
            if (!attributes.TryRead(out MqAttr wanted, out SysResult bad))
                return bad;
            limits = new NamedQueueLimits(wanted.mq_maxmsg, wanted.mq_msgsize);
        }

        if (!name.TryRead(_path, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;

        // Queues are closed at exec whatever the flags say.
        return InstallNew(task, _namedQueues.Current.Open(task, text, (OpenFlags)flags, mode, limits), (int)O_CLOEXEC);
    }

    private SysResult MqUnlink(GuestTask task, UserString name) =>
        name.TryRead(_path, out ReadOnlySpan<byte> text, out SysResult stop) ? _namedQueues.Current.Unlink(task, text) : stop;

    private SysResult MqTimedsend(GuestTask task, Fd fd, UserBuffer message, uint priority, UserPointer<Timespec> timeout)
    {
        long deadline = long.MaxValue;
        if (!timeout.IsNull && !TryReadDeadline(timeout, out deadline, out SysResult bad))
            return bad;
        if (priority >= MQ_PRIO_MAX)
            return Errno.EINVAL;
        if (!TryGetFile(task, fd, out FileId file) || !_namedQueues.Current.GetStatus(file).TryGet(out NamedQueueStatus status, out _) || !status.CanWrite)
            return Errno.EBADF;
        if (message.Length > (ulong)status.Limits.MessageSize)
            return Errno.EMSGSIZE;
        var text = new byte[(int)message.Length];
        if (!task.Memory.TryRead(task, message.Address, text, out SysResult stop))
            return stop;
        Errno error = _namedQueues.Current.Send(file, text, priority, out NamedQueueNotice? notice);
        if (error != Errno.None)
            return WaitForQueue(task, file, error, deadline);
        if (notice is { Signal: not 0 })
        {
            var info = new SignalInfo((Signal)notice.Signal, SignalCode.SI_MESGQ, Pid: task.Group.Pid, Uid: task.Credentials.RealUser, Value: notice.Value);
            _processes.Current.Send(notice.Pid, 0, in info);
        }

        return SysResult.Zero;
    }

    private SysResult MqTimedreceive(GuestTask task, Fd fd, UserBuffer message, UserPointer<uint> priority, UserPointer<Timespec> timeout)
    {
        long deadline = long.MaxValue;
        if (!timeout.IsNull && !TryReadDeadline(timeout, out deadline, out SysResult bad))
            return bad;
        if (!TryGetFile(task, fd, out FileId file) || !_namedQueues.Current.GetStatus(file).TryGet(out NamedQueueStatus status, out _) || !status.CanRead)
            return Errno.EBADF;
        if (message.Length < (ulong)status.Limits.MessageSize)
            return Errno.EMSGSIZE;
        if (!_namedQueues.Current.Receive(file, out uint received).TryGet(out byte[]? text, out Errno error))
            return WaitForQueue(task, file, error, deadline);

        // As on Linux, a message that cannot be delivered is lost.
        if (!priority.IsNull && !priority.TryWrite(in received, out SysResult stop))
            return stop;
        return task.Memory.TryWrite(task, message.Address, text, out stop) ? text.Length : stop;
    }

    private SysResult MqNotify(GuestTask task, Fd fd, UserPointer<Sigevent> @event)
    {
        NamedQueueNotice? notice = null;
        if (!@event.IsNull)
        {
            if (!@event.TryRead(out Sigevent wanted, out SysResult stop))
                return stop;
            if (wanted.sigev_notify is not (SIGEV_NONE or SIGEV_SIGNAL or SIGEV_THREAD))
                return Errno.EINVAL;
            if (wanted.sigev_notify == SIGEV_SIGNAL && (uint)wanted.sigev_signo > SignalNumbers.Count)
                return Errno.EINVAL;
            if (wanted.sigev_notify == SIGEV_THREAD)
                return Errno.EBADF; // Its sigev_signo is a netlink socket, which no descriptor is.
            notice = new NamedQueueNotice(task.Group.Pid, wanted.sigev_notify == SIGEV_SIGNAL ? wanted.sigev_signo : 0, wanted.sigev_value);
        }

        return TryGetFile(task, fd, out FileId file) ? _namedQueues.Current.Notify(task, file, notice) : Errno.EBADF;
    }

    private SysResult MqGetsetattr(GuestTask task, Fd fd, UserPointer<MqAttr> @new, UserPointer<MqAttr> old)
    {
        MqAttr wanted = default;
        if (!@new.IsNull)
        {
            if (!@new.TryRead(out wanted, out SysResult bad))
                return bad;
            if ((wanted.mq_flags & ~(long)OpenFlags.O_NONBLOCK) != 0)
                return Errno.EINVAL;
        }

        if (!TryGetFile(task, fd, out FileId file) || !_namedQueues.Current.GetStatus(file).TryGet(out NamedQueueStatus status, out _))
            return Errno.EBADF;
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out Errno error))
            return error;
        if (!@new.IsNull)
        {
            error = _control.Current.SetFlags(file, (flags & ~OpenFlags.O_NONBLOCK) | ((OpenFlags)wanted.mq_flags & OpenFlags.O_NONBLOCK));
            if (error != Errno.None)
                return error;
        }

        if (old.IsNull)
            return SysResult.Zero;
        var answer = new MqAttr
        {
            mq_flags = (long)(flags & OpenFlags.O_NONBLOCK),
            mq_maxmsg = status.Limits.Messages,
            mq_msgsize = status.Limits.MessageSize,
            mq_curmsgs = status.Messages,
        };
        return old.TryWrite(in answer, out SysResult stop) ? SysResult.Zero : stop;
    }

    private static bool TryReadDeadline(UserPointer<Timespec> timeout, out long deadline, out SysResult stop)
    {
        deadline = long.MaxValue;
        if (!timeout.TryRead(out Timespec time, out stop))
            return false;
        if (!IsValid(in time))
        {
            stop = Errno.EINVAL;
            return false;
        }

        deadline = ToNanoseconds(in time);
        return true;
    }

    /// <summary>Waits for room or a message up to a time of the wall clock.</summary>
    private SysResult WaitForQueue(GuestTask task, FileId file, Errno error, long deadline)
    {
        if (error != Errno.EAGAIN || IsNonBlocking(file))
            return error;
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        if (task.Restart.Reason == WakeReason.TimedOut || (deadline != long.MaxValue && _clock.Now(ClockId.CLOCK_REALTIME).ValueOrDefault >= deadline))
            return Errno.ETIMEDOUT;
        WaitSet wait = task.Wait.Begin(InterruptKind.Restartable).On(_events.Current.KeyOf(file, task));
        if (deadline != long.MaxValue)
            wait.Until(ClockId.CLOCK_REALTIME, deadline);
        return SysResult.Wait(wait);
    }
}
