using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Hosting;

/// <summary>
/// The system call interface in force: the one that a plugin provides, with the chosen variants on top of it. Put together when the
/// machine is made, and again at each swap that changes a part of it.
/// </summary>
internal sealed class AbiStack
{
    private readonly KernelSlots _slots;
    private readonly PluginHost _plugins;
    private readonly PlainList<AbiTier> _tiers;

    // The plugin that each tier comes from, by its name: a successor may have another one. Replaced whole.
    private string?[] _owners;

    public AbiStack(KernelSlots slots, PluginHost plugins, MachineSetup setup)
    {
        _slots = slots;
        _plugins = plugins;
        _tiers = setup.AbiTiers;
        _owners = new string?[_tiers.Count];
        for (int i = 0; i < _tiers.Count; i++)
            _owners[i] = _tiers[i].Plugin is { } source ? plugins.Find(source).Manifest.Name : null;
    }

    /// <summary>Which plugins the tiers come from, to go back to.</summary>
    public string?[] Owners
    {
        get => _owners;
        set => _owners = value;
    }

    /// <summary>A plugin has taken another one's place, perhaps under another name: its tiers stay chosen.</summary>
    public void Follow(string? old, string successor)
    {
        if (old is not null && old != successor)
            _owners = Array.ConvertAll(_owners, owner => owner == old ? successor : owner);
    }

    /// <summary>The named tiers and those of plugins, for a machine whose plugins are <paramref name="find"/>'s.</summary>
    public PlainList<AbiTier> Describe(Func<string, PluginSource> find)
    {
        var tiers = new PlainList<AbiTier>();
        for (int i = 0; i < _tiers.Count; i++)
        {
            if (_owners[i] is { } owner)
                tiers.Add(AbiTier.Of(find(owner)));
            else if (_tiers[i].Name is not null)
                tiers.Add(_tiers[i]);
        }

        return tiers;
    }

    /// <summary>What is put on top of everything else, given the interface below; null for nothing.</summary>
    public Func<ISyscallAbi, ISyscallAbi>? Top { get; set; }

    /// <summary>Puts the stack of what is loaded now into the slot.</summary>
    /// <exception cref="MachineSetupException">A variant is missing, or the chosen plugin has none.</exception>
    public void Build()
    {
        SlotBinding slot = _slots.FindSlot(typeof(ISyscallAbi))!;
        if (slot.Provided is not ISyscallAbi abi)
            return;
        for (int i = 0; i < _tiers.Count; i++)
        {
            AbiTier tier = _tiers[i];
            if (_owners[i] is { } owner)
                abi = StackPlugin(_plugins.Find(owner)!, abi);
            else if (tier.Selection is { } selection)
                abi = new Execution.TierLayer(abi, selection);
            else if (tier.Name != abi.Name)
                abi = FindLayer(tier.Name!, abi).Stack(abi);
        }

        if (Top is { } top)
            abi = top(abi);
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
