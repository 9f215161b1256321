using System.Globalization;

namespace Kpio.Bench;

/// <summary>What one run used, in microseconds.</summary>
internal readonly record struct Usage(long User, long System, long Wall)
{
    /// <summary>User and system CPU time together.</summary>
    public long Cpu => User + System;
}

/// <summary>Runs commands through <c>bench/runner.c</c>, which asks the kernel what they used.</summary>
internal sealed class Measurement(Workspace workspace)
{
    private readonly string _runner = workspace.BuildGuest("bench/runner.c");
    private readonly string _output = Path.Combine(workspace.Output, "output");

    /// <summary>Runs a command once and answers what it used and what it printed.</summary>
    /// <exception cref="InvalidOperationException">The command failed.</exception>
    public (Usage Usage, string Output) Run(IReadOnlyList<string> command)
    {
        long[] figures = [.. workspace.Capture(_runner, [_output, .. command]).Split(' ').Select(static f => long.Parse(f, CultureInfo.InvariantCulture))];
        string output = File.ReadAllText(_output);
        return figures[0] == 0
            ? (new Usage(figures[1], figures[2], figures[3]), output)
            : throw new InvalidOperationException($"{string.Join(' ', command)}: exit code {figures[0]}");
    }
}

/// <summary>A median with the smallest and the largest value.</summary>
internal readonly record struct Spread(double Median, double Low, double High)
{
    /// <summary>Of at least one value.</summary>
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        double median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(median, sorted[0], sorted[^1]);
    }

    /// <summary>The geometric mean of the medians.</summary>
    public static double GeometricMean(IEnumerable<double> values)
    {
        double[] all = [.. values];
        return Math.Exp(all.Sum(Math.Log) / all.Length);
    }
}
