namespace Kpio.Bench;

/// <summary>One program's figures: for each system, what each round used.</summary>
internal sealed record ProgramFigures(BenchmarkProgram Program, IReadOnlyDictionary<string, IReadOnlyList<Usage>> Rounds)
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
    public IReadOnlyList<ProgramFigures> Run(Action<string> progress)
    {
        List<(BenchmarkProgram Program, string Path)> programs =
        [
            .. BenchmarkProgram.All.Where(p => options.Selects(p.Name) || options.Selects(p.Group))
                .Select(p => (p, workspace.BuildGuest($"bench/guests/{p.Name}.c"))),
        ];
        // The nothing that every ratio "net" of start-up is taken against.
        programs.Insert(0, (new BenchmarkProgram("exit", "start", 0), workspace.BuildGuest("bench/guests/exit.c")));

        var figures = programs.ToDictionary(p => p.Program, _ => Systems.ToDictionary(s => s, _ => new List<Usage>()));
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach ((BenchmarkProgram program, string path) in programs)
            {
                progress($"round {round + 1} of {options.Rounds}: {program.Name}");
                string? expected = null;
                foreach (string system in Systems)
                {
                    (Usage usage, string output) = measurement.Run(Command(system, path, program.Size));
                    expected ??= output;
                    if (output != expected)
                        throw new InvalidOperationException($"{program.Name} under {system} prints {output.Trim()}, and {expected.Trim()} under {Systems[0]}.");
                    figures[program][system].Add(usage);
                }
            }
        }

        return [.. programs.Select(p => new ProgramFigures(
            p.Program, figures[p.Program].ToDictionary(f => f.Key, f => (IReadOnlyList<Usage>)f.Value)))];
    }

    private List<string> Command(string system, string path, long size)
    {
        string argument = size.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return system switch
        {
            "native" => [path, argument],
            "qemu" => [options.Qemu, path, argument],
            _ => [Path.Combine(workspace.Root, "kpio"), "run", .. options.KpioOptions, "--", path, argument],
        };
    }
}
