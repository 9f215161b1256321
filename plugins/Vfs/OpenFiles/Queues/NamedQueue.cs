using Kpio.Contracts.Ipc;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Queues;

/// <summary>A POSIX message queue. It lives as long as its name or an open file of it.</summary>
internal sealed class NamedQueue
{
    /// <summary>What counts for a message beside its text (getrlimit(2), RLIMIT_MSGQUEUE): sizeof(struct msg_msg).</summary>
    private const long MessageOverhead = 48;

    /// <summary>What counts for each priority that the messages may have (the same): sizeof(struct posix_msg_tree_node).</summary>
    private const long PriorityOverhead = 48;

    private const long MQ_PRIO_MAX = 32768;

    private readonly List<(uint Priority, byte[] Text)> _messages = [];

    public required ulong Inode { get; init; }

    public required byte[] Name { get; init; }

    public required NamedQueueLimits Limits { get; init; }

    public required uint Mode { get; init; }

    public required uint User { get; init; }

    public required uint Group { get; init; }

    /// <summary>When it was made.</summary>
    public required FileTime Time { get; init; }

    public bool IsUnlinked { get; set; }

    public NamedQueueNotice? Notice { get; set; }

    /// <summary>The descriptors of the process that asked for the notice: it takes its wish back when it closes the queue.</summary>
    public DescriptorTable? NoticeOwner { get; set; }

    /// <summary>Its open files: each has waiters of its own.</summary>
    public PlainList<OpenFile> Files { get; } = new();

    /// <summary>The messages, the next one first.</summary>
    public IReadOnlyList<(uint Priority, byte[] Text)> Messages => _messages;

    public bool IsFull => _messages.Count >= Limits.Messages;

    /// <summary>Bytes of the texts.</summary>
    public long Bytes { get; private set; }

    /// <summary>What it takes of its user's RLIMIT_MSGQUEUE.</summary>
    public long Charge => ChargeOf(Limits);

    public static long ChargeOf(NamedQueueLimits limits) =>
        (limits.Messages * (limits.MessageSize + MessageOverhead)) + (Math.Min(limits.Messages, MQ_PRIO_MAX) * PriorityOverhead);

    /// <summary>Adds a message behind those of its priority and above.</summary>
    public void Add(uint priority, byte[] text)
    {
        int at = _messages.Count;
        while (at > 0 && _messages[at - 1].Priority < priority)
            at--;
        _messages.Insert(at, (priority, text));
        Bytes += text.Length;
    }

    public (uint Priority, byte[] Text) Take()
    {
        (uint, byte[] Text) first = _messages[0];
        _messages.RemoveAt(0);
        Bytes -= first.Text.Length;
        return first;
    }
}
