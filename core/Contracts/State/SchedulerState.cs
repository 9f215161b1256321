namespace Kpio.Contracts.State;

/// <summary>A scheduler's data. What a kind of scheduler has beside the order it writes into <see cref="PluginState.Extensions"/>, and a successor of another kind does without.</summary>
public sealed record SchedulerState : PluginState
{
    /// <summary>The ids of the tasks that can run, the one whose turn comes first in front.</summary>
    public required IReadOnlyList<int> Ready { get; init; }

    /// <inheritdoc/>
    public override StateSize Measure() => base.Measure() + new StateSize(Ready.Count, 0);
}
