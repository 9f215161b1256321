using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles.Signals;

namespace Kpio.Plugins.Vfs.OpenFiles.Watches;

/// <summary>Signals of changes in directories (fcntl(2), F_NOTIFY), which know of no names. Told by <see cref="NodeWatches"/>.</summary>
internal sealed class DirectoryNotices
{
    /// <summary>DN_MULTISHOT.</summary>
    public const uint Repeated = 0x8000_0000;

    private const uint Accessed = 1;
    private const uint Modified = 2;
    private const uint Created = 4;
    private const uint Deleted = 8;
    private const uint Renamed = 0x10;
    private const uint Attributes = 0x20;

    private readonly FileSignals _signals;
    private readonly PlainList<OpenFile> _files = new();

    public DirectoryNotices(FileSignals signals) => _signals = signals;

    /// <summary>Whether anybody is to be told of anything.</summary>
    public bool Any => _files.Count != 0;

    /// <summary>Asks for more, on behalf of a descriptor table.</summary>
    public void Add(OpenFile file, long owner, int descriptor, uint events)
    {
        if (file.Notices is null)
            _files.Add(file);
        List<DirectoryNoticeState> notices = file.Notices ??= [];
        int at = notices.FindIndex(notice => notice.Owner == owner);
        if (at < 0)
            notices.Add(new DirectoryNoticeState(owner, descriptor, events));
        else
            notices[at] = notices[at] with { Descriptor = descriptor, Events = notices[at].Events | events };
    }

    /// <summary>A descriptor table has closed the file, or asks no more.</summary>
    public void Remove(OpenFile file, long owner)
    {
        if (file.Notices is { } notices && notices.RemoveAll(notice => notice.Owner == owner) > 0)
            DropIfEmpty(file);
    }

    /// <summary>The file is closed.</summary>
    public void Forget(OpenFile file)
    {
        file.Notices = null;
        _files.Remove(file);
    }

    public void Restore(OpenFile file, IReadOnlyList<DirectoryNoticeState> notices)
    {
        foreach (DirectoryNoticeState notice in notices)
            Add(file, notice.Owner, notice.Descriptor, notice.Events);
    }

    /// <summary>Something happened to a directory or to what is in it: inotify's events.</summary>
    public void Tell(Mount mount, NodeId node, uint events)
    {
        uint wanted = 0;
        if ((events & WatchEvents.Access) != 0)
            wanted |= Accessed;
        if ((events & WatchEvents.Modify) != 0)
            wanted |= Modified;
        if ((events & (WatchEvents.Create | WatchEvents.MovedTo)) != 0)
            wanted |= Created;
        if ((events & (WatchEvents.Delete | WatchEvents.MovedFrom)) != 0)
            wanted |= Deleted;
        if ((events & WatchEvents.Attributes) != 0)
            wanted |= Attributes;
        if (wanted != 0)
            Send(mount, node, wanted);
    }

    /// <summary>A name in a directory became another in the same one.</summary>
    public void TellOfRename(Mount mount, NodeId node) => Send(mount, node, Renamed);

    // Who asked last is told first.
    private void Send(Mount mount, NodeId node, uint events)
    {
        for (int i = _files.Count - 1; i >= 0; i--)
        {
            OpenFile file = _files[i];
            if (file.Mount != mount || file.Node != node)
                continue;
            List<DirectoryNoticeState> notices = file.Notices!;
            for (int j = notices.Count - 1; j >= 0; j--)
            {
                DirectoryNoticeState notice = notices[j];
                if ((notice.Events & events) == 0)
                    continue;
                if (file.Signals is { } owner)
                    _signals.Send(owner, notice.Descriptor, FileBand.Message);
                if ((notice.Events & Repeated) == 0)
                    notices.RemoveAt(j);
            }

            DropIfEmpty(file);
        }
    }

    private void DropIfEmpty(OpenFile file)
    {
        if (file.Notices is { Count: 0 })
            Forget(file);
    }
}
