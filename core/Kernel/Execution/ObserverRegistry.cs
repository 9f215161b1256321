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
    private volatile ISyscallObserver[] _observers = [];

    public ObserverRegistry(Action<string> report) => _report = report;

    public void Add(ISyscallObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_lock)
            Replace([.. _observers, observer]);
    }

    public void Remove(ISyscallObserver observer)
    {
        lock (_lock)
            Replace([.. _observers.Where(other => !ReferenceEquals(other, observer))]);
    }

    /// <summary>The observers to be told of this call, or null when there are none: the one test that a call pays for.</summary>
    public ISyscallObserver[]? For(uint number) => _interests is { } interests && interests.Contains(number) ? _observers : null;

    public void Enter(ISyscallObserver[] observers, GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
        foreach (ISyscallObserver observer in observers)
        {
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
    public void Exit(ISyscallObserver[] observers, GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
        ISyscallObserver[] current = _observers;
        foreach (ISyscallObserver observer in observers)
        {
            if (!observer.Interests.Contains(frame.Number) || (!ReferenceEquals(observers, current) && !current.Contains(observer)))
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
        foreach (ISyscallObserver observer in _observers)
        {
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
        foreach (ISyscallObserver observer in _observers)
        {
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

    private void Replace(ISyscallObserver[] observers)
    {
        SyscallSet? interests = null;
        foreach (ISyscallObserver observer in observers)
        {
            interests ??= new SyscallSet();
            interests.UnionWith(observer.Interests);
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
