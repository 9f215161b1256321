using Kpio.Contracts.State;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.Checkpoint;

/// <summary>Takes the records out of all plugins of a machine, and gives them to those of another, which need not be the same: what works on a record gets it.</summary>
internal sealed class PluginRecords
{
    private readonly KernelSlots _slots;
    private readonly PluginHost _host;

    public PluginRecords(KernelSlots slots, PluginHost host)
    {
        _slots = slots;
        _host = host;
    }

    public IReadOnlyList<PluginRecord> Capture()
    {
        var records = new List<PluginRecord>();
        foreach ((StateBinding kind, PluginGeneration plugin, object service) in Services())
        {
            PluginState state = kind.Capture(service);
            List<StateExtension> entries = [.. state.Extensions];
            foreach (HandedOnState handedOn in plugin.HandedOn)
            {
                if (handedOn.Kind == kind)
                    entries.Add(handedOn.Entry);
            }

            records.Add(new PluginRecord(plugin.Manifest.Name, state with { Extensions = entries }));
        }

        return records;
    }

    /// <summary>Gives each record to whoever works on it, in the order of the kinds: an own record to the plugin of the same name alone.</summary>
    /// <exception cref="SnapshotException">Nobody takes one, or it cannot be taken.</exception>
    public void Restore(IReadOnlyList<PluginRecord> records)
    {
        var left = new List<PluginRecord>(records);
        foreach ((StateBinding kind, PluginGeneration plugin, object service) in Services())
        {
            int index = left.FindIndex(record => kind.Takes(record.State) && (!kind.IsOwn || record.Plugin == plugin.Manifest.Name));
            if (index < 0)
                continue;
            Restore(kind, plugin, service, left[index].State);
            left.RemoveAt(index);
        }

        foreach (PluginRecord record in left)
        {
            if (record.State is not OwnState)
                throw new SnapshotException($"no plugin takes over the {record.State.GetType().Name} of plugin '{record.Plugin}'");
        }
    }

    private static void Restore(StateBinding kind, PluginGeneration plugin, object service, PluginState state)
    {
        foreach (StateExtension entry in state.Extensions)
        {
            if (kind.Reads(service, entry))
                continue;
            if (entry.Required)
                throw new SnapshotException($"plugin '{plugin.Manifest.Name}' cannot read what plugin '{entry.Plugin}' wrote into {kind.Name} and requires");
            plugin.HandedOn.Add(new HandedOnState(kind, entry));
        }

        Errno error = kind.Restore(service, state);
        if (error != Errno.None)
            throw new SnapshotException($"plugin '{plugin.Manifest.Name}' {plugin.Manifest.Version} cannot take over the {kind.Name} of version {state.Version}: {error}");
    }

    /// <summary>Who works on which kind of data now.</summary>
    private IEnumerable<(StateBinding Kind, PluginGeneration Plugin, object Service)> Services()
    {
        foreach (StateBinding kind in _slots.States)
        {
            if (kind.IsOwn)
            {
                foreach (PluginGeneration plugin in _host.Plugins)
                {
                    if (kind.Find(plugin) is { } own)
                        yield return (kind, plugin, own);
                }

                continue;
            }

            foreach (SlotBinding slot in _slots.Slots)
            {
                if (slot.State != kind || slot.Owner is not { } owner)
                    continue;
                if (kind.Find(owner) is { } service)
                    yield return (kind, owner, service);
                break;
            }
        }
    }
}
