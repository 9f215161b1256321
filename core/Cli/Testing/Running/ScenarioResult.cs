using Kpio.Cli.Testing.Scenarios;

namespace Kpio.Cli.Testing.Running;

/// <summary>What came of a scenario, over all its repetitions.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Run">The first run that failed, or the last one.</param>
/// <param name="Repetition">Which one that was, from 1.</param>
/// <param name="Failures">What is not as expected; empty when it passed.</param>
/// <param name="Duration">How long all of them took.</param>
internal sealed record ScenarioResult(Scenario Scenario, ScenarioRun Run, int Repetition, IReadOnlyList<string> Failures, TimeSpan Duration)
{
    /// <summary>Whether everything was as expected.</summary>
    public bool HasPassed => Failures.Count == 0;
}
