using Kpio.Cli.Testing.Scenarios;

namespace Kpio.Cli.Testing.Running;

/// <summary>Runs many scenarios, several at a time, and tells of the results in the order of the scenarios.</summary>
internal sealed class ScenarioSuite
{
    private readonly IReadOnlyList<Scenario> _scenarios;
    private readonly ScenarioRunner _runner;
    private readonly int _repetitions;
    private readonly ScenarioResult?[] _results;
    private readonly object _lock = new();
    private int _next = -1;
    private int _told;

    /// <param name="scenarios">The scenarios.</param>
    /// <param name="runner">Runs each.</param>
    /// <param name="repetitions">How often each is run.</param>
    public ScenarioSuite(IReadOnlyList<Scenario> scenarios, ScenarioRunner runner, int repetitions)
    {
        _scenarios = scenarios;
        _runner = runner;
        _repetitions = repetitions;
        _results = new ScenarioResult?[scenarios.Count];
        foreach (Scenario scenario in scenarios)
            runner.Preparations.Expect(scenario);
    }

    /// <summary>Runs all of them.</summary>
    /// <param name="jobs">How many at the same time.</param>
    /// <param name="told">Told of each result, in the scenarios' order, by one thread at a time.</param>
    public IReadOnlyList<ScenarioResult> Run(int jobs, Action<ScenarioResult> told)
    {
        var threads = new List<Thread>();
        for (int i = 1; i < Math.Min(jobs, _scenarios.Count); i++)
        {
            var thread = new Thread(() => Work(told)) { IsBackground = true, Name = $"scenarios {i + 1}" };
            thread.Start();
            threads.Add(thread);
        }

        Work(told);
        foreach (Thread thread in threads)
            thread.Join();
        return [.. _results.Select(static result => result!)];
    }

    private void Work(Action<ScenarioResult> told)
    {
        while (Interlocked.Increment(ref _next) is var index && index < _scenarios.Count)
        {
            ScenarioResult result = Repeat(_scenarios[index]);
            _runner.Preparations.Leave(_scenarios[index]);
            lock (_lock)
            {
                _results[index] = result;
                for (; _told < _results.Length && _results[_told] is { } next; _told++)
                    told(next);
            }
        }
    }

    private ScenarioResult Repeat(Scenario scenario)
    {
        ScenarioRun first = _runner.Run(scenario);
        TimeSpan duration = first.Duration;
        if (first.Failures.Count > 0)
            return new ScenarioResult(scenario, first, 1, first.Failures, duration);
        ScenarioRun last = first;
        for (int repetition = 2; repetition <= _repetitions; repetition++)
        {
            last = _runner.Run(scenario);
            last.Updated.AddRange(first.Updated);
            duration += last.Duration;
            List<string> failures = [.. last.Failures, .. scenario.Options.Deterministic ? Differences(first, last) : []];
            if (failures.Count > 0)
                return new ScenarioResult(scenario, last, repetition, [$"run {repetition} of {_repetitions} fails:", .. failures], duration);
        }

        return new ScenarioResult(scenario, last, _repetitions, [], duration);
    }

    private static IEnumerable<string> Differences(ScenarioRun first, ScenarioRun other)
    {
        if (first.Cycles != other.Cycles)
            yield return $"it is not deterministic: {first.Cycles} cycles the first time, {other.Cycles} now";
        else if (first.Digest != other.Digest)
            yield return "it is not deterministic: its calls and signals, or their times, are not those of the first time";
        else if (!first.Output.AsSpan().SequenceEqual(other.Output) || !first.Error.AsSpan().SequenceEqual(other.Error))
            yield return "it is not deterministic: its output is not that of the first time";
    }
}
