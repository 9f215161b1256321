using Kpio.Contracts.Values;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.OpenFiles.Watches;

/// <summary>An event that was not read yet.</summary>
internal sealed record WatchEvent(int Watch, uint Mask, uint Cookie, byte[] Name)
{
    /// <summary>The bytes of struct inotify_event with its name.</summary>
    public int Length => 16 + NameLength;

    /// <summary>The name with at least one NUL, up to a multiple of the structure's size.</summary>
    public int NameLength => Name.Length == 0 ? 0 : (Name.Length + 16) & ~15;

    public bool IsSameAs(WatchEvent other) => Watch == other.Watch && Mask == other.Mask && Name.AsSpan().SequenceEqual(other.Name);
}

/// <summary>A watched node of one queue.</summary>
internal sealed class Watch
{
    public required WatchQueue Queue { get; init; }

    public required int Number { get; init; }

    public required Mount Mount { get; init; }

    public required NodeId Node { get; init; }

    /// <summary>The events wanted and IN_ONESHOT, IN_EXCL_UNLINK.</summary>
    public uint Mask { get; set; }
}

/// <summary>The data of one inotify file: its watches, and events in their order.</summary>
internal sealed class WatchQueue
{
    /// <summary>/proc/sys/fs/inotify/max_queued_events.</summary>
    private const int MostEvents = 16384;

    public WatchQueue(OpenFile file, uint user)
    {
        File = file;
        User = user;
    }

    public OpenFile File { get; }

    /// <summary>Against whose number of queues it counts.</summary>
    public uint User { get; }

    public Dictionary<int, Watch> Watches { get; } = [];

    public Queue<WatchEvent> Events { get; } = new();

    public int NextWatch { get; set; } = 1;

    private WatchEvent? _last;

    /// <summary>Adds an event; one like the last unread one adds nothing. False when nothing new is there to be told.</summary>
    public bool Add(WatchEvent added)
    {
        if (Events.Count > 0 && _last is not null && _last.IsSameAs(added))
            return false;
        if (Events.Count >= MostEvents)
        {
            if (_last?.Mask == WatchEvents.Overflow)
                return false;
            added = new WatchEvent(-1, WatchEvents.Overflow, 0, []);
        }

        Events.Enqueue(added);
        _last = added;
        return true;
    }
}
