using Kpio.Contracts.State;
using Kpio.Contracts.Vfs;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.HotSwap;

/// <summary>
/// A list of swaps that happen together or not at all: one method a step, in the order of <see cref="SwapStep"/>. Up to the end of
/// <see cref="Rebind"/> everything is undone by <see cref="Drop"/>; the old generations have not been touched.
/// </summary>
internal sealed class SwapUnit
{
    private readonly PluginHost _host;
    private readonly KernelSlots _slots;
    private readonly AbiStack _abi;
    private readonly TracerList _tracers;
    private readonly List<PluginGeneration> _incoming = [];
    private readonly List<PluginSwap> _swaps;
    private readonly List<PluginReplacement> _replacements = [];
    private readonly List<TracerList.Exchange> _exchanges = [];

    public SwapUnit(IReadOnlyList<PluginSwap> swaps, PluginHost host, KernelSlots slots, AbiStack abi, TracerList tracers)
    {
        _swaps = [.. swaps];
        _host = host;
        _slots = slots;
        _abi = abi;
        _tracers = tracers;
    }

    /// <summary>What changes hands.</summary>
    public IReadOnlyList<PluginReplacement> Replacements => _replacements;

    /// <summary>Whether any of the new code is compiled when it is first run.</summary>
    public bool NeedsRehearsal => _incoming.Exists(static plugin => plugin.IsUnloadable);

    /// <summary>Loads the new generations, makes their services and works out what changes hands. While the guests run.</summary>
    public void Load(bool warms)
    {
        foreach (PluginSwap swap in _swaps)
            _incoming.Add(_host.Open(swap.Source));
        Plan();
        if (FindHolderOfTrees() is { } holder)
        {
            _swaps.Add(new PluginSwap(holder.Source, holder.Manifest.Name));
            _incoming.Add(_host.Open(holder.Source));
            Plan();
        }

        foreach (PluginGeneration plugin in _incoming)
        {
            if (warms && plugin.IsUnloadable)
                MethodWarmer.Prepare(plugin);
        }
    }

    /// <summary>Takes the data out of the old generations. From here to <see cref="Rebind"/> with every processor stopped.</summary>
    public void Capture()
    {
        // Another swap may have come between: those that happen on the machine's own thread wait for nobody.
        if (!_replacements.TrueForAll(replacement => replacement.IsCurrent(_host)))
            Plan();
        foreach (PluginReplacement replacement in _replacements)
        {
            foreach (StateTransfer transfer in replacement.States)
                transfer.Capture();
        }
    }

    private void Plan()
    {
        _replacements.Clear();
        for (int i = 0; i < _incoming.Count; i++)
        {
            var replacement = PluginReplacement.Plan(_host, _slots, _incoming[i], _swaps[i].Replaces);
            if (_replacements.Exists(other => other.Overlaps(replacement)))
                throw new SwapException(SwapStep.Load, $"plugin '{_incoming[i].Manifest.Name}' takes over what another one of the same list does");
            _replacements.Add(replacement);
        }
    }

    /// <summary>
    /// The plugin that holds mounted trees, when a type of file system changes and it does not: trees that the old generation made would stay in force.
    /// It is replaced by itself, and so makes them again from their records with the new generation.
    /// </summary>
    private PluginGeneration? FindHolderOfTrees()
    {
        bool changesType = _replacements.Exists(static replacement => replacement.Outgoing is { } outgoing && PluginHost.Provides(outgoing.Manifest, typeof(IFileSystemType)));
        PluginGeneration? holder = changesType ? _slots.FindSlot(typeof(IVfsMounts))?.Owner : null;
        return holder is null || _replacements.Exists(replacement => replacement.Outgoing == holder || replacement.Slots.Exists(taken => taken.Owner == holder)) ? null : holder;
    }

    /// <summary>Gives the data to the new generations. They see the lists as they will be: a VFS makes the trees of a plugin of the same unit again with its new generation.</summary>
    public void Restore()
    {
        _host.CollectLists(plugin => _replacements.Find(replacement => replacement.Outgoing == plugin)?.Incoming ?? plugin);
        foreach (PluginReplacement replacement in _replacements)
        {
            foreach (StateTransfer transfer in replacement.States)
                transfer.Restore();
            if (replacement.Outgoing is { } outgoing)
                _exchanges.AddRange(_tracers.Prepare(outgoing, replacement.Incoming));
        }
    }

    /// <summary>Puts the lists back as they were before <see cref="Restore"/>: what follows does not happen.</summary>
    public void Undo() => _host.CollectLists();

    /// <summary>Puts the new services into the slots and lists: the commit point. An exception leaves everything as it was.</summary>
    public void Rebind()
    {
        List<PluginGeneration> before = [.. _host.Plugins];
        string?[] owners = _abi.Owners;
        var changed = new List<(SlotBinding Slot, PluginGeneration? Owner, object? Provided)>();
        try
        {
            foreach (PluginReplacement replacement in _replacements)
            {
                _host.Replace(replacement.Outgoing, replacement.Incoming);
                _abi.Follow(replacement.Outgoing?.Manifest.Name, replacement.Incoming.Manifest.Name);
                foreach ((SlotBinding slot, _, object service) in replacement.Slots)
                {
                    changed.Add((slot, slot.Owner, slot.Provided));
                    slot.Bind(replacement.Incoming, service);
                }
            }

            _host.CollectLists();
            _abi.Build();
            _tracers.Commit(_exchanges);
        }
        catch
        {
            _tracers.Undo(_exchanges);
            for (int i = changed.Count - 1; i >= 0; i--)
                changed[i].Slot.Bind(changed[i].Owner, changed[i].Provided);
            _host.Reset(before);
            _abi.Owners = owners;
            _host.CollectLists();
            _abi.Build();
            throw;
        }
    }

    /// <summary>Disposes of the old generations that nothing is left of, and answers what is known of each.</summary>
    public List<Retired> Retire(Action<string> report)
    {
        var retired = new List<Retired>();
        for (int i = 0; i < _replacements.Count; i++)
        {
            PluginReplacement replacement = _replacements[i];
            if (replacement.Outgoing is not { } outgoing)
                continue;
            retired.Add(new Retired(i, outgoing.Forget()));
            try
            {
                outgoing.Dispose();
            }
            catch (Exception e)
            {
                report($"plugin '{outgoing.Manifest.Name}' {outgoing.Manifest.Version}, which was replaced, has failed at its end: {e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}");
            }
        }

        return retired;
    }

    /// <summary>The swap does not happen: the new generations go.</summary>
    public void Drop()
    {
        foreach (PluginGeneration plugin in _incoming)
        {
            try
            {
                plugin.Dispose();
            }
            catch (Exception) when (!plugin.Source.IsBuiltIn)
            {
                // A plugin whose swap has failed may fail at its end too; the first failure is the one that is told.
            }
        }
    }

    /// <summary>The size of what went over.</summary>
    public StateSize Measure()
    {
        var sum = default(StateSize);
        foreach (PluginReplacement replacement in _replacements)
        {
            foreach (StateTransfer transfer in replacement.States)
                sum += transfer.State!.Measure();
        }

        return sum;
    }

    /// <summary>An old generation that was disposed of.</summary>
    /// <param name="Index">Which of the unit's plugins it made room for.</param>
    /// <param name="Assembly">Its load context, to see when it is gone; null for one that stays.</param>
    internal readonly record struct Retired(int Index, WeakReference? Assembly);
}
