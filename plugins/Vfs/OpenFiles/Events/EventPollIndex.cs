using Kpio.Contracts.Process;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>
/// The entries of all epoll files by the key that tells of them. The kernel is asked to report a key's wakes while any entry has it. A
/// wake moves the key's entries to their owners' ready lists and wakes the owners in turn, so that nested ones learn of it.
/// </summary>
internal sealed class EventPollIndex : IWakeListener
{
    private readonly FileWakes _wakes;
    private Dictionary<WaitKey, List<EventPollEntry>>? _byKey;

    public EventPollIndex(FileWakes wakes) => _wakes = wakes;

    public void Add(EventPollEntry entry)
    {
        _byKey ??= [];
        if (!_byKey.TryGetValue(entry.Key, out List<EventPollEntry>? entries))
        {
            _byKey.Add(entry.Key, entries = []);
            _wakes.Queues.Subscribe(entry.Key);
        }

        entries.Add(entry);
        (entry.File.WatchedBy ??= []).Add(entry);
    }

    public void Remove(EventPollEntry entry)
    {
        List<EventPollEntry> entries = Of(entry.Key);
        entries.Remove(entry);
        entry.File.WatchedBy?.Remove(entry);
        if (entries.Count > 0)
            return;
        _byKey?.Remove(entry.Key);
        _wakes.Queues.Unsubscribe(entry.Key);
    }

    /// <summary>The entries that learn of the file by this key.</summary>
    public List<EventPollEntry> Of(WaitKey key) => _byKey is not null && _byKey.TryGetValue(key, out List<EventPollEntry>? entries) ? entries : [];

    public void OnWake(WaitKey key)
    {
        List<EventPollEntry> entries = Of(key);

        // Of those that wake alone (EPOLLEXCLUSIVE), the first whose owner somebody waits for is enough.
        PollEvents became = _wakes.Current;
        bool isTaken = false;
        for (int i = 0; i < entries.Count; i++)
        {
            EventPollEntry entry = entries[i];
            if ((entry.Interests & became) == 0)
                continue;
            bool isExclusive = (entry.Events & EventPollBits.Exclusive) != 0;
            if (isExclusive && isTaken)
                continue;
            entry.Owner.Append(entry);
            int woken = _wakes.Wake(entry.Owner.File, PollEvents.POLLIN);
            isTaken |= isExclusive && woken > 0;
        }
    }
}
