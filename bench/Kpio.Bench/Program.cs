using Kpio.Bench;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(BenchOptions.Usage);
    return 0;
}

if (!BenchOptions.TryParse(args, out BenchOptions options, out string message))
{
    Console.Error.WriteLine(message);
    return 2;
}

var workspace = new Workspace();
if (options.Systems.Contains("qemu") && Workspace.Find(options.Qemu) is null)
{
    Console.Error.WriteLine("kpio-bench: qemu-x86_64 is not installed: apt install qemu-user, or --systems kpio");
    return 2;
}

void Progress(string what)
{
    if (!Console.IsErrorRedirected)
        Console.Error.Write($"\r{what,-60}\r");
}

try
{
    // What the launcher has to build is built before anything is measured.
    if (options.Filter is not ["slots"] && options.Systems.Contains("kpio"))
        workspace.Capture(Path.Combine(workspace.Root, "kpio"), "--version");
    var measurement = new Measurement(workspace);
    IReadOnlyList<ProgramFigures> programs = options.Programs.Any() ? new GuestBenchmark(workspace, measurement, options).Run(Progress) : [];
    ScalingFigures? scaling = options.Filter.Count > 0 && options.Selects("scaling") ? new ScalingBenchmark(workspace, measurement, options).Run(Progress) : null;
    StartupFigures? startup = options.Startup && options.Systems.Contains("kpio") && (options.Filter.Count == 0 || options.Selects("startup"))
        ? new StartupBenchmark(workspace, measurement, options).Run(Progress)
        : null;
    SlotFigures? slots = options.Systems.Contains("kpio") && options.Selects("slots") ? new SlotBenchmark(workspace).Run(Progress) : null;
    ScenarioFigures? scenarios = options.Systems.Contains("kpio") && options.Filter.Count > 0 && options.Selects("scenarios")
        ? new ScenarioBenchmark(workspace, measurement).Run(Progress)
        : null;
    var report = new Report(options.Rounds, options.Systems, programs, scaling, startup, slots, scenarios);

    if (options.JsonFile is { } file)
        File.WriteAllText(file, report.ToJson() + "\n");
    Console.Write(options.Json && options.JsonFile is null ? report.ToJson() + "\n" : report.ToTable());
    return 0;
}
catch (InvalidOperationException defect)
{
    Console.Error.WriteLine($"kpio-bench: {defect.Message}");
    return 1;
}
