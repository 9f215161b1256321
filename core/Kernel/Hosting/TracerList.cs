using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Kernel.Execution;
using Kpio.Kernel.HotSwap;

namespace Kpio.Kernel.Hosting;

/// <summary>
/// The observers that plugins have made: tracers and statistics that somebody asked for, and observers that a plugin brings as a service.
/// At a swap of their plugin the new generation's take their places, with what they had counted and the calls that they had begun to write.
/// </summary>
internal sealed class TracerList
{
    private readonly ObserverRegistry _registry;
    private readonly PluginHost _plugins;
    private readonly PlainList<Seat> _seats = new();

    public TracerList(ObserverRegistry registry, PluginHost plugins)
    {
        _registry = registry;
        _plugins = plugins;
    }

    /// <summary>Adds the observers that the loaded plugins bring. Once, when the machine is made.</summary>
    public void AddServices()
    {
        for (int i = 0; i < _plugins.Plugins.Count; i++)
        {
            PluginGeneration plugin = _plugins.Plugins[i];
            if (!PluginHost.Provides(plugin.Manifest, typeof(ISyscallObserver)))
                continue;
            ISyscallObserver[] observers = ServicesOf(plugin);
            for (int j = 0; j < observers.Length; j++)
                AddService(plugin, observers[j], j);
        }
    }

    /// <summary>Adds an observer that the first plugin makes which can; null when none can.</summary>
    public TracerHandle<T>? Add<T>(Func<ITracerFactory, T?> make)
        where T : class, ISyscallObserver
    {
        foreach (PluginGeneration plugin in _plugins.Plugins)
        {
            if (Make(plugin, make) is not T observer)
                continue;
            var seat = new Seat(_registry.AddEntry(observer), plugin, next => Make(next, make), hasOwnData: true);
            lock (_seats)
                _seats.Add(seat);
            return new TracerHandle<T>(this, seat);
        }

        return null;
    }

    /// <summary>Takes an observer off.</summary>
    public void Remove(Seat seat)
    {
        lock (_seats)
            _seats.Remove(seat);
        _registry.Remove(seat.Entry.Observer);
    }

    /// <summary>What those have gathered that have data of their own, for a snapshot.</summary>
    public IReadOnlyList<TracerRecord> Capture()
    {
        var records = new List<TracerRecord>();
        lock (_seats)
        {
            foreach (Seat seat in _seats)
            {
                if (seat.HasOwnData && seat.Entry.Observer is IStatefulService<OwnState> tracer)
                    records.Add(new TracerRecord(tracer.GetType().FullName!, tracer.Capture()));
            }
        }

        return records;
    }

    /// <summary>Gives each record to a tracer of its class, where there is one. Answers the first that cannot take its own, or null.</summary>
    public string? Restore(IReadOnlyList<TracerRecord> records)
    {
        var left = new List<TracerRecord>(records);
        lock (_seats)
        {
            foreach (Seat seat in _seats)
            {
                if (!seat.HasOwnData || seat.Entry.Observer is not IStatefulService<OwnState> tracer)
                    continue;
                int index = left.FindIndex(record => record.Type == tracer.GetType().FullName);
                if (index < 0)
                    continue;
                if (tracer.Restore(left[index].State) != Errno.None)
                    return left[index].Type;
                left.RemoveAt(index);
            }
        }

        return null;
    }

    /// <summary>Makes the observers of a new generation and gives them the data of the old ones', with every processor stopped.</summary>
    /// <exception cref="SwapException">The new generation cannot make one, or would lose data.</exception>
    public List<Exchange> Prepare(PluginGeneration outgoing, PluginGeneration incoming)
    {
        var exchanges = new List<Exchange>();
        lock (_seats)
        {
            foreach (Seat seat in _seats)
            {
                if (seat.Owner != outgoing)
                    continue;
                ISyscallObserver old = seat.Entry.Observer;
                ISyscallObserver successor = seat.Make(incoming)
                    ?? throw new SwapException(SwapStep.Restore, $"plugin '{incoming.Manifest.Name}' {incoming.Manifest.Version} has no successor for a {old.GetType().Name} that is in use");
                if (seat.HasOwnData && old is IStatefulService<OwnState> from)
                    Hand(from, successor as IStatefulService<OwnState>, incoming);
                exchanges.Add(new Exchange(seat, old, successor, outgoing, incoming));
            }
        }

        return exchanges;
    }

    /// <summary>Puts the new ones into their places.</summary>
    public void Commit(List<Exchange> exchanges) => Apply(exchanges, static exchange => (exchange.Successor, exchange.Incoming));

    /// <summary>Puts the old ones back.</summary>
    public void Undo(List<Exchange> exchanges) => Apply(exchanges, static exchange => (exchange.Old, exchange.Outgoing));

    private void Apply(List<Exchange> exchanges, Func<Exchange, (ISyscallObserver Observer, PluginGeneration Owner)> choose)
    {
        if (exchanges.Count == 0)
            return;
        foreach (Exchange exchange in exchanges)
            exchange.Seat.Owner = choose(exchange).Owner;
        _registry.Exchange([.. exchanges.Select(exchange => (exchange.Seat.Entry, choose(exchange).Observer))]);
    }

    private static void Hand(IStatefulService<OwnState> from, IStatefulService<OwnState>? to, PluginGeneration incoming)
    {
        Errno error = to?.Restore(from.Capture()) ?? Errno.EOPNOTSUPP;
        if (error != Errno.None)
            throw new SwapException(SwapStep.Restore, $"plugin '{incoming.Manifest.Name}' {incoming.Manifest.Version} cannot take over what a tracer has gathered: {error}");
    }

    private static T? Make<T>(PluginGeneration plugin, Func<ITracerFactory, T?> make)
        where T : class, ISyscallObserver
    {
        if (!PluginHost.Provides(plugin.Manifest, typeof(ITracerFactory)))
            return null;
        foreach (ITracerFactory factory in (IEnumerable<ITracerFactory>)plugin.Services.GetService(typeof(IEnumerable<ITracerFactory>))!)
        {
            if (make(factory) is { } observer)
                return observer;
        }

        return null;
    }

    private static ISyscallObserver[] ServicesOf(PluginGeneration plugin) =>
        [.. (IEnumerable<ISyscallObserver>)plugin.Services.GetService(typeof(IEnumerable<ISyscallObserver>))!];

    private void AddService(PluginGeneration plugin, ISyscallObserver observer, int index)
    {
        // Its data is the plugin's, which goes over with it.
        _seats.Add(new Seat(_registry.AddEntry(observer), plugin, next => ServicesOf(next).ElementAtOrDefault(index), hasOwnData: false));
    }

    /// <summary>The place of one observer.</summary>
    /// <param name="entry">Its entry among all observers.</param>
    /// <param name="owner">Whose it is.</param>
    /// <param name="make">Makes the one of another generation, or null.</param>
    /// <param name="hasOwnData">Whether its data is its own, and not its plugin's.</param>
    internal sealed class Seat(ObserverEntry entry, PluginGeneration owner, Func<PluginGeneration, ISyscallObserver?> make, bool hasOwnData)
    {
        public ObserverEntry Entry => entry;

        public PluginGeneration Owner { get; set; } = owner;

        public bool HasOwnData => hasOwnData;

        public ISyscallObserver? Make(PluginGeneration plugin) => make(plugin);
    }

    /// <summary>One observer for another.</summary>
    internal sealed record Exchange(Seat Seat, ISyscallObserver Old, ISyscallObserver Successor, PluginGeneration Outgoing, PluginGeneration Incoming);
}

/// <summary>A tracer that stays the same one for whoever asked for it, whatever plugin makes it.</summary>
/// <typeparam name="T">What it is.</typeparam>
public sealed class TracerHandle<T>
    where T : class, ISyscallObserver
{
    private readonly TracerList _list;
    private readonly TracerList.Seat _seat;

    internal TracerHandle(TracerList list, TracerList.Seat seat)
    {
        _list = list;
        _seat = seat;
    }

    /// <summary>The one in force. Not to be kept.</summary>
    public T Current => (T)_seat.Entry.Observer;

    /// <summary>Takes it off.</summary>
    public void Remove() => _list.Remove(_seat);
}
