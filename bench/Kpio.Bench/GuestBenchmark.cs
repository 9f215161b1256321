using System.Globalization;

namespace Kpio.Bench;

/// <summary>One program's figures: for each system, what each round used.</summary>
internal sealed record ProgramFigures(BenchmarkProgram Program, long Size, IReadOnlyDictionary<string, IReadOnlyList<Usage>> Rounds)
{
    /// <summary>The ratio of CPU times of two systems, taken within each round, so that what slows the machine down slows both.</summary>
    public Spread Ratio(string system, string against) =>
        Spread.Of(Rounds[system].Zip(Rounds[against], static (a, b) => (double)a.Cpu / Math.Max(1, b.Cpu)));

    /// <summary>The median CPU time in microseconds.</summary>
    public double Median(string system) => Spread.Of(Rounds[system].Select(static u => (double)u.Cpu)).Median;
}

/// <summary>Runs the guest programs natively, under qemu-user and under KPIO, interleaved, and compares their CPU times.</summary>
internal sealed class GuestBenchmark(Workspace workspace, Measurement measurement, BenchOptions options)
{
    /// <summary>The systems in the order in which each round runs them.</summary>
    public IReadOnlyList<string> Systems { get; } = [.. options.Systems];

    /// <summary>Measures; <paramref name="progress"/> is told of every program.</summary>
    /// <exception cref="InvalidOperationException">A program failed, or its output differs between two systems.</exception>
    public IReadOnlyList<ProgramFigures> Run(Action<string> progress)
    {
        List<(BenchmarkProgram Program, IReadOnlyList<string> Command)> programs = [.. options.Programs.Select(p => (p, Command(p)))];
        // The nothing that every ratio "net" of start-up is taken against.
        var exit = new BenchmarkProgram("exit", "start", 0);
        programs.Insert(0, (exit, Command(exit)));

        var figures = programs.ToDictionary(p => p.Program, _ => Systems.ToDictionary(s => s, _ => new List<Usage>()));
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach ((BenchmarkProgram program, IReadOnlyList<string> command) in programs)
            {
                progress($"round {round + 1} of {options.Rounds}: {program.Name}");
                string? expected = null;
                foreach (string system in Systems)
                {
                    (Usage usage, string output) = measurement.Run(workspace.CommandOn(system, options, command));
                    expected ??= output;
                    if (output != expected)
                        throw new InvalidOperationException($"{program.Name} under {system} prints {Beginning(output)}, and {Beginning(expected)} under {Systems[0]}.");
                    figures[program][system].Add(usage);
                }
            }
        }

        return [.. programs.Select(p => new ProgramFigures(
            p.Program, Size(p.Program), figures[p.Program].ToDictionary(f => f.Key, f => (IReadOnlyList<Usage>)f.Value)))];
    }

    private long Size(BenchmarkProgram program) => options.Short ? program.ShortSize : program.Size;

    private IReadOnlyList<string> Command(BenchmarkProgram program) => program.Command.Count != 0
        ? RealPrograms.Command(program, Size(program), workspace)
        : [workspace.BuildGuest(program.Source, program.Variant), Size(program).ToString(CultureInfo.InvariantCulture)];

    private static string Beginning(string output) => output.Trim() is { Length: <= 200 } whole ? whole : $"{output[..200].Trim()}… ({output.Length} characters)";
}
