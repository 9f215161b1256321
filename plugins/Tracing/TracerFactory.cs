using System.Diagnostics.CodeAnalysis;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.Tracing;
using Kpio.Plugins.Tracing.Calls;
using Kpio.Plugins.Tracing.Formats;

namespace Kpio.Plugins.Tracing;

/// <summary>Makes tracers. What they know of calls comes from the catalog of the interface in force.</summary>
internal sealed class TracerFactory(Slot<ISyscallAbi> abi, IKernelClock clock, ITaskTable tasks) : ITracerFactory
{
    public IReadOnlyList<string> Formats { get; } = ["kpio", "strace", "json", "normalized"];

    public ITracer? Create(string format, TextWriter output, TraceTarget target, SyscallSet interests)
    {
        var plans = new PlanBook(() => abi.Current.Catalog);
        return format switch
        {
            "kpio" => new KpioTracer(output, interests, plans, tasks),
            "strace" => new StraceTracer(output, target, interests, plans, new Notation(), tasks),
            "json" => new JsonTracer(output, interests, plans, () => clock.Cycles, tasks),
            "normalized" => new StraceTracer(output, TraceTarget.File, interests, plans, new NormalizedNotation(), tasks),
            _ => null,
        };
    }

    public bool TryParseFilter(string text, [NotNullWhen(true)] out SyscallSet? set, [NotNullWhen(false)] out string? error) =>
        SyscallFilter.TryParse(text, abi.Current.Catalog, out set, out error);

    public ISyscallStatistics CreateStatistics() => new SyscallStatistics();
}
