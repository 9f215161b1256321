using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory.Ipc;

/// <summary>System V message queues (ipc/msg.c).</summary>
internal sealed class MessageQueues : IMessageQueues
{
    private const uint IPC_NOWAIT = 0x800;
    private const uint MSG_NOERROR = 0x1000;
    private const uint MSG_EXCEPT = 0x2000;
    private const uint MSG_COPY = 0x4000;
    private const int MSGMNI = 32000;
    private const int MSGMAX = 8192;
    private const int MSGMNB = 16384;
    private const ulong RoomScope = 2;
    private const ulong MessageScope = 3;
    private const long Parked = 1;

    private readonly IpcTable<MessageQueue> _table = new(MSGMNI);
    private readonly IKernelClock _clock;
    private readonly IWaitQueues _waits;

    public MessageQueues(IKernelClock clock, IWaitQueues waits)
    {
        _clock = clock;
        _waits = waits;
    }

    public IpcUse Use => new(
        _table.Count, _table.HighestIndex, _table.All.Sum(static queue => (long)queue.Messages.Count), _table.All.Sum(static queue => queue.Bytes));

    public int NextSequence => _table.NextSequence;

    private long Now => _clock.Now(ClockId.CLOCK_REALTIME).ValueOrDefault / 1_000_000_000;

    public Result<int> Get(GuestTask task, int key, uint flags)
    {
        if (!_table.FindForGet(key, flags).TryGet(out MessageQueue? found, out Errno error))
            return error;
        if (found is not null)
            return IpcAccess.Allows(task, found.Permissions, flags & 0x1FF) ? found.Id : Errno.EACCES;
        var queue = new MessageQueue(_table.NextId(), IpcAccess.New(task, key, flags)) { ChangeTime = Now, MostBytes = MSGMNB };
        _table.Add(queue);
        return queue.Id;
    }

    public SysResult Send(GuestTask task, int id, long type, byte[] text, uint flags)
    {
        if (text.Length > MSGMAX || id < 0 || type < 1)
            return Errno.EINVAL;
        RestartState restart = task.Restart;
        bool wasParked = restart.Progress == Parked;
        if (_table.Find(id) is not { } queue)
            return wasParked ? Errno.EIDRM : Errno.EINVAL;
        if (!IpcAccess.Allows(task, queue.Permissions, IpcAccess.Write))
            return Errno.EACCES;
        if (queue.Bytes + text.Length > queue.MostBytes || queue.Messages.Count + 1 > queue.MostBytes)
        {
            if ((flags & IPC_NOWAIT) != 0)
                return Errno.EAGAIN;
            if (wasParked && restart.Reason == WakeReason.Interrupted)
                return Errno.EINTR;
            restart.Progress = Parked;
            return SysResult.Wait(task.Wait.Begin(InterruptKind.NeverRestarted).On(new WaitKey(WaitKind.Ipc, (ulong)id, RoomScope)));
        }

        queue.Messages.Add((type, text));
        queue.Bytes += text.Length;
        queue.LastSender = task.Group.Pid;
        queue.SendTime = Now;
        _waits.Wake(new WaitKey(WaitKind.Ipc, (ulong)id, MessageScope));
        return SysResult.Zero;
    }

    public SysResult Receive(GuestTask task, int id, long type, ulong most, uint flags, out long receivedType, out byte[] text)
    {
        receivedType = 0;
        text = [];
        if (id < 0 || (long)most < 0)
            return Errno.EINVAL;
        bool copies = (flags & MSG_COPY) != 0;
        if (copies && (flags & (MSG_EXCEPT | IPC_NOWAIT)) != IPC_NOWAIT)
            return Errno.EINVAL;
        RestartState restart = task.Restart;
        bool wasParked = restart.Progress == Parked;
        if (_table.Find(id) is not { } queue)
            return wasParked ? Errno.EIDRM : Errno.EINVAL;
        if (!IpcAccess.Allows(task, queue.Permissions, IpcAccess.Read))
            return Errno.EACCES;
        int index = copies ? queue.At(type) : queue.Find(type, (flags & MSG_EXCEPT) != 0);
        if (index < 0)
        {
            if ((flags & IPC_NOWAIT) != 0)
                return Errno.ENOMSG;
            if (wasParked && restart.Reason == WakeReason.Interrupted)
                return Errno.EINTR;
            restart.Progress = Parked;
            return SysResult.Wait(task.Wait.Begin(InterruptKind.NeverRestarted).On(new WaitKey(WaitKind.Ipc, (ulong)id, MessageScope)));
        }

        (receivedType, text) = queue.Messages[index];
        if ((ulong)text.Length > most)
        {
            if ((flags & MSG_NOERROR) == 0)
                return Errno.E2BIG;
            if (copies)
                return Errno.EINVAL; // A copy is never cut short (copy_msg).
        }

        if (copies)
            return text.Length;

        queue.Messages.RemoveAt(index);
        queue.Bytes -= text.Length;
        queue.LastReceiver = task.Group.Pid;
        queue.ReceiveTime = Now;
        _waits.Wake(new WaitKey(WaitKind.Ipc, (ulong)id, RoomScope));
        return (long)Math.Min((ulong)text.Length, most);
    }

    public Result<MessageQueueStatus> GetStatus(GuestTask task, int id, IpcLookup lookup) =>
        _table.Find(task, id, lookup).TryGet(out MessageQueue? queue, out Errno error) ? StatusOf(queue) : error;

    public Errno Change(GuestTask task, int id, uint user, uint group, uint mode, ulong mostBytes)
    {
        if (_table.Find(id) is not { } queue)
            return Errno.EINVAL;
        if (!IpcAccess.MayChange(task, queue.Permissions) || (mostBytes > MSGMNB && !task.Credentials.IsPrivileged))
            return Errno.EPERM;
        queue.Permissions = queue.Permissions with { User = user, Group = group, Mode = mode & 0x1FF };
        queue.MostBytes = (long)Math.Min(mostBytes, long.MaxValue);
        queue.ChangeTime = Now;
        WakeAll(queue);
        return Errno.None;
    }

    public Errno Remove(GuestTask task, int id)
    {
        if (_table.Find(id) is not { } queue)
            return Errno.EINVAL;
        if (!IpcAccess.MayChange(task, queue.Permissions))
            return Errno.EPERM;
        _table.Remove(queue);
        WakeAll(queue);
        return Errno.None;
    }

    public IReadOnlyList<(MessageQueueStatus Status, IReadOnlyList<(long Type, byte[] Text)> Messages)> Capture() =>
        [.. _table.All.Select(queue => (StatusOf(queue), (IReadOnlyList<(long, byte[])>)queue.Messages.ToArray()))];

    public void Restore(IEnumerable<(MessageQueueStatus Status, IReadOnlyList<(long Type, byte[] Text)> Messages)> queues, int nextSequence)
    {
        _table.Clear();
        _table.NextSequence = nextSequence;
        foreach ((MessageQueueStatus status, IReadOnlyList<(long Type, byte[] Text)> messages) in queues)
        {
            var queue = new MessageQueue(status.Id, status.Permissions)
            {
                SendTime = status.SendTime,
                ReceiveTime = status.ReceiveTime,
                ChangeTime = status.ChangeTime,
                Bytes = status.Bytes,
                MostBytes = status.MostBytes,
                LastSender = status.LastSender,
                LastReceiver = status.LastReceiver,
            };
            queue.Messages.AddRange(messages);
            _table.Place(queue);
        }
    }

    private static MessageQueueStatus StatusOf(MessageQueue queue) => new(
        queue.Id,
        queue.Permissions,
        queue.SendTime,
        queue.ReceiveTime,
        queue.ChangeTime,
        queue.Bytes,
        queue.Messages.Count,
        queue.MostBytes,
        queue.LastSender,
        queue.LastReceiver);

    private void WakeAll(MessageQueue queue)
    {
        _waits.Wake(new WaitKey(WaitKind.Ipc, (ulong)queue.Id, RoomScope));
        _waits.Wake(new WaitKey(WaitKind.Ipc, (ulong)queue.Id, MessageScope));
    }

    private sealed class MessageQueue(int id, IpcPermissions permissions) : IpcObject(id, permissions)
    {
        public List<(long Type, byte[] Text)> Messages { get; } = [];

        public long Bytes { get; set; }

        public long MostBytes { get; set; }

        public long SendTime { get; set; }

        public long ReceiveTime { get; set; }

        public long ChangeTime { get; set; }

        public int LastSender { get; set; }

        public int LastReceiver { get; set; }

        /// <summary>The place of the message with a number, from 0 (MSG_COPY).</summary>
        public int At(long number) => number >= 0 && number < Messages.Count ? (int)number : -1;

        /// <summary>The message that msgrcv takes: the first of all, of a type, not of it, or of the lowest type up to one.</summary>
        public int Find(long type, bool isExcept)
        {
            if (type == 0)
                return Messages.Count > 0 ? 0 : -1;
            if (type > 0)
                return Messages.FindIndex(message => (message.Type == type) != isExcept);
            long most = type == long.MinValue ? long.MaxValue : -type;
            int best = -1;
            for (int i = 0; i < Messages.Count; i++)
            {
                if (Messages[i].Type <= most && (best < 0 || Messages[i].Type < Messages[best].Type))
                    best = i;
            }

            return best;
        }
    }
}
