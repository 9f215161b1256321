using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace LotteryScheduler;

/// <summary>The plugin: it takes the place of the Process plugin's scheduler.</summary>
public sealed class LotterySchedulerPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new("lottery-scheduler", new Version(1, 0), new Version(0, 1), [typeof(IScheduler)], []);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton(static provider => new LotteryScheduler(
            provider.GetRequiredService<MachineOptions>().Seed, provider.GetRequiredService<ITaskTable>()));
        services.AddSingleton<IScheduler>(static provider => provider.GetRequiredService<LotteryScheduler>());
        services.AddSingleton<IStatefulService<SchedulerState>>(static provider => provider.GetRequiredService<LotteryScheduler>());
    }
}

/// <summary>
/// A lottery before each turn: every task that can run has tickets, four after it has waited for something and one after a turn, so that
/// who waits often answers sooner than who computes. The numbers are drawn from the machine's seed: the same program runs in the same order.
/// </summary>
internal sealed class LotteryScheduler(ulong seed, ITaskTable tasks) : IScheduler, IStatefulService<SchedulerState>
{
    private const int StateVersion = 1;
    private const string ExtensionName = "lottery-scheduler";
    private const long Quantum = 200_000;
    private const int FewTickets = 1;
    private const int ManyTickets = 4;

    private readonly List<Entry> _ready = [];
    private ulong _numbers = seed;

    public GuestTask? Next(out TimeSlice slice)
    {
        slice = new TimeSlice(Quantum);
        int all = 0;
        foreach (Entry entry in _ready)
            all += entry.Tickets;
        if (all == 0)
            return null;
        int drawn = Below(all);
        int place = 0;
        while (drawn >= _ready[place].Tickets)
            drawn -= _ready[place++].Tickets;
        GuestTask winner = _ready[place].Task;
        _ready[place] = new Entry(winner, FewTickets);
        return winner;
    }

    public void Ready(GuestTask task)
    {
        if (Find(task) < 0)
            _ready.Add(new Entry(task, ManyTickets));
    }

    public void Block(GuestTask task)
    {
        int place = Find(task);
        if (place >= 0)
            _ready.RemoveAt(place);
    }

    public int ChooseWaiter(int count) => Below(count);

    public SchedulerState Capture()
    {
        var bytes = new byte[sizeof(ulong) + _ready.Count];
        BitConverter.TryWriteBytes(bytes, _numbers);
        for (int i = 0; i < _ready.Count; i++)
            bytes[sizeof(ulong) + i] = (byte)_ready[i].Tickets;
        return new SchedulerState
        {
            Version = StateVersion,
            Ready = [.. _ready.Select(static entry => entry.Task.Tid)],
            Extensions = [new StateExtension(ExtensionName, StateVersion, Required: false, bytes)],
        };
    }

    public bool Reads(StateExtension extension) => extension is { Plugin: ExtensionName, Version: StateVersion };

    public Errno Restore(SchedulerState state)
    {
        if (state.Version != StateVersion)
            return Errno.EINVAL;

        // From another kind of scheduler come the ready tasks alone.
        ReadOnlyMemory<byte> own = state.Extensions.FirstOrDefault(Reads)?.Bytes ?? default;
        if (own.Length != 0 && own.Length != sizeof(ulong) + state.Ready.Count)
            return Errno.EINVAL;
        if (own.Length != 0)
            _numbers = BitConverter.ToUInt64(own.Span);
        for (int i = 0; i < state.Ready.Count; i++)
        {
            if (tasks.Find(state.Ready[i]) is not { } task)
                return Errno.ESRCH;
            _ready.Add(new Entry(task, own.Length == 0 ? ManyTickets : own.Span[sizeof(ulong) + i]));
        }

        return Errno.None;
    }

    private int Find(GuestTask task)
    {
        for (int i = 0; i < _ready.Count; i++)
        {
            if (ReferenceEquals(_ready[i].Task, task))
                return i;
        }

        return -1;
    }

    /// <summary>A number in [0, <paramref name="limit"/>), by splitmix64 (Steele, Lea and Flood 2014).</summary>
    private int Below(int limit)
    {
        ulong z = _numbers += 0x9E37_79B9_7F4A_7C15;
        z = (z ^ (z >> 30)) * 0xBF58_476D_1CE4_E5B9;
        z = (z ^ (z >> 27)) * 0x94D0_49BB_1331_11EB;
        return (int)Math.BigMul(z ^ (z >> 31), (ulong)limit, out _);
    }

    private readonly record struct Entry(GuestTask Task, int Tickets);
}
