namespace Kpio.Bench;

/// <summary>
/// What a scenario of <c>kpio test</c> costs from its start to its end, beyond the start of the command: a suite of many less one of few, divided. One scenario runs
/// <c>busybox true</c> on a fresh machine; one starts <c>busybox true</c> on the machine that a setup has left; one goes on with a shell at its prompt, whose
/// terminal goes away at once, so that hardly more than its start is left. The last two are these with <see cref="FileCount"/> small files that the setup has left in memory.
/// </summary>
internal sealed class ScenarioBenchmark(Workspace workspace, Measurement measurement)
{
    private const int Few = 100;
    private const int Many = 400;
    private const int Rounds = 5;
    private const int FileCount = 100;
    private const string True = "program: busybox\nargs: [\"true\"]\n";
    private const string Shell = "program: busybox\nargs: [sh]\ndialogue: [{hangup: true}]\nexpect: {exit: {signaled: SIGHUP}}\n";

    /// <summary>A program for a setup that leaves files of 100 bytes each.</summary>
    private static readonly string MakeFiles = $"{{program: busybox, args: [sh, -c, 'mkdir /data; for i in $(seq {FileCount}); do printf %0100d $i >/data/$i; done']}}";

    private static readonly (string Name, string Text)[] Scenarios =
    [
        ("fresh machine, true", True),
        ("after programs, true", True + "setup: {program: busybox, args: [mkdir, /made]}\n"),
        ("after dialogue", Shell + "setup: {dialogue: [{expect: '# '}]}\n"),
        ($"after programs, {FileCount} files, true", $"{True}setup: {MakeFiles}\n"),
        ($"after dialogue, {FileCount} files", $"{Shell}setup: {{programs: {MakeFiles}, dialogue: [{{expect: '# '}}]}}\n"),
    ];

    /// <summary>Measures them in turn.</summary>
    public ScenarioFigures Run(Action<string> progress)
    {
        string folder = Path.Combine(workspace.Output, "scenarios");
        Directory.CreateDirectory(folder);
        var milliseconds = Scenarios.ToDictionary(static scenario => scenario.Name, static _ => new List<double>());
        for (int round = 1; round <= Rounds; round++)
        {
            foreach ((string name, string text) in Scenarios)
            {
                progress($"scenarios, {name}, {round} of {Rounds}");
                string file = Path.Combine(folder, "scenario.yaml");
                File.WriteAllText(file, text);
                long few = Measure(file, Few), many = Measure(file, Many);
                milliseconds[name].Add((many - few) / 1000.0 / (Many - Few));
            }
        }

        Directory.Delete(folder, recursive: true);
        return new ScenarioFigures([.. Scenarios.Select(scenario => (scenario.Name, Spread.Of(milliseconds[scenario.Name])))]);
    }

    private long Measure(string file, int repetitions) =>
        measurement.Run([Path.Combine(workspace.Root, "kpio"), "test", "--jobs", "1", "--repeat", repetitions.ToString(System.Globalization.CultureInfo.InvariantCulture), file]).Usage.Cpu;
}

/// <summary>Milliseconds of processor time for each scenario.</summary>
internal sealed record ScenarioFigures(IReadOnlyList<(string Name, Spread Milliseconds)> Scenarios);
