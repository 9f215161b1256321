using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Plugins;

/// <summary>A service whose data outlives it: captured from the old generation and restored into the new one at a swap, written to disk at a checkpoint.</summary>
/// <typeparam name="TState">The contract record that carries the data.</typeparam>
public interface IStatefulService<TState>
    where TState : PluginState
{
    /// <summary>Hands out everything that must survive. Called with every CPU stopped; bulk data goes by reference. The service goes on afterwards when the swap fails.</summary>
    TState Capture();

    /// <summary>Takes the data over, migrating an older version where it can. An error leaves the service unusable and the swap undone.</summary>
    Errno Restore(TState state);

    /// <summary>
    /// Whether <see cref="Restore"/> takes this entry of <see cref="PluginState.Extensions"/> over. The kernel keeps what nobody reads and
    /// hands it to the next generation; it refuses a swap that would leave a required one unread.
    /// </summary>
    bool Reads(StateExtension extension) => false;
}
