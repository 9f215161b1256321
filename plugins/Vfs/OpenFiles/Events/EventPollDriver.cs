using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>epoll files as open files (epoll(7)); what is done with them is <see cref="EventPollService"/>'s.</summary>
internal sealed class EventPollDriver : SpecialDriver
{
    private readonly OpenFileTable _files;
    private readonly FileWakes _wakes;
    private readonly EventPollIndex _index;

    public EventPollDriver(OpenFileTable files, FileWakes wakes, EventPollIndex index)
    {
        _files = files;
        _wakes = wakes;
        _index = index;
    }

    public override OpenFileKind Kind => OpenFileKind.EventPoll;

    protected override string Name => "[eventpoll]";

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task)
    {
        const PollEvents Readable = PollEvents.POLLIN | PollEvents.POLLRDNORM;
        if ((interests & Readable) == 0)
            return PollEvents.None;
        EventPoll poll = PollOf(file);
        Ask(poll, task);
        while (poll.First is { } entry)
        {
            if (ReadinessOf(entry, task) != PollEvents.None)
                return interests & Readable;
            poll.Unlist(entry);
        }

        return PollEvents.None;
    }

    public override void AddHostHandles(OpenFile file, List<HostFileId> handles)
    {
        foreach (EventPollEntry entry in PollOf(file).Asked)
            entry.File.Driver.AddHostHandles(entry.File, handles);
    }

    public override void Close(OpenFile file)
    {
        EventPoll poll = PollOf(file);
        foreach (EventPollEntry entry in poll.Entries.Values)
            _index.Remove(entry);
        poll.Entries.Clear();
        poll.Asked.Clear();
        _wakes.Queues.Unwatch(FileWakes.KeyOf(file));
    }

    public override SpecialFileState Capture(OpenFile file)
    {
        EventPoll poll = PollOf(file);
        var entries = new List<EventPollEntryState>();

        // Those that may be ready first, in their order.
        for (EventPollEntry? entry = poll.First; entry is not null; entry = entry.Next)
            entries.Add(Capture(entry));
        foreach (EventPollEntry entry in poll.Entries.Values)
        {
            if (!entry.IsListed)
                entries.Add(Capture(entry));
        }

        return new EventPollState { Entries = entries };
    }

    public override Errno Restore(OpenFile file, SpecialFileState state)
    {
        file.Special = new EventPoll(file);
        return state is EventPollState ? Errno.None : Errno.EINVAL;
    }

    public override Errno Connect(OpenFile file, SpecialFileState state)
    {
        EventPoll poll = PollOf(file);
        foreach (EventPollEntryState saved in ((EventPollState)state).Entries)
        {
            if (_files.Find(saved.File) is not { } watched)
                return Errno.EINVAL;
            var entry = new EventPollEntry { Owner = poll, Fd = saved.Fd, File = watched, Key = saved.Key, Events = saved.Events, Data = saved.Data };
            if (!poll.Entries.TryAdd(new EventPollKey(saved.Fd, saved.File), entry))
                return Errno.EINVAL;
            _index.Add(entry);
            if (saved.IsListed)
                poll.Append(entry);
        }

        return Errno.None;
    }

    /// <summary>The data of an epoll file; null for any other.</summary>
    public static EventPoll? Of(OpenFile? file) => file?.Special as EventPoll;

    /// <summary>What of an entry's interests is ready.</summary>
    public static PollEvents ReadinessOf(EventPollEntry entry, GuestTask? task)
    {
        PollEvents interests = entry.Interests;
        return interests == PollEvents.None ? interests : entry.File.Driver.Poll(entry.File, interests, task) & interests;
    }

    /// <summary>Lists the entries that nobody tells about when they are ready.</summary>
    public static void Ask(EventPoll poll, GuestTask? task)
    {
        foreach (EventPollEntry entry in poll.Asked)
        {
            // An edge of a stream: something is there, and it was read from since the last report.
            bool isNew = (entry.Events & EventPollBits.EdgeTriggered) == 0 || entry.ReportedAt != entry.File.Reads;
            if (!entry.IsListed && isNew && ReadinessOf(entry, task) != PollEvents.None)
                poll.Append(entry);
        }
    }

    /// <summary>After entries came or went: which of them must be asked, and which handles of the host tell that it is time to; here and in those that watch this file.</summary>
    public void RefreshAsked(EventPoll poll)
    {
        var handles = new List<HostFileId>();
        poll.Asked.Clear();
        foreach (EventPollEntry entry in poll.Entries.Values)
        {
            int before = handles.Count;
            entry.File.Driver.AddHostHandles(entry.File, handles);
            if (handles.Count > before)
                poll.Asked.Add(entry);
        }

        WaitKey key = FileWakes.KeyOf(poll.File);
        _wakes.Queues.Unwatch(key);
        foreach (HostFileId handle in handles)
            _wakes.Queues.Watch(key, handle);
        foreach (EventPollEntry outer in _index.Of(key))
            RefreshAsked(outer.Owner);
    }

    private static EventPollEntryState Capture(EventPollEntry entry) =>
        new(entry.Fd, entry.File.Id, entry.Key, entry.Events, entry.Data, entry.IsListed);

    private static EventPoll PollOf(OpenFile file) => (EventPoll)file.Special!;
}
