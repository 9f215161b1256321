using System.Diagnostics;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Reading;
using Kpio.Cli.Testing.Reporting;
using Kpio.Cli.Testing.Running;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Cli.Testing.Selection;
using Spectre.Console;

namespace Kpio.Cli.Testing;

/// <summary><c>kpio test</c>: reads all scenarios, runs those that are wanted, and tells of the results.</summary>
internal static class TestRun
{
    /// <summary>Everything was as expected.</summary>
    public const int Passed = 0;

    /// <summary>Something was not.</summary>
    public const int Failed = 1;

    /// <summary>The command or a scenario cannot be read; nothing has run.</summary>
    public const int Unusable = 2;

    /// <summary>Does it, and answers the exit code.</summary>
    /// <exception cref="UsageException">The command cannot be carried out.</exception>
    public static int Execute(TestOptions options)
    {
        ScenarioFilter? filter = options.Filter is { } text ? new ScenarioFilter(text) : null;
        Shard? shard = options.Shard is { } part ? Shard.Parse(part) : null;
        var problems = new List<string>();
        var all = new List<Scenario>();
        foreach (ScenarioSource source in ScenarioFiles.Find(options.Paths))
            all.AddRange(ScenarioReader.Read(source, problems));
        if (problems.Count > 0)
        {
            foreach (string problem in problems)
                Console.Error.WriteLine(problem);
            return Unusable;
        }

        List<Scenario> wanted = [.. all.Where(scenario => filter is null || filter.Accepts(scenario))];
        if (wanted.Count == 0)
            throw new UsageException($"--filter {options.Filter}: none of {all.Count} scenarios has such a name or path");
        List<Scenario> scenarios = [.. wanted.Where(scenario => shard is null || shard.Holds(scenario))];
        return options.Lists ? List(scenarios) : Run(scenarios, options);
    }

    private static int List(List<Scenario> scenarios)
    {
        foreach (Scenario scenario in scenarios)
            Console.Out.WriteLine($"{scenario.Source.Shown}: {scenario.Name}");
        return Passed;
    }

    private static int Run(List<Scenario> scenarios, TestOptions options)
    {
        List<IScenarioReport> reports = [ForOutput(options)];
        if (options.JunitPath is { } path)
            reports.Add(new JunitFile(path));
        long begin = Stopwatch.GetTimestamp();
        using var runner = new ScenarioRunner(GuestStrings.ReadEnvironment(), options.Updates, digests: options.Repetitions > 1);
        var suite = new ScenarioSuite(scenarios, runner, options.Repetitions);
        reports.ForEach(report => report.Begin(scenarios.Count));
        IReadOnlyList<ScenarioResult> results = suite.Run(options.Jobs, result => reports.ForEach(report => report.Add(result)));
        reports.ForEach(report => report.End(results, Stopwatch.GetElapsedTime(begin)));
        return results.All(static result => result.HasPassed) ? Passed : Failed;
    }

    private static IScenarioReport ForOutput(TestOptions options)
    {
        if (options.Tap)
            return new TapReport(Console.Out);
        return Console.IsOutputRedirected ? new PlainReport(Console.Out) : new ProgressReport(AnsiConsole.Console);
    }
}
