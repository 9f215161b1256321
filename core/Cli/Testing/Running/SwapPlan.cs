using Kpio.Cli.Plugins;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;

namespace Kpio.Cli.Testing.Running;

/// <summary>The swaps of a scenario, and whether they have happened.</summary>
internal sealed class SwapPlan
{
    private readonly List<Entry> _entries = [];

    /// <summary>Gives the swaps to a machine that has not run yet.</summary>
    public SwapPlan(Machine machine, List<PlannedSwap> swaps, PluginFiles files)
    {
        foreach (PlannedSwap swap in swaps)
        {
            if (swap.Plugin is not (null or PlannedSwap.All) && !machine.Plugins.Any(plugin => plugin.Manifest.Name == swap.Plugin))
                throw new UsageException($"{swap}: there is no such plugin; there are {string.Join(", ", machine.Plugins.Select(static plugin => plugin.Manifest.Name))}");
            var entry = new Entry(swap);
            PluginSource? source = swap.Path is null ? null : files.Open(swap.Path);
            _entries.Add(entry);
            machine.SwapAfter(
                swap.Calls,
                swap.Repeats,
                () =>
                {
                    entry.Begun++;
                    return Choose(machine, swap, source);
                },
                _ => entry.Done++);
        }
    }

    /// <summary>What has not happened as it was planned.</summary>
    public IEnumerable<string> Check()
    {
        foreach (Entry entry in _entries)
        {
            if (entry.Done < entry.Begun)
                yield return $"{entry.Swap}: {entry.Begun - entry.Done} of {entry.Begun} failed";
            else if (entry.Begun == 0)
                yield return $"{entry.Swap}: the program made fewer calls";
        }
    }

    private static IReadOnlyList<PluginSwap> Choose(Machine machine, PlannedSwap swap, PluginSource? source)
    {
        if (source is not null)
            return [new PluginSwap(source, swap.Plugin)];
        return [.. machine.Plugins.Where(plugin => swap.Plugin == PlannedSwap.All || plugin.Manifest.Name == swap.Plugin).Select(static plugin => new PluginSwap(plugin.Source, plugin.Manifest.Name))];
    }

    private sealed class Entry(PlannedSwap swap)
    {
        public PlannedSwap Swap { get; } = swap;

        public int Begun { get; set; }

        public int Done { get; set; }
    }
}
