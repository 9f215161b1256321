using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Kernel.Hosting;

namespace Kpio.Kernel.HotSwap;

/// <summary>One kind of data on its way from an old generation to its successor.</summary>
internal sealed class StateTransfer
{
    private readonly StateBinding _kind;
    private readonly PluginGeneration _from;
    private readonly object _old;
    private readonly PluginGeneration _to;
    private readonly object _new;
    private PluginState? _state;

    public StateTransfer(StateBinding kind, PluginGeneration from, object old, PluginGeneration to, object successor)
    {
        _kind = kind;
        _from = from;
        _old = old;
        _to = to;
        _new = successor;
    }

    /// <summary>The data, once it is captured.</summary>
    public PluginState? State => _state;

    /// <summary>Asks the old generation for the data, and adds what its own predecessors had wrote for others.</summary>
    public void Capture()
    {
        PluginState state = _kind.Capture(_old);
        List<StateExtension> entries = [.. state.Extensions];
        foreach (HandedOnState handedOn in _from.HandedOn)
        {
            if (handedOn.Kind == _kind)
                entries.Add(handedOn.Entry);
        }

        _state = state with { Extensions = entries };
    }

    /// <summary>Gives the data to the new generation, and keeps what it does not read for the next one.</summary>
    /// <exception cref="SwapException">The new generation cannot take it.</exception>
    public void Restore()
    {
        foreach (StateExtension entry in _state!.Extensions)
        {
            if (_kind.Reads(_new, entry))
                continue;
            if (entry.Required)
                throw new SwapException(SwapStep.Restore, $"plugin '{_to.Manifest.Name}' cannot read what plugin '{entry.Plugin}' wrote into {_kind.Name} and requires");
            _to.HandedOn.Add(new HandedOnState(_kind, entry));
        }

        Errno error = _kind.Restore(_new, _state);
        if (error != Errno.None)
            throw new SwapException(SwapStep.Restore, $"plugin '{_to.Manifest.Name}' {_to.Manifest.Version} cannot take over the {_kind.Name} of version {_state.Version}: {error}");
    }
}
