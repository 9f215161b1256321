using System.Text;
using System.Text.Json;

namespace Kpio.Bench;

/// <summary>Everything that was measured, as a table for people and as JSON.</summary>
internal sealed record Report(
    int Rounds, IReadOnlyList<string> Systems, IReadOnlyList<ProgramFigures> Programs, ScalingFigures? Scaling, StartupFigures? Startup, SlotFigures? Slots, ScenarioFigures? Scenarios)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly (string Name, string What)[] Units = [("getpid", "a getpid"), ("patch", "a patch of code")];

    private ProgramFigures? Exit => Programs.FirstOrDefault(static p => p.Program.Name == "exit");

    private IEnumerable<ProgramFigures> Measured => Programs.Where(static p => p.Program.Name != "exit");

    /// <summary>What one call of getpid, or one patch, costs on a system in nanoseconds. The host's own getpid is the measure beside which every syscall ratio has to be read.</summary>
    private double? NanosecondsEach(string name, string system) => Programs.FirstOrDefault(p => p.Program.Name == name) is { } program && Exit is { } exit
        ? (program.Median(system) - exit.Median(system)) * 1000 / program.Size
        : null;

    public string ToTable()
    {
        var text = new StringBuilder();
        if (Programs.Count > 1)
            AppendPrograms(text);
        foreach (string system in Scaling is null ? [] : Systems)
        {
            (Spread times, Spread share) = (Scaling!.Of(system), Scaling.Share(system));
            text.Append($"scaling: two threads on {system} do {times.Median:F2} ({times.Low:F2}–{times.High:F2}) times as much as one, ");
            text.Append($"{share.Median:F2} ({share.Low:F2}–{share.High:F2}) of native\n");
        }

        if (Startup is { } startup)
        {
            text.Append($"start: kpio run busybox true {Median(startup.Kpio):F1} ms of CPU, hello-world {Median(startup.Hello):F1} ms; ");
            text.Append($"ratio {startup.Ratio.Median:F2} ({startup.Ratio.Low:F2}–{startup.Ratio.High:F2}) over {startup.Kpio.Count} runs\n");
        }

        if (Slots is { } slots)
        {
            text.Append($"slots: getuid called directly {slots.Direct:F1} ns, through slot, interface and switch {slots.Resident:F1} ns (+{slots.Resident - slots.Direct:F1}), ");
            text.Append($"after a swap {slots.Replaced:F1} ns (+{slots.Replaced - slots.Direct:F1}); the shortest of many rounds\n");
        }

        foreach ((string name, Spread cost) in Scenarios?.Scenarios ?? [])
            text.Append($"scenario, {name}: {cost.Median:F2} ms of CPU ({cost.Low:F2}–{cost.High:F2})\n");
        return text.ToString();
    }

    private void AppendPrograms(StringBuilder text)
    {
        List<(string System, string Against)> pairs = [.. Pairs()];
        text.Append($"CPU time (user + system), medians of {Rounds} interleaved rounds; ratios with (lowest–highest); net: without the start\n\n");
        text.Append($"{"program",-19}{"group",-9}{"native ms",10}");
        foreach (string system in Systems.Skip(1))
            text.Append($"{system + " ms",10}");
        foreach ((string system, string against) in pairs)
            text.Append($"{system + "/" + against,24}");
        text.Append(Systems.Contains("kpio") ? $"{"kpio/native net",17}\n" : "\n");
        foreach (ProgramFigures figures in Programs)
        {
            text.Append($"{figures.Program.Name,-19}{figures.Program.Group,-9}");
            foreach (string system in Systems)
                text.Append($"{figures.Median(system) / 1000,10:F1}");
            foreach ((string system, string against) in pairs)
            {
                Spread ratio = figures.Ratio(system, against);
                text.Append($"{$"{ratio.Median:F2} ({ratio.Low:F2}–{ratio.High:F2})",24}");
            }

            if (Systems.Contains("kpio") && figures != Exit)
                text.Append($"{Net(figures),17:F2}");
            text.Append('\n');
        }

        text.Append('\n');
        foreach (string group in BenchmarkProgram.Groups)
        {
            ProgramFigures[] members = [.. Measured.Where(p => p.Program.Group == group)];
            if (members.Length < 2)
                continue;
            text.Append($"{group + ", geometric mean",-28}");
            foreach ((string system, string against) in pairs)
                text.Append($"{system}/{against} {Spread.GeometricMean(members.Select(m => m.Ratio(system, against).Median)):F2}   ");
            if (Systems.Contains("kpio"))
            {
                text.Append($"kpio/native net {Spread.GeometricMean(members.Select(Net)):F2}   ");
                ProgramFigures worst = members.MaxBy(static m => m.Ratio("kpio", "native").Median)!;
                text.Append($"worst kpio/native {worst.Ratio("kpio", "native").Median:F2} ({worst.Program.Name})");
            }

            text.Append('\n');
        }

        foreach ((string name, string what) in Units)
        {
            if (NanosecondsEach(name, "native") is not null)
                text.Append($"{what}: {string.Join(", ", Systems.Select(system => $"{system} {NanosecondsEach(name, system):F0} ns"))}\n");
        }

        text.Append('\n');
    }

    public string ToJson() => JsonSerializer.Serialize(
        new
        {
            rounds = Rounds,
            unit = "microseconds of user and system CPU time",
            nanosecondsEach = Units.Where(unit => NanosecondsEach(unit.Name, "native") is not null).ToDictionary(
                static unit => unit.Name, unit => Systems.ToDictionary(static system => system, system => NanosecondsEach(unit.Name, system))),
            programs = Programs.Select(p => new
            {
                name = p.Program.Name,
                group = p.Program.Group,
                size = p.Size,
                rounds = p.Rounds.ToDictionary(r => r.Key, r => r.Value.Select(static u => new { user = u.User, system = u.System, wall = u.Wall })),
                ratios = Pairs().ToDictionary(pair => $"{pair.System}/{pair.Against}", pair => p.Ratio(pair.System, pair.Against)),
                netRatio = Systems.Contains("kpio") && p != Exit ? Net(p) : (double?)null,
            }),
            geometricMeans = BenchmarkProgram.Groups.Where(g => Measured.Any(m => m.Program.Group == g)).ToDictionary(
                g => g,
                g => Pairs().ToDictionary(
                    pair => $"{pair.System}/{pair.Against}",
                    pair => Spread.GeometricMean(Measured.Where(m => m.Program.Group == g).Select(m => m.Ratio(pair.System, pair.Against).Median)))),
            worst = BenchmarkProgram.Groups.Where(g => Systems.Contains("kpio") && Measured.Any(m => m.Program.Group == g)).ToDictionary(
                g => g, g => Measured.Where(m => m.Program.Group == g).Max(static m => m.Ratio("kpio", "native").Median)),
            scaling = Scaling?.Rounds.ToDictionary(static s => s.Key, s => new { rounds = s.Value, times = Scaling.Of(s.Key), ofNative = Scaling.Share(s.Key) }),
            startup = Startup is null ? null : new
            {
                hello = Startup.Hello.Select(static u => u.Cpu),
                kpio = Startup.Kpio.Select(static u => u.Cpu),
                ratio = Startup.Ratio,
            },
            slots = Slots is null ? null : new
            {
                directNanoseconds = Slots.Direct,
                residentNanoseconds = Slots.Resident,
                replacedNanoseconds = Slots.Replaced,
            },
            scenarios = Scenarios?.Scenarios.ToDictionary(static s => s.Name, static s => s.Milliseconds),
        },
        Indented);

    private IEnumerable<(string System, string Against)> Pairs()
    {
        foreach (string system in Systems.Skip(1))
            yield return (system, "native");
        if (Systems.Contains("qemu") && Systems.Contains("kpio"))
            yield return ("kpio", "qemu");
    }

    // Both sides without what a program that does nothing costs there. The start itself varies by more than a millisecond, so that
    // a smaller difference is no figure.
    private double Net(ProgramFigures figures) => Exit is { } exit
        ? Math.Max(1000, figures.Median("kpio") - exit.Median("kpio")) / Math.Max(1, figures.Median("native") - exit.Median("native"))
        : double.NaN;

    private static double Median(IReadOnlyList<Usage> runs) => Spread.Of(runs.Select(static u => u.Cpu / 1000.0)).Median;
}
