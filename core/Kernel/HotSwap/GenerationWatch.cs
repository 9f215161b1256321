using System.Runtime;

namespace Kpio.Kernel.HotSwap;

/// <summary>What the runtime has spent so far on what is not the program's own work.</summary>
/// <param name="Compilation">Time in which methods were compiled.</param>
/// <param name="Collection">Time in which all threads stood still for the garbage collector.</param>
internal readonly record struct RuntimeCosts(TimeSpan Compilation, TimeSpan Collection)
{
    public static RuntimeCosts Now() => new(JitInfo.GetCompilationTime(), GC.GetTotalPauseDuration());

    /// <summary>What was spent since.</summary>
    public static TimeSpan Since(RuntimeCosts then)
    {
        RuntimeCosts now = Now();
        return now.Compilation - then.Compilation + now.Collection - then.Collection;
    }
}

/// <summary>Looks in the background at what a swap left behind: what it cost afterwards, and when the old generation is gone.</summary>
internal static class GenerationWatch
{
    private static readonly TimeSpan Afterwards = TimeSpan.FromMilliseconds(100);

    /// <summary>How long to wait before each look; from the third on a collection is asked for, in the background, so that no guest stands still for it.</summary>
    private static readonly int[] LookMilliseconds = [200, 700, 1000, 1000, 2000, 2000, 3000, 5000, 5000, 10000];

    public static async Task Complete(SwapReport report, List<SwapUnit.Retired> retired, RuntimeCosts costs)
    {
        await Task.Delay(Afterwards).ConfigureAwait(false);
        report.LostAfterwards = RuntimeCosts.Since(costs);
        for (int look = 0; look < LookMilliseconds.Length && !IsComplete(report, retired, look == LookMilliseconds.Length - 1); look++)
        {
            await Task.Delay(LookMilliseconds[look]).ConfigureAwait(false);
            if (look >= 2)
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }
    }

    private static bool IsComplete(SwapReport report, List<SwapUnit.Retired> retired, bool isLast)
    {
        bool isComplete = true;
        foreach (SwapUnit.Retired old in retired)
        {
            if (old.Assembly is not { } assembly)
                continue;
            if (!assembly.IsAlive)
                report.Plugins[old.Index].Old = RetiredState.Collected;
            else if (isLast)
                report.Plugins[old.Index].Old = RetiredState.Leaked;
            else
                isComplete = false;
        }

        return isComplete;
    }
}
