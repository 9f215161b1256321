using System.Text;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles.Events;

namespace Kpio.Plugins.Vfs.OpenFiles.Queues;

/// <summary>Open POSIX message queues, and the queues themselves: files of a file system of their own on Linux (mqueue).</summary>
internal sealed class NamedQueueDriver : SpecialDriver
{
    /// <summary>st_size and the most that read(2) gives (FILENT_SIZE of ipc/mqueue.c).</summary>
    private const int DescriptionLength = 80;

    /// <summary>The st_dev that Linux gives its mqueue file system at a usual start: nothing depends on the number.</summary>
    private const ulong QueueDevice = 17;

    private readonly FileWakes _wakes;

    public NamedQueueDriver(FileWakes wakes) => _wakes = wakes;

    public override OpenFileKind Kind => OpenFileKind.NamedQueue;

    /// <summary>The queues, those without a name too.</summary>
    public PlainList<NamedQueue> Queues { get; } = new();

    /// <summary>The inode number of the next queue.</summary>
    public ulong NextInode { get; private set; } = 2;

    /// <summary>Whether any queue has a notice to give: closing a descriptor asks.</summary>
    public bool HasNotices { get; private set; }

    protected override string Name => "mqueue";

    public static NamedQueue? Of(OpenFile? file) => file?.Special as NamedQueue;

    public override byte[]? ShownName(OpenFile file)
    {
        NamedQueue queue = QueueOf(file);
        return [(byte)'/', .. queue.Name, .. queue.IsUnlinked ? " (deleted)"u8 : default];
    }

    /// <summary>The queue's description: its bytes, and who is to be told (mq_overview(7)).</summary>
    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        NamedQueue queue = QueueOf(file);
        int how = queue.Notice is { Signal: 0 } ? 1 : 0; // SIGEV_NONE; SIGEV_SIGNAL, and nobody, are 0
        string text = $"QSIZE:{queue.Bytes,-10} NOTIFY:{how,-5} SIGNO:{queue.Notice?.Signal ?? 0,-5} NOTIFY_PID:{queue.Notice?.Pid ?? 0,-6}\n";
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        long from = offset >= 0 ? offset : file.Position;
        if (from >= bytes.Length)
            return 0;
        int count = (int)Math.Min(destination.Length, bytes.Length - from);
        bytes.AsSpan((int)from, count).CopyTo(destination);
        if (offset < 0)
            file.Position = from + count;
        return count;
    }

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        NamedQueue queue = QueueOf(file);
        PollEvents ready = PollEvents.None;
        if (queue.Messages.Count > 0)
            ready |= PollEvents.POLLIN | PollEvents.POLLRDNORM;
        if (!queue.IsFull)
            ready |= PollEvents.POLLOUT | PollEvents.POLLWRNORM;
        return ready & interests;
    }

    public override Result<NodeAttributes> Stat(OpenFile file)
    {
        NamedQueue queue = QueueOf(file);
        return new NodeAttributes
        {
            Kind = FileKind.Regular,
            Device = QueueDevice,
            Inode = queue.Inode,
            Permissions = queue.Mode,
            Links = queue.IsUnlinked ? 0u : 1,
            User = queue.User,
            Group = queue.Group,
            Size = DescriptionLength,
            BlockSize = 4096,
            AccessTime = queue.Time,
            ModifyTime = queue.Time,
            ChangeTime = queue.Time,
        };
    }

    public override void Close(OpenFile file)
    {
        NamedQueue queue = QueueOf(file);
        queue.Files.Remove(file);
        Discard(queue);
    }

    /// <summary>Takes a queue out that has neither a name nor an open file.</summary>
    public void Discard(NamedQueue queue)
    {
        if (queue.IsUnlinked && queue.Files.Count == 0)
            Queues.Remove(queue);
    }

    /// <summary>A queue that is new, with a number of its own.</summary>
    public NamedQueue Add(Func<ulong, NamedQueue> make)
    {
        NamedQueue queue = make(NextInode++);
        Queues.Add(queue);
        return queue;
    }

    /// <summary>Wakes whoever waits for the queue through any open file; answers how many tasks that were.</summary>
    public int Wake(NamedQueue queue, PollEvents became)
    {
        int woken = 0;
        for (int i = 0; i < queue.Files.Count; i++)
            woken += _wakes.Wake(queue.Files[i], became);
        return woken;
    }

    /// <summary>Sets who is told of the next message; null for nobody.</summary>
    public void SetNotice(NamedQueue queue, NamedQueueNotice? notice, DescriptorTable? owner)
    {
        queue.Notice = notice;
        queue.NoticeOwner = owner;
        HasNotices = Queues.Exists(static other => other.Notice is not null);
    }

    /// <summary>A process closes a descriptor of the queue: its wish for a notice goes.</summary>
    public void ForgetNotice(DescriptorTable table, FileId id)
    {
        foreach (NamedQueue queue in Queues)
        {
            if (ReferenceEquals(queue.NoticeOwner, table) && queue.Files.Exists(file => file.Id == id))
            {
                SetNotice(queue, null, null);
                return;
            }
        }
    }

    public override SpecialFileState Capture(OpenFile file) => new NamedQueueFileState { Queue = QueueOf(file).Inode };

    public override Errno Restore(OpenFile file, SpecialFileState state)
    {
        if (state is not NamedQueueFileState saved || Queues.Find(queue => queue.Inode == saved.Queue) is not { } found)
            return Errno.EINVAL;
        file.Special = found;
        found.Files.Add(file);
        return Errno.None;
    }

    public IReadOnlyList<NamedQueueState> CaptureQueues() => [.. Queues.ToArray().Select(static queue => new NamedQueueState
    {
        Inode = queue.Inode,
        Name = queue.Name,
        IsUnlinked = queue.IsUnlinked,
        Limits = queue.Limits,
        Mode = queue.Mode,
        User = queue.User,
        Group = queue.Group,
        Time = queue.Time,
        Messages = [.. queue.Messages],
        Notice = queue.Notice,
        NoticeOwner = queue.NoticeOwner,
    })];

    public void RestoreQueues(IReadOnlyList<NamedQueueState> states)
    {
        foreach (NamedQueueState saved in states)
        {
            var queue = new NamedQueue
            {
                Inode = saved.Inode,
                Name = saved.Name,
                IsUnlinked = saved.IsUnlinked,
                Limits = saved.Limits,
                Mode = saved.Mode,
                User = saved.User,
                Group = saved.Group,
                Time = saved.Time,
            };
            foreach ((uint priority, byte[] text) in saved.Messages)
                queue.Add(priority, text);
            Queues.Add(queue);
            SetNotice(queue, saved.Notice, saved.NoticeOwner);
            NextInode = Math.Max(NextInode, saved.Inode + 1);
        }
    }

    private static NamedQueue QueueOf(OpenFile file) => (NamedQueue)file.Special!;
}
