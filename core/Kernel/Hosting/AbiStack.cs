using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;

namespace Kpio.Kernel.Hosting;

/// <summary>
/// The system call interface in force: the one that a plugin provides, with the chosen variants on top of it. Put together when the
/// machine is made, and again at each swap that changes a part of it.
/// </summary>
internal sealed class AbiStack
{
    private readonly KernelSlots _slots;
    private readonly PluginHost _plugins;
    private readonly IList<string> _layers;
    private readonly TierSelection? _tiers;

    public AbiStack(KernelSlots slots, PluginHost plugins, MachineSetup setup)
    {
        _slots = slots;
        _plugins = plugins;
        _layers = setup.AbiLayers;
        _tiers = setup.Tiers;
        ChosenPlugin = setup.AbiPlugin is { } source ? plugins.Find(source).Manifest.Name : null;
    }

    /// <summary>The name of the plugin whose interface the user has chosen by its path; null for none. A successor may have another name.</summary>
    public string? ChosenPlugin { get; set; }

    /// <summary>Puts the stack of what is loaded now into the slot.</summary>
    /// <exception cref="MachineSetupException">A variant is missing, or the chosen plugin has none.</exception>
    public void Build()
    {
        SlotBinding slot = _slots.FindSlot(typeof(ISyscallAbi))!;
        if (slot.Provided is not ISyscallAbi abi)
            return;
        for (int i = 0; i < _layers.Count; i++)
        {
            if (_layers[i] != abi.Name)
                abi = FindLayer(_layers[i], abi).Stack(abi);
        }

        if (ChosenPlugin is { } name)
            abi = StackPlugin(_plugins.Find(name)!, abi);
        if (_tiers is { } tiers)
            abi = new Execution.TierLayer(abi, tiers);
        _slots.Abi.Bind(abi);
    }

    private ISyscallLayer FindLayer(string name, ISyscallAbi below) =>
        _slots.AbiLayers.Current.FirstOrDefault(layer => layer.Name == name)
            ?? throw new MachineSetupException($"no plugin has an ABI named '{name}'; there are: {string.Join(", ", _slots.AbiLayers.Current.Select(l => l.Name).Prepend(below.Name))}");

    private static ISyscallAbi StackPlugin(PluginGeneration plugin, ISyscallAbi abi)
    {
        if (PluginHost.Provides(plugin.Manifest, typeof(ISyscallAbi)))
            return abi;
        if (!PluginHost.Provides(plugin.Manifest, typeof(ISyscallLayer)))
            throw new MachineSetupException($"plugin {plugin.Source.Path} has no ABI: it provides neither {nameof(ISyscallLayer)} nor {nameof(ISyscallAbi)}");
        try
        {
            foreach (ISyscallLayer layer in (IEnumerable<ISyscallLayer>)plugin.Services.GetService(typeof(IEnumerable<ISyscallLayer>))!)
                abi = layer.Stack(abi);
            return abi;
        }
        catch (Exception e) when (PluginHost.IsFailureOf(plugin.Source, e))
        {
            throw PluginHost.Failure(plugin.Source, e);
        }
    }
}
