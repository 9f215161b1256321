namespace Kpio.Contracts.State;

/// <summary>
/// The data of a plugin that has no record of its own in the contracts: a tracer that counts, a layer of the ABI. Only a plugin of the
/// same name gets it, in the form that it was written in.
/// </summary>
public sealed record OwnState : PluginState
{
    /// <summary>The data.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }

    /// <inheritdoc/>
    public override StateSize Measure() => base.Measure() + new StateSize(0, Bytes.Length);
}
