namespace Kpio.Kernel.HotSwap;

/// <summary>What became of a swap that happened.</summary>
public sealed class SwapReport
{
    internal SwapReport(IReadOnlyList<SwappedPlugin> plugins) => Plugins = plugins;

    /// <summary>The plugins.</summary>
    public IReadOnlyList<SwappedPlugin> Plugins { get; }

    /// <summary>How long the guests stood still, in time of the host.</summary>
    public TimeSpan Pause { get; internal set; }

    /// <summary>Cycles that guests still ran from when the swap wanted to stop them until they stood.</summary>
    public long CyclesToStop { get; internal set; }

    /// <summary>How long the new generation took to be loaded and prepared while the guests ran.</summary>
    public TimeSpan Preparation { get; internal set; }

    /// <summary>Calls that waited under the old generation and end under the new one.</summary>
    public int CallsCarriedOver { get; internal set; }

    /// <summary>Records of data that went over: files, mounts, nodes, regions, tasks in their order.</summary>
    public long StateRecords { get; internal set; }

    /// <summary>Bytes that these records hold or refer to, pages of files and pipes included.</summary>
    public long StateBytes { get; internal set; }

    /// <summary>
    /// What the guests lost in the 100 ms after: time in which the runtime compiled or collected instead. Null until then.
    /// </summary>
    public TimeSpan? LostAfterwards { get; internal set; }

    /// <summary>Completed when <see cref="LostAfterwards"/> is known and it is known of each old generation whether it is gone.</summary>
    public Task Completion { get; internal set; } = Task.CompletedTask;
}

/// <summary>What a swap did to one plugin.</summary>
public sealed class SwappedPlugin
{
    internal SwappedPlugin(string name, Version? from, Version to, int generation)
    {
        Name = name;
        From = from;
        To = to;
        Generation = generation;
    }

    /// <summary>The new plugin's name.</summary>
    public string Name { get; }

    /// <summary>The old one's version; null when the new one took single services over.</summary>
    public Version? From { get; }

    /// <summary>The new one's version.</summary>
    public Version To { get; }

    /// <summary>The number of the new generation.</summary>
    public int Generation { get; }

    /// <summary>What became of the old generation.</summary>
    public RetiredState Old { get; internal set; }
}

/// <summary>What becomes of an old generation.</summary>
public enum RetiredState : byte
{
    /// <summary>It is still in force with other services.</summary>
    InUse,

    /// <summary>It is on its way out.</summary>
    Unloading,

    /// <summary>It is gone: nothing refers to its assembly any more.</summary>
    Collected,

    /// <summary>Built-in plugins are loaded for good; its services are unreachable.</summary>
    Resident,

    /// <summary>Something still refers to it after the time in which collections should have found it.</summary>
    Leaked,
}
