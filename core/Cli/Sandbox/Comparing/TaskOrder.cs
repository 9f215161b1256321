using System.Globalization;

namespace Kpio.Cli.Sandbox.Comparing;

/// <summary>The order of tasks' names by the numbers between the points: 1, 1.1, 1.2, 1.10.</summary>
internal sealed class TaskOrder : IComparer<string>
{
    public static TaskOrder Instance { get; } = new();

    public int Compare(string? x, string? y)
    {
        int[] one = Numbers(x!);
        int[] other = Numbers(y!);
        for (int i = 0; i < Math.Min(one.Length, other.Length); i++)
        {
            if (one[i] != other[i])
                return one[i].CompareTo(other[i]);
        }

        return one.Length.CompareTo(other.Length);
    }

    private static int[] Numbers(string task) => [.. task.Split('.').Select(static part => int.Parse(part, CultureInfo.InvariantCulture))];
}
