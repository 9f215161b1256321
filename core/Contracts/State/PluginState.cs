namespace Kpio.Contracts.State;

/// <summary>Base of the records in which a plugin's data outlives it. Plain, versioned and serialisable: contract records and base-library types only.</summary>
public abstract record PluginState
{
    /// <summary>The version of the record's shape; a plugin of version n restores n-1.</summary>
    public required int Version { get; init; }

    /// <summary>What plugins wrote for themselves. Unknown entries are kept and handed on.</summary>
    public IReadOnlyList<StateExtension> Extensions { get; init; } = [];

    /// <summary>How much there is of it, for reports.</summary>
    public virtual StateSize Measure()
    {
        var size = new StateSize(1, 0);
        foreach (StateExtension extension in Extensions)
            size += new StateSize(1, extension.Bytes.Length);
        return size;
    }
}

/// <summary>An amount of data.</summary>
/// <param name="Records">How many records.</param>
/// <param name="Bytes">How many bytes they hold or refer to beside their own few: pages, text.</param>
public readonly record struct StateSize(long Records, long Bytes)
{
    /// <summary>Both amounts together.</summary>
    public static StateSize operator +(StateSize left, StateSize right) => new(left.Records + right.Records, left.Bytes + right.Bytes);

    /// <summary>Both amounts together.</summary>
    public static StateSize Add(StateSize left, StateSize right) => left + right;
}

/// <summary>Data that a plugin wrote for its own successors.</summary>
/// <param name="Plugin">The name of the plugin that wrote it.</param>
/// <param name="Version">The plugin's version of the entry's format.</param>
/// <param name="Required">Whether a successor that cannot read the entry must refuse the swap.</param>
/// <param name="Bytes">The entry.</param>
public sealed record StateExtension(string Plugin, int Version, bool Required, ReadOnlyMemory<byte> Bytes);
