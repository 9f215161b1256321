using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>epoll_create1(2), epoll_ctl(2) and the answers of epoll_wait(2).</summary>
internal sealed class EventPollService : IEventPolls
{
    /// <summary>How deep epoll files may be nested: EP_MAX_NESTS and the innermost.</summary>
    private const int MostDepth = 5;

    private const uint AlwaysReported = (uint)(PollEvents.POLLERR | PollEvents.POLLHUP);
    private const uint AllowedWithExclusive = (uint)(PollEvents.POLLIN | PollEvents.POLLOUT) | AlwaysReported
        | EventPollBits.Wakeup | EventPollBits.EdgeTriggered | EventPollBits.Exclusive;

    private readonly VfsCore _core;
    private readonly EventPollDriver _driver;
    private readonly EventPollIndex _index;

    public EventPollService(VfsCore core)
    {
        _core = core;
        _driver = core.Special.Polls;
        _index = core.Special.PollIndex;
    }

    public Result<FileId> Create()
    {
        if (_core.NewFile(_driver, OpenFlags.O_RDWR) is not { } file)
            return Errno.ENFILE;
        file.Special = new EventPoll(file);
        return file.Id;
    }

    public Errno Control(GuestTask task, FileId pollId, EventPollOperation operation, int fd, FileId fileId, in EventPollEvent entry)
    {
        if (_core.Files.Find(pollId) is not { } pollFile || _core.Files.Find(fileId) is not { } file)
            return Errno.EBADF;
        if ((file.Flags & OpenFlags.O_PATH) != 0 || (pollFile.Flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        if (!file.Driver.CanPoll(file))
            return Errno.EPERM;
        if (pollFile == file || EventPollDriver.Of(pollFile) is not { } poll)
            return Errno.EINVAL;
        bool isExclusive = (entry.Events & EventPollBits.Exclusive) != 0;
        if (isExclusive && operation != EventPollOperation.Remove)
        {
            if (operation == EventPollOperation.Modify || EventPollDriver.Of(file) is not null || (entry.Events & ~AllowedWithExclusive) != 0)
                return Errno.EINVAL;
        }

        if (operation == EventPollOperation.Add && EventPollDriver.Of(file) is { } inner && !MayNest(poll, inner))
            return Errno.ELOOP;
        poll.Entries.TryGetValue(new EventPollKey(fd, fileId), out EventPollEntry? found);
        switch (operation)
        {
            case EventPollOperation.Add:
                return found is not null ? Errno.EEXIST : Add(task, poll, fd, file, entry);
            case EventPollOperation.Remove:
                if (found is null)
                    return Errno.ENOENT;
                Remove(found);
                return Errno.None;
            case EventPollOperation.Modify:
                if (found is null)
                    return Errno.ENOENT;
                return (found.Events & EventPollBits.Exclusive) != 0 ? Errno.EINVAL : Modify(task, found, entry);
            default:
                return Errno.EINVAL;
        }
    }

    public Result<int> Collect(GuestTask task, FileId pollId, Span<EventPollEvent> events)
    {
        if (EventPollDriver.Of(_core.Files.Find(pollId)) is not { } poll)
            return Errno.EINVAL;
        EventPollDriver.Ask(poll, task);
        int count = 0;

        // Entries that are still ready go to the end of the list: this is where this round stops.
        EventPollEntry? last = poll.Last;
        while (count < events.Length && poll.First is { } entry)
        {
            poll.Unlist(entry);
            PollEvents ready = EventPollDriver.ReadinessOf(entry, task);
            if (ready != PollEvents.None)
            {
                events[count++] = new EventPollEvent((uint)ready, entry.Data);
                entry.ReportedAt = entry.File.Reads;
                if ((entry.Events & EventPollBits.OneShot) != 0)
                    entry.Events &= EventPollBits.Private;
                else if ((entry.Events & EventPollBits.EdgeTriggered) == 0)
                    poll.Append(entry);
            }

            if (entry == last)
                break;
        }

        return count;
    }

    /// <summary>A file is about to be closed for good: its entries go with it (epoll(7), question 6).</summary>
    public void Forget(OpenFile file)
    {
        while (file.WatchedBy is { Count: > 0 } entries)
            Remove(entries[^1]);
    }

    private Errno Add(GuestTask task, EventPoll poll, int fd, OpenFile file, in EventPollEvent wanted)
    {
        var entry = new EventPollEntry
        {
            Owner = poll,
            Fd = fd,
            File = file,
            Key = file.Driver.KeyOf(file, task),
            Events = wanted.Events | AlwaysReported,
            Data = wanted.Data,
        };
        poll.Entries.Add(new EventPollKey(fd, file.Id), entry);
        _index.Add(entry);
        if (IsAsked(file))
            _driver.RefreshAsked(poll);
        ListIfReady(task, entry);
        return Errno.None;
    }

    private Errno Modify(GuestTask task, EventPollEntry entry, in EventPollEvent wanted)
    {
        entry.Events = wanted.Events | AlwaysReported;
        entry.Data = wanted.Data;
        entry.ReportedAt = -1;
        ListIfReady(task, entry);
        return Errno.None;
    }

    private void Remove(EventPollEntry entry)
    {
        EventPoll poll = entry.Owner;
        poll.Unlist(entry);
        poll.Entries.Remove(new EventPollKey(entry.Fd, entry.File.Id));
        _index.Remove(entry);
        if (poll.Asked.Contains(entry))
            _driver.RefreshAsked(poll);
    }

    private void ListIfReady(GuestTask task, EventPollEntry entry)
    {
        if (entry.IsListed || EventPollDriver.ReadinessOf(entry, task) == PollEvents.None)
            return;
        entry.Owner.Append(entry);
        _core.Wakes.Wake(entry.Owner.File, PollEvents.POLLIN);
    }

    private static bool IsAsked(OpenFile file)
    {
        var handles = new List<HostFileId>();
        file.Driver.AddHostHandles(file, handles);
        return handles.Count > 0;
    }

    // Neither a circle nor a chain of more than MostDepth may come about.
    private bool MayNest(EventPoll outer, EventPoll inner)
    {
        int below = DepthBelow(inner, outer, 1);
        return below > 0 && below + DepthAbove(outer, 1) <= MostDepth;
    }

    // How many levels there are from a file downwards; -1 when the other is among them or there are too many.
    private static int DepthBelow(EventPoll poll, EventPoll forbidden, int level)
    {
        if (poll == forbidden || level > MostDepth)
            return -1;
        int depth = 1;
        foreach (EventPollEntry entry in poll.Entries.Values)
        {
            if (EventPollDriver.Of(entry.File) is not { } inner)
                continue;
            int below = DepthBelow(inner, forbidden, level + 1);
            if (below < 0)
                return -1;
            depth = Math.Max(depth, below + 1);
        }

        return depth;
    }

    private int DepthAbove(EventPoll poll, int level)
    {
        if (level > MostDepth)
            return level;
        int depth = 1;
        foreach (EventPollEntry entry in _index.Of(FileWakes.KeyOf(poll.File)))
            depth = Math.Max(depth, DepthAbove(entry.Owner, level + 1) + 1);
        return depth;
    }
}
