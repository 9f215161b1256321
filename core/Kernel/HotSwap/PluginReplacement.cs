using Kpio.Contracts.Plugins;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.HotSwap;

/// <summary>What one new plugin takes over, and from whom: worked out and checked before anything is stopped.</summary>
internal sealed class PluginReplacement
{
    private PluginReplacement(PluginGeneration incoming, PluginGeneration? outgoing)
    {
        Incoming = incoming;
        Outgoing = outgoing;
    }

    /// <summary>The new generation.</summary>
    public PluginGeneration Incoming { get; }

    /// <summary>The plugin that it replaces as a whole; null when it takes single services over.</summary>
    public PluginGeneration? Outgoing { get; }

    /// <summary>The slots that change hands, with whose they are now and the new services.</summary>
    public List<(SlotBinding Slot, PluginGeneration? Owner, object Service)> Slots { get; } = [];

    /// <summary>The data that changes hands.</summary>
    public List<StateTransfer> States { get; } = [];

    /// <summary>Works out what changes hands, and makes the new services.</summary>
    /// <exception cref="SwapException">Something would be lost.</exception>
    public static PluginReplacement Plan(PluginHost host, KernelSlots slots, PluginGeneration incoming, string? replaces)
    {
        PluginManifest manifest = incoming.Manifest;
        PluginGeneration? outgoing = host.Find(replaces ?? manifest.Name);
        if (outgoing is null && replaces is not null)
            throw Refuse($"there is no plugin '{replaces}' to replace; there are: {string.Join(", ", host.Plugins.Select(static plugin => plugin.Manifest.Name))}");
        foreach (Type type in manifest.Requires)
        {
            if (slots.FindSlot(type) is not { IsBound: true })
                throw Refuse($"plugin '{manifest.Name}' requires {type.Name}, which no loaded plugin provides");
        }

        var plan = new PluginReplacement(incoming, outgoing);
        plan.FindSlots(slots);
        plan.FindStates(slots);
        return plan;
    }

    /// <summary>Whether what is to change hands is still where it was.</summary>
    public bool IsCurrent(PluginHost host) =>
        (Outgoing is null || host.Plugins.Contains(Outgoing)) && Slots.TrueForAll(static taken => taken.Slot.Owner == taken.Owner);

    /// <summary>Whether both change the same.</summary>
    public bool Overlaps(PluginReplacement other) =>
        (Outgoing is not null && Outgoing == other.Outgoing) || Slots.Exists(taken => other.Takes(taken.Slot)) || Incoming.Manifest.Name == other.Incoming.Manifest.Name;

    private static SwapException Refuse(string message) => new(SwapStep.Load, message);

    private void FindSlots(KernelSlots slots)
    {
        PluginManifest manifest = Incoming.Manifest;
        foreach (Type type in manifest.Provides)
        {
            if (slots.FindSlot(type) is null && slots.FindList(type) is null)
                throw Refuse($"plugin '{manifest.Name}' provides {type.Name}, which is no service that the kernel has a place for");
        }

        foreach (SlotBinding slot in slots.Slots)
        {
            bool provides = PluginHost.Provides(manifest, slot.Service);
            bool isOfOutgoing = Outgoing is not null && slot.Owner == Outgoing;
            if (isOfOutgoing && !provides)
                throw Refuse($"plugin '{manifest.Name}' {manifest.Version} does not provide {slot.Service.Name}, as {Outgoing!.Manifest.Version} does");

            // Where it replaces a plugin it does not take from a third: that one may have been put in on purpose.
            if (provides && (isOfOutgoing || Outgoing is null || slot.Owner is null))
                Slots.Add((slot, slot.Owner, PluginHost.Make(Incoming, slot.Service)));
        }

        if (Outgoing is null && Slots.Count == 0)
            throw Refuse($"plugin '{manifest.Name}' provides nothing that it could take over, and no plugin of its name is loaded");
        if (Outgoing is not null)
            return;
        foreach (SlotBinding slot in slots.Slots)
        {
            if (slot.State is { } state && !Takes(slot) && Slots.Exists(taken => taken.Slot.State == state))
                throw Refuse($"plugin '{manifest.Name}' cannot take over a part of what works on {state.Name}: it lacks {slot.Service.Name}");
        }
    }

    private bool Takes(SlotBinding slot) => Slots.Exists(taken => taken.Slot == slot);

    private void FindStates(KernelSlots slots)
    {
        foreach (StateBinding kind in slots.States)
        {
            PluginGeneration? from = kind.IsOwn ? Outgoing : Slots.Find(taken => taken.Slot.State == kind).Slot?.Owner;
            if (from is null || kind.Find(from) is not { } old)
                continue;
            if (kind.IsOwn && from.Manifest.Name != Incoming.Manifest.Name)
                continue;
            object successor = kind.Find(Incoming)
                ?? throw Refuse($"plugin '{Incoming.Manifest.Name}' would lose the data of '{from.Manifest.Name}': it has no IStatefulService<{kind.Name}>");
            States.Add(new StateTransfer(kind, from, old, Incoming, successor));
        }
    }
}
