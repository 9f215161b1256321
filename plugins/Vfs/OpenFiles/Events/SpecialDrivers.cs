using Kpio.Contracts.State;
using Kpio.Plugins.Vfs.OpenFiles.Queues;
using Kpio.Plugins.Vfs.OpenFiles.Sockets;
using Kpio.Plugins.Vfs.OpenFiles.Watches;

namespace Kpio.Plugins.Vfs.OpenFiles.Events;

/// <summary>The drivers of files that lie in no tree.</summary>
internal sealed class SpecialDrivers
{
    private readonly SpecialDriver[] _all;

    public SpecialDrivers(VfsServices services, OpenFileTable files, FileWakes wakes, WatchDriver watches)
    {
        PollIndex = new EventPollIndex(wakes);
        Polls = new EventPollDriver(files, wakes, PollIndex);
        Counters = new EventCounterDriver(wakes);
        Timers = new TimerDriver(services.Timers);
        Signals = new SignalDriver(services.Signals);
        Processes = new ProcessDriver(services.Tasks);
        Watches = watches;
        Sockets = new SocketDriver(files, wakes);
        NamedQueues = new NamedQueueDriver(wakes);
        _all = [Polls, Counters, Timers, Signals, Processes, Watches, Sockets, NamedQueues];
    }

    public EventPollIndex PollIndex { get; }

    public EventPollDriver Polls { get; }

    public EventCounterDriver Counters { get; }

    public TimerDriver Timers { get; }

    public SignalDriver Signals { get; }

    public ProcessDriver Processes { get; }

    public WatchDriver Watches { get; }

    public SocketDriver Sockets { get; }

    public NamedQueueDriver NamedQueues { get; }

    /// <summary>The driver of a kind; null for the kinds that lie in trees, and for unknown ones.</summary>
    public SpecialDriver? Find(OpenFileKind kind)
    {
        foreach (SpecialDriver driver in _all)
        {
            if (driver.Kind == kind)
                return driver;
        }

        return null;
    }
}
