using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Testing;
using Kpio.Testing.Conformance;

namespace KpioPlugin1.Tests;

/// <summary>What every plugin promises.</summary>
public sealed class Conformance : PluginConformance
{
    protected override PluginSource Plugin { get; } = PluginTests.Plugin;
}

/// <summary>What every scheduler promises.</summary>
public sealed class PluginTests : SchedulerConformance
{
    public static PluginSource Plugin { get; } = PluginSource.Assembly(Path.Combine(AppContext.BaseDirectory, "KpioPlugin1.dll"));

    protected override IScheduler Create(ulong seed, ITaskTable tasks) => PluginServices.Make<IScheduler>(Plugin, tasks);
}
