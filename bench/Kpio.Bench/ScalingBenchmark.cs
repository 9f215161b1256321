using System.Globalization;

namespace Kpio.Bench;

/// <summary>
/// How much more two computing threads of one program do than one in the same time: the guest <c>scaling</c> with one thread and with two, in turn, on every system.
/// The time is the wall's, without that of a program that does nothing. On a host with two idle processors it is two natively.
/// </summary>
internal sealed class ScalingBenchmark(Workspace workspace, Measurement measurement, BenchOptions options)
{
    private const long Size = 250_000_000;
    private const long ShortSize = 30_000_000;

    /// <summary>Measures as many rounds as the options say.</summary>
    /// <exception cref="InvalidOperationException">A program failed, or two systems' results differ.</exception>
    public ScalingFigures Run(Action<string> progress)
    {
        string path = workspace.BuildGuest("bench/guests/cpu/scaling.c"), nothing = workspace.BuildGuest("bench/guests/exit.c");
        string size = (options.Short ? ShortSize : Size).ToString(CultureInfo.InvariantCulture);
        var scaling = options.Systems.ToDictionary(static system => system, static _ => new List<double>());
        for (int round = 1; round <= options.Rounds; round++)
        {
            string? one = null, two = null;
            foreach (string system in options.Systems)
            {
                progress($"scaling, {system}, {round} of {options.Rounds}");
                long start = measurement.Run(workspace.CommandOn(system, options, [nothing])).Usage.Wall;
                double first = Wall(system, ["1"], ref one), second = Wall(system, ["2"], ref two);
                scaling[system].Add(2 * first / second);

                double Wall(string system, string[] threads, ref string? expected)
                {
                    (Usage usage, string output) = measurement.Run(workspace.CommandOn(system, options, [path, size, .. threads]));
                    expected ??= output;
                    return output == expected
                        ? Math.Max(1, usage.Wall - start)
                        : throw new InvalidOperationException($"scaling under {system} prints {output.Trim()}, and {expected.Trim()} under {options.Systems[0]}.");
                }
            }
        }

        return new ScalingFigures(scaling.ToDictionary(static s => s.Key, static s => (IReadOnlyList<double>)s.Value));
    }
}

/// <summary>For each system and round, how often as much two threads did as one in the same time.</summary>
internal sealed record ScalingFigures(IReadOnlyDictionary<string, IReadOnlyList<double>> Rounds)
{
    /// <summary>The scaling of a system.</summary>
    public Spread Of(string system) => Spread.Of(Rounds[system]);

    /// <summary>The share of the native scaling that a system has, taken within each round.</summary>
    public Spread Share(string system) => Spread.Of(Rounds[system].Zip(Rounds["native"], static (a, b) => a / b));
}
