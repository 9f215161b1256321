using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Plugins;

/// <summary>A service whose data outlives it: captured from the old generation and restored into the new one at a swap, written to disk at a checkpoint.</summary>
/// <typeparam name="TState">The contract record that carries the data.</typeparam>
public interface IStatefulService<TState>
    where TState : PluginState
{
    /// <summary>Hands out everything that must survive. Called with every CPU stopped; bulk data goes by reference.</summary>
    TState Capture();

    /// <summary>Takes the data over, migrating an older version where it can. An error leaves the service unusable and the swap undone.</summary>
    Errno Restore(TState state);
}
