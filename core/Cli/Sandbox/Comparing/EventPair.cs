using Kpio.Cli.Sandbox.Recording;

namespace Kpio.Cli.Sandbox.Comparing;

/// <summary>What belongs together of two runs.</summary>
/// <param name="A">Of the one; null when it has nothing there.</param>
/// <param name="B">Of the other.</param>
/// <param name="Difference">In what they differ.</param>
internal sealed record EventPair(TaskEvent? A, TaskEvent? B, Difference Difference)
{
    /// <summary>Whichever is there.</summary>
    public TaskEvent Either => (A ?? B)!;
}
