using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Tracing;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace KpioPlugin1;

/// <summary>What KPIO finds in the assembly: the plugin's name, versions and services.</summary>
public sealed class Plugin : IKernelPlugin
{
    public PluginManifest Manifest { get; } = new("kpioplugin1", new Version(1, 0), new Version(0, 1), [typeof(ISyscallObserver)], []);

    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton<Tracer>();
        services.AddSingleton<ISyscallObserver>(static provider => provider.GetRequiredService<Tracer>());
        services.AddSingleton<IStatefulService<OwnState>>(static provider => provider.GetRequiredService<Tracer>());
    }
}

/// <summary>Counts system calls by their names, and prints the counts when the last task has ended.</summary>
internal sealed class Tracer(ITaskTable tasks, IUserReport report) : ISyscallObserver, ITaskObserver, IStatefulService<OwnState>
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>Which calls it is told of.</summary>
    public SyscallSet Interests { get; } = SyscallSet.All();

    public void OnEnter(GuestTask task, in SyscallFrame frame, SyscallInfo? info)
    {
        string name = info?.Name ?? $"call {frame.Number}";
        _counts[name] = _counts.GetValueOrDefault(name) + 1;
    }

    public void OnExit(GuestTask task, in SyscallFrame frame, SyscallInfo? info, SysResult result)
    {
    }

    public void OnExec(GuestTask task)
    {
    }

    public void OnSignal(GuestTask task, in SignalInfo signal)
    {
    }

    public void OnEnd(GuestTask task, int status)
    {
        if (tasks.All.Any(other => other != task && other.State < TaskState.Zombie))
            return;
        foreach ((string name, long count) in _counts)
            report.Write($"{name}: {count}");
    }

    // At a swap the counts go to the next generation: as text, a line for each.
    public OwnState Capture() => new()
    {
        Version = 1,
        Bytes = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', _counts.Select(static pair => $"{pair.Value} {pair.Key}"))),
    };

    public Errno Restore(OwnState state)
    {
        if (state.Version != 1)
            return Errno.EINVAL;
        foreach (string line in System.Text.Encoding.UTF8.GetString(state.Bytes.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(' ', 2);
            _counts[parts[1]] = long.Parse(parts[0]);
        }

        return Errno.None;
    }
}
