using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Names;

namespace Kpio.Plugins.Vfs.OpenFiles.Queues;

/// <summary>What the calls of mq_overview(7) do.</summary>
internal sealed class NamedQueueService : INamedQueues
{
    private const int NAME_MAX = 255;
    private const int MostQueues = 256; // fs/mqueue/queues_max
    private const int RLIMIT_MSGQUEUE = 12;

    // What a queue has without limits of its own, which is also the most that a user without privilege may ask for
    // (fs/mqueue/msg_max, msgsize_max), and the most of all (HARD_MSGMAX, HARD_MSGSIZEMAX of ipc_namespace.h).
    private static readonly NamedQueueLimits Usual = new(10, 8192), Greatest = new(65536, 16 << 20);

    private readonly VfsCore _core;
    private readonly NamedQueueDriver _driver;

    public NamedQueueService(VfsCore core)
    {
        _core = core;
        _driver = core.Special.NamedQueues;
    }

    public Result<FileId> Open(GuestTask task, ReadOnlySpan<byte> name, OpenFlags flags, uint mode, NamedQueueLimits? limits)
    {
        Errno error = CheckName(name);
        if (error != Errno.None)
            return error;
        NamedQueue? queue = Find(name);
        bool isNew = false;
        if (queue is null)
        {
            if ((flags & OpenFlags.O_CREAT) == 0)
                return Errno.ENOENT;
            if (!Make(task, name, mode, limits).TryGet(out queue, out error))
                return error;
            isNew = true;
        }
        else
        {
            if ((flags & (OpenFlags.O_CREAT | OpenFlags.O_EXCL)) == (OpenFlags.O_CREAT | OpenFlags.O_EXCL))
                return Errno.EEXIST;
            uint access = (uint)flags & 3;
            if (access == 3)
                return Errno.EINVAL;
            uint wanted = access switch { 0 => Permission.Read, 1 => Permission.Write, _ => Permission.Read | Permission.Write };
            error = Permission.Check(AttributesOf(queue), task.Credentials, wanted);
            if (error != Errno.None)
                return error;
        }

        if (_core.NewFile(_driver, flags & (OpenFlags.O_WRONLY | OpenFlags.O_RDWR | OpenFlags.O_NONBLOCK)) is not { } file)
        {
            if (isNew)
                _driver.Queues.Remove(queue);
            return Errno.ENFILE;
        }

        file.Special = queue;
        queue.Files.Add(file);
        return file.Id;
    }

    public Errno Unlink(GuestTask task, ReadOnlySpan<byte> name)
    {
        Errno error = CheckName(name);
        if (error != Errno.None)
            return error;
        if (Find(name) is not { } queue)
            return Errno.ENOENT;

        // The directory of the queues has the sticky bit and is root's.
        if (task.Credentials.FileSystemUser != 0 && task.Credentials.FileSystemUser != queue.User)
            return Errno.EPERM;
        queue.IsUnlinked = true;
        _driver.Discard(queue);
        return Errno.None;
    }

    public Errno Send(FileId id, byte[] message, uint priority, out NamedQueueNotice? notice)
    {
        notice = null;
        OpenFile? file = _core.Files.Find(id);
        if (NamedQueueDriver.Of(file) is not { } queue || !file!.CanWrite)
            return Errno.EBADF;
        if (queue.IsFull)
            return Errno.EAGAIN;
        bool wasEmpty = queue.Messages.Count == 0;
        queue.Add(priority, message);
        int woken = _driver.Wake(queue, PollEvents.POLLIN | PollEvents.POLLRDNORM);

        // Who already waits gets the message, and nobody is told.
        if (wasEmpty && woken == 0 && queue.Notice is { } due)
        {
            _driver.SetNotice(queue, null, null);
            notice = due;
        }

        return Errno.None;
    }

    public Result<byte[]> Receive(FileId id, out uint priority)
    {
        priority = 0;
        OpenFile? file = _core.Files.Find(id);
        if (NamedQueueDriver.Of(file) is not { } queue || !file!.CanRead)
            return Errno.EBADF;
        if (queue.Messages.Count == 0)
            return Errno.EAGAIN;
        (priority, byte[] text) = queue.Take();
        _driver.Wake(queue, PollEvents.POLLOUT | PollEvents.POLLWRNORM);
        return text;
    }

    public Result<NamedQueueStatus> GetStatus(FileId id)
    {
        OpenFile? file = _core.Files.Find(id);
        return NamedQueueDriver.Of(file) is { } queue
            ? new NamedQueueStatus(queue.Limits, queue.Messages.Count, file!.CanRead, file.CanWrite)
            : Errno.EBADF;
    }

    public Errno Notify(GuestTask task, FileId id, NamedQueueNotice? notice)
    {
        if (NamedQueueDriver.Of(_core.Files.Find(id)) is not { } queue)
            return Errno.EBADF;
        if (notice is null)
        {
            if (queue.Notice?.Pid == task.Group.Pid)
                _driver.SetNotice(queue, null, null);
            return Errno.None;
        }

        if (queue.Notice is not null)
            return Errno.EBUSY;
        _driver.SetNotice(queue, notice, task.Descriptors);
        return Errno.None;
    }

    private Result<NamedQueue> Make(GuestTask task, ReadOnlySpan<byte> name, uint mode, NamedQueueLimits? limits)
    {
        NamedQueueLimits wanted = limits ?? Usual;
        NamedQueueLimits most = task.Credentials.IsPrivileged ? Greatest : Usual;
        if (wanted.Messages <= 0 || wanted.MessageSize <= 0 || wanted.Messages > most.Messages || wanted.MessageSize > most.MessageSize)
            return Errno.EINVAL;
        Credentials who = task.Credentials;
        if (_driver.Queues.ToArray().Count(static queue => !queue.IsUnlinked) >= MostQueues && !who.IsPrivileged)
            return Errno.ENOSPC;
        long charged = _driver.Queues.ToArray().Where(queue => queue.User == who.FileSystemUser).Sum(static queue => queue.Charge);
        if ((ulong)(charged + NamedQueue.ChargeOf(wanted)) > task.Group.Limits[RLIMIT_MSGQUEUE].Soft)
            return Errno.EMFILE;
        byte[] kept = name.ToArray();
        return _driver.Add(inode => new NamedQueue
        {
            Inode = inode,
            Name = kept,
            Limits = wanted,
            Mode = mode & 0x1FF & ~task.FileSystem.Umask,
            User = who.FileSystemUser,
            Group = who.FileSystemGroup,
            Time = _core.Clock.Now,
        });
    }

    private NamedQueue? Find(ReadOnlySpan<byte> name)
    {
        foreach (NamedQueue queue in _driver.Queues)
        {
            if (!queue.IsUnlinked && name.SequenceEqual(queue.Name))
                return queue;
        }

        return null;
    }

    private static Errno CheckName(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
            return Errno.ENOENT;
        if (name.Length > NAME_MAX)
            return Errno.ENAMETOOLONG;
        return name.Contains((byte)'/') || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8) ? Errno.EACCES : Errno.None;
    }

    private static NodeAttributes AttributesOf(NamedQueue queue) =>
        new() { Kind = FileKind.Regular, Permissions = queue.Mode, User = queue.User, Group = queue.Group };
}
