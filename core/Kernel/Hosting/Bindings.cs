using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Hosting;

/// <summary>A slot by its service's type, and whose service is in it.</summary>
internal sealed class SlotBinding
{
    public SlotBinding(Type service, Slot slot, StateBinding? state)
    {
        Service = service;
        Slot = slot;
        State = state;
    }

    /// <summary>The service's interface.</summary>
    public Type Service { get; }

    /// <summary>The slot's own type, by which plugins ask for it.</summary>
    public Type SlotType => Slot.GetType();

    /// <summary>The slot.</summary>
    public Slot Slot { get; }

    /// <summary>The data that the service works on, which goes with it; null for none. Slots of the same data change hands together.</summary>
    public StateBinding? State { get; }

    /// <summary>The plugin whose service is in the slot.</summary>
    public PluginGeneration? Owner { get; private set; }

    /// <summary>The owner's service; what is in the slot may stand on top of it (layers of the ABI).</summary>
    public object? Provided { get; private set; }

    /// <summary>Whether anything is bound.</summary>
    public bool IsBound => Slot.IsBound;

    /// <summary>Binds a plugin's service, or none.</summary>
    public void Bind(PluginGeneration? owner, object? service)
    {
        Owner = owner;
        Provided = service;
        Slot.BindService(service);
    }
}

/// <summary>A list by its services' type.</summary>
/// <param name="Service">The services' interface.</param>
/// <param name="ListType">The list's own type, by which plugins ask for it.</param>
/// <param name="List">The list.</param>
/// <param name="Collect">Adds a plugin's services.</param>
/// <param name="Clear">Empties it.</param>
internal sealed record ListBinding(Type Service, Type ListType, object List, Action<IServiceProvider> Collect, Action Clear);

/// <summary>A kind of data that outlives the plugins that work on it (<see cref="IStatefulService{TState}"/>).</summary>
internal abstract class StateBinding
{
    /// <summary>Its name in messages: that of the record.</summary>
    public abstract string Name { get; }

    /// <summary>Whether the data is a plugin's alone: only one of the same name gets it.</summary>
    public abstract bool IsOwn { get; }

    /// <summary>The service of a plugin that has it, or null.</summary>
    public abstract object? Find(PluginGeneration plugin);

    /// <summary>Whether it is data of this kind.</summary>
    public abstract bool Takes(PluginState state);

    /// <summary>Its data.</summary>
    public abstract PluginState Capture(object service);

    /// <summary>Gives data to it.</summary>
    public abstract Errno Restore(object service, PluginState state);

    /// <summary>Whether it takes an entry over.</summary>
    public abstract bool Reads(object service, StateExtension extension);
}

/// <inheritdoc/>
internal sealed class StateBinding<TState> : StateBinding
    where TState : PluginState
{
    public override string Name => typeof(TState).Name;

    public override bool IsOwn => typeof(TState) == typeof(OwnState);

    public override object? Find(PluginGeneration plugin) => plugin.Services.GetService(typeof(IStatefulService<TState>));

    public override bool Takes(PluginState state) => state is TState;

    public override PluginState Capture(object service) => ((IStatefulService<TState>)service).Capture();

    public override Errno Restore(object service, PluginState state) => ((IStatefulService<TState>)service).Restore((TState)state);

    public override bool Reads(object service, StateExtension extension) => ((IStatefulService<TState>)service).Reads(extension);
}
