using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>
/// Those who are told of calls. Adding and removing is possible from any thread; the run loop reads one combined set of calls
/// (null when nobody wants any) and one array, both replaced whole. An observer that throws is taken off the list: tracing must
/// not end a guest.
/// </summary>
internal sealed class ObserverRegistry : IObserverRegistry, ITaskObserver
{
    private readonly object _lock = new();
    private readonly Action<string> _report;
    private volatile SyscallSet? _interests;
    private volatile ObserverEntry[] _observers = [];

    public ObserverRegistry(Action<string> report) => _report = report;

    public void Add(ISyscallObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        AddEntry(observer);
    }

    /// <summary>All of them; null when there are none.</summary>
    public ObserverEntry[]? All => _observers is { Length: > 0 } observers ? observers : null;

    /// <summary>Adds an observer in whose place another one may be put.</summary>
    public ObserverEntry AddEntry(ISyscallObserver observer)
    {
        var entry = new ObserverEntry(observer);
        lock (_lock)
            Replace([.. _observers, entry]);
        return entry;
    }

    public void Remove(ISyscallObserver observer)
    {
        lock (_lock)
            Replace([.. _observers.Where(other => !ReferenceEquals(other.Observer, observer))]);
    }

    /// <summary>Puts observers in the places of others: a call that those were told of ends for these.</summary>
    public void Exchange(IReadOnlyList<(ObserverEntry Entry, ISyscallObserver Observer)> exchanges)
    {
        lock (_lock)
        {
            foreach ((ObserverEntry entry, ISyscallObserver observer) in exchanges)
                entry.Observer = observer;
            Replace(_observers);
        }
    }

    /// <summary>The observers to be told of this call, or null when there are none: the one test that a call pays for.</summary>
    public ObserverEntry[]? For(uint number) => _interests is { } interests && interests.Contains(number) ? _observers : null;

    public void Enter(ObserverEntry[] observers, GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
        foreach (ObserverEntry entry in observers)
        {
            ISyscallObserver observer = entry.Observer;
            if (!observer.Interests.Contains(frame.Number))
                continue;
            try
            {
                observer.OnEnter(task, in frame, info);
            }
            catch (Exception e)
            {
                Drop(observer, e);
            }
        }
    }

    /// <summary>Tells those who were told of the call's beginning of its end, unless they have been removed since.</summary>
    public void Exit(ObserverEntry[] observers, GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
        ObserverEntry[] current = _observers;
        foreach (ObserverEntry entry in observers)
        {
            ISyscallObserver observer = entry.Observer;
            if (!observer.Interests.Contains(frame.Number) || (!ReferenceEquals(observers, current) && !current.Contains(entry)))
                continue;
            try
            {
                observer.OnExit(task, in frame, info, result);
            }
            catch (Exception e)
            {
                Drop(observer, e);
            }
        }
    }

    public bool IsListening => _observers.Length > 0;

    public void OnStart(GuestTask parent, GuestTask child)
    {
        foreach (ObserverEntry entry in _observers)
        {
            ISyscallObserver observer = entry.Observer;
            if (observer is not ITaskObserver taskObserver)
                continue;
            try
            {
                taskObserver.OnStart(parent, child);
            }
            catch (Exception e)
            {
                Drop(observer, e);
            }
        }
    }

    public void OnStop(GuestTask task, Signal signal) =>
        Tell(task, static (observer, task, signal, _) => observer.OnStop(task, signal.Signal), new SignalInfo(signal, 0), 0);

    public void OnExec(GuestTask task) => Tell(task, static (observer, task, _, _) => observer.OnExec(task), default, 0);

    public void OnSignal(GuestTask task, in SignalInfo signal) =>
        Tell(task, static (observer, task, signal, _) => observer.OnSignal(task, in signal), signal, 0);

    public void OnEnd(GuestTask task, int status) => Tell(task, static (observer, task, _, status) => observer.OnEnd(task, status), default, status);

    private void Tell(GuestTask task, Action<ITaskObserver, GuestTask, SignalInfo, int> tell, SignalInfo signal, int status)
    {
        foreach (ObserverEntry entry in _observers)
        {
            ISyscallObserver observer = entry.Observer;
            if (observer is not ITaskObserver taskObserver)
                continue;
            try
            {
                tell(taskObserver, task, signal, status);
            }
            catch (Exception e)
            {
                Drop(observer, e);
            }
        }
    }

    private void Replace(ObserverEntry[] observers)
    {
        SyscallSet? interests = null;
        foreach (ObserverEntry entry in observers)
        {
            interests ??= new SyscallSet();
            interests.UnionWith(entry.Observer.Interests);
        }

        _observers = observers;
        _interests = interests;
    }

    private void Drop(ISyscallObserver observer, Exception e)
    {
        Remove(observer);
        _report($"the observer {observer.GetType().Name} failed and is off from now on: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
    }
}

/// <summary>The place of one observer. Calls that wait remember who was told of their beginning by it, so that a swap can put another observer there.</summary>
internal sealed class ObserverEntry(ISyscallObserver observer)
{
    private volatile ISyscallObserver _observer = observer;

    public ISyscallObserver Observer
    {
        get => _observer;
        set => _observer = value;
    }
}
