using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace KpioPlugin1;

/// <summary>What KPIO finds in the assembly: the plugin's name, versions and services.</summary>
public sealed class Plugin : IKernelPlugin
{
    public PluginManifest Manifest { get; } = new("kpioplugin1", new Version(1, 0), new Version(0, 1), [typeof(IScheduler)], []);

    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton<Scheduler>();
        services.AddSingleton<IScheduler>(static provider => provider.GetRequiredService<Scheduler>());
        services.AddSingleton<IStatefulService<SchedulerState>>(static provider => provider.GetRequiredService<Scheduler>());
    }
}

/// <summary>Who has become ready last runs first, but each in its turn. It looks at nothing but its calls, so that the same program runs in the same order.</summary>
internal sealed class Scheduler(ITaskTable tasks) : IScheduler, IStatefulService<SchedulerState>
{
    private readonly List<GuestTask> _ready = [];

    public GuestTask? Next(out TimeSlice slice)
    {
        slice = new TimeSlice(Cycles: 100_000);
        if (_ready.Count == 0)
            return null;
        GuestTask task = _ready[0];
        _ready.RemoveAt(0);
        _ready.Add(task);
        return task;
    }

    public void Ready(GuestTask task)
    {
        if (!_ready.Contains(task))
            _ready.Insert(0, task);
    }

    public void Block(GuestTask task) => _ready.Remove(task);

    public SchedulerState Capture() => new() { Version = 1, Ready = [.. _ready.Select(static task => task.Tid)] };

    public Errno Restore(SchedulerState state)
    {
        if (state.Version != 1)
            return Errno.EINVAL;
        foreach (int tid in state.Ready)
        {
            if (tasks.Find(tid) is not { } task)
                return Errno.ESRCH;
            _ready.Add(task);
        }

        return Errno.None;
    }
}
