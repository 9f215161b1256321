using Kpio.Cli.Testing.Running;

namespace Kpio.Cli.Testing.Reporting;

/// <summary>Tells somebody of results.</summary>
internal interface IScenarioReport
{
    /// <summary>So many scenarios are about to run.</summary>
    void Begin(int count);

    /// <summary>The next one has ended.</summary>
    void Add(ScenarioResult result);

    /// <summary>All have ended.</summary>
    void End(IReadOnlyList<ScenarioResult> results, TimeSpan duration);
}
