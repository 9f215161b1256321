using Kpio.Contracts.Abi;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>msgget(2), msgsnd(2), msgrcv(2) and msgctl(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const int MSG_STAT = 11;
    private const int MSG_INFO = 12;
    private const int MSG_STAT_ANY = 13;
    private const int MSGMAX = 8192;
    private const int MSGMNB = 16384;
    private const int MSGMNI = 32000;

    private SysResult Msgget(GuestTask task, int key, int flags) => SysResult.From(_messages.Current.Get(task, key, (uint)flags));

    private SysResult Msgsnd(GuestTask task, int msqid, ulong message, ulong size, int flags)
    {
        if (!new UserPointer<long>(task, message).TryRead(out long type, out SysResult stop))
            return stop;
        if (size > MSGMAX || msqid < 0 || type < 1)
            return Errno.EINVAL;
        var text = new byte[size];
        return task.Memory.TryRead(task, message + sizeof(long), text, out stop) ? _messages.Current.Send(task, msqid, type, text, (uint)flags) : stop;
    }

    private SysResult Msgrcv(GuestTask task, int msqid, ulong message, ulong size, long type, int flags)
    {
        SysResult received = _messages.Current.Receive(task, msqid, type, size, (uint)flags, out long receivedType, out byte[] text);
        if (!received.IsCompleted || received.IsError)
            return received;

        // As on Linux, a message that cannot be delivered is lost.
        if (!new UserPointer<long>(task, message).TryWrite(in receivedType, out SysResult stop))
            return stop;
        return task.Memory.TryWrite(task, message + sizeof(long), text.AsSpan(0, (int)received.Raw), out stop) ? received : stop;
    }

    private SysResult Msgctl(GuestTask task, int msqid, int command, ulong buffer)
    {
        if (msqid < 0 || command < 0)
            return Errno.EINVAL;
        IMessageQueues queues = _messages.Current;
        SysResult stop;
        switch (command)
        {
            case IpcRemove:
                return queues.Remove(task, msqid);
            case IpcSet:
                return new UserPointer<Msqid64Ds>(task, buffer).TryRead(out Msqid64Ds wanted, out stop)
                    ? queues.Change(task, msqid, wanted.msg_perm.uid, wanted.msg_perm.gid, wanted.msg_perm.mode, wanted.msg_qbytes)
                    : stop;
            case IpcInfo or MSG_INFO:
                IpcUse use = queues.Use;
                var limits = new Msginfo
                {
                    msgpool = command == MSG_INFO ? use.Count : MSGMNI * MSGMNB / 1024,
                    msgmap = command == MSG_INFO ? (int)use.Total : MSGMNB,
                    msgmax = MSGMAX,
                    msgmnb = MSGMNB,
                    msgmni = MSGMNI,
                    msgssz = 16,
                    msgtql = command == MSG_INFO ? (int)use.TotalBytes : MSGMNB,
                    msgseg = 0xFFFF,
                };
                return new UserPointer<Msginfo>(task, buffer).TryWrite(in limits, out stop) ? Math.Max(0, use.HighestIndex) : stop;
            case IpcStat or MSG_STAT or MSG_STAT_ANY:
                if (!queues.GetStatus(task, msqid, LookupOf(command, IpcStat, MSG_STAT)).TryGet(out MessageQueueStatus? status, out Errno error))
                    return error;
                var described = new Msqid64Ds
                {
                    msg_perm = Describe(status.Id, status.Permissions),
                    msg_stime = status.SendTime,
                    msg_rtime = status.ReceiveTime,
                    msg_ctime = status.ChangeTime,
                    msg_cbytes = (ulong)status.Bytes,
                    msg_qnum = (ulong)status.Messages,
                    msg_qbytes = (ulong)status.MostBytes,
                    msg_lspid = status.LastSender,
                    msg_lrpid = status.LastReceiver,
                };
                if (!new UserPointer<Msqid64Ds>(task, buffer).TryWrite(in described, out stop))
                    return stop;
                return command == IpcStat ? SysResult.Zero : status.Id;
            default:
                return Errno.EINVAL;
        }
    }
}
