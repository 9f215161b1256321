using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>The data of one epoll file: its entries, and of those the list that may be ready, oldest first.</summary>
internal sealed class EventPoll
{
    public EventPoll(OpenFile file) => File = file;

    /// <summary>The epoll file itself.</summary>
    public OpenFile File { get; }

    public Dictionary<EventPollKey, EventPollEntry> Entries { get; } = [];

    /// <summary>Entries that depend on a handle of the host, directly or through a nested epoll file: nobody says when those become ready, so they are asked.</summary>
    public List<EventPollEntry> Asked { get; } = [];

    public EventPollEntry? First { get; private set; }

    public EventPollEntry? Last { get; private set; }

    public void Append(EventPollEntry entry)
    {
        if (entry.IsListed)
            return;
        entry.IsListed = true;
        entry.Previous = Last;
        entry.Next = null;
        if (Last is null)
            First = entry;
        else
            Last.Next = entry;
        Last = entry;
    }

    public void Unlist(EventPollEntry entry)
    {
        if (!entry.IsListed)
            return;
        entry.IsListed = false;
        if (entry.Previous is null)
            First = entry.Next;
        else
            entry.Previous.Next = entry.Next;
        if (entry.Next is null)
            Last = entry.Previous;
        else
            entry.Next.Previous = entry.Previous;
        entry.Previous = entry.Next = null;
    }
}

/// <summary>What tells entries apart: the descriptor's number together with the open file.</summary>
internal readonly record struct EventPollKey(int Fd, FileId File);

/// <summary>One watched file of an epoll file.</summary>
internal sealed class EventPollEntry
{
    public required EventPoll Owner { get; init; }

    public required int Fd { get; init; }

    public required OpenFile File { get; init; }

    /// <summary>The key by whose wakes it learns of the file.</summary>
    public required WaitKey Key { get; init; }

    /// <summary>EPOLL* bits as they were set; without any event after a oneshot entry was reported.</summary>
    public uint Events { get; set; }

    public ulong Data { get; set; }

    /// <summary>Whether it stands in the owner's list.</summary>
    public bool IsListed { get; set; }

    public EventPollEntry? Previous { get; set; }

    public EventPollEntry? Next { get; set; }

    /// <summary>Of a stream of the host: the <see cref="OpenFile.Reads"/> at which it was last reported.</summary>
    public int ReportedAt { get; set; } = -1;

    public PollEvents Interests => (PollEvents)Events & EventPollBits.Readiness;
}

/// <summary>Bits of epoll_event.events that are no readiness (epoll_ctl(2)).</summary>
internal static class EventPollBits
{
    public const uint Exclusive = 1u << 28;
    public const uint Wakeup = 1u << 29;
    public const uint OneShot = 1u << 30;
    public const uint EdgeTriggered = 1u << 31;
    public const uint Private = Exclusive | Wakeup | OneShot | EdgeTriggered;
    public const PollEvents Readiness = (PollEvents)~Private;
}
