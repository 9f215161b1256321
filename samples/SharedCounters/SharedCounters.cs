using Kpio.Contracts.Abi;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Microsoft.Extensions.DependencyInjection;

namespace SharedCounters;

/// <summary>The plugin.</summary>
public sealed class SharedCountersPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new("shared-counters", new Version(1, 0), new Version(0, 1), [typeof(ISyscallLayer)], []);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton<CounterTable>();
        services.AddSingleton<IStatefulService<OwnState>>(static provider => provider.GetRequiredService<CounterTable>());
        services.AddSingleton<ISyscallLayer, CounterLayer>();
    }
}

/// <summary>Chosen by <c>--abi shared-counters</c>, or by the plugin's path.</summary>
internal sealed class CounterLayer(CounterTable counters, IWaitQueues waits) : ISyscallLayer
{
    public string Name => "shared-counters";

    public ISyscallAbi Stack(ISyscallAbi below) => new CounterCalls(below, counters, waits);
}

/// <summary>Linux with two calls more: counters that all processes of the machine share, without memory that they share.</summary>
internal sealed class CounterCalls(ISyscallAbi below, CounterTable counters, IWaitQueues waits) : LayeredSyscallAbi("shared-counters", below)
{
    // Keys are made of numbers, so that a call that waits goes on under another generation of this plugin. The scope is any number that no other plugin takes.
    private const ulong Scope = 0x636F756E74;

    /// <summary>Adds to a counter and answers its new value; one that was never added to is 0. ERANGE below 0, which a result must not be, and above the largest number.</summary>
    [Syscall(600, "counter_add", "counter:UInt amount:Long -> Long", Note = "all processes share the counters")]
    private SysResult Add(GuestTask task, uint counter, long amount)
    {
        long value = counters[counter];
        if (amount > 0 ? value > CounterTable.Most - amount : value + amount < 0)
            return Errno.ERANGE;
        counters[counter] = value + amount;
        waits.Wake(Key(counter));
        return value + amount;
    }

    /// <summary>Waits until a counter is at least as large, and answers it. Goes on after a signal as read(2) does.</summary>
    [Syscall(601, "counter_wait", "counter:UInt value:Long -> Long", Note = "restartable (signal(7))")]
    private SysResult Wait(GuestTask task, uint counter, long value)
    {
        if (counters[counter] >= value)
            return counters[counter];
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        return SysResult.Wait(task.Wait.Begin(InterruptKind.Restartable).On(Key(counter)));
    }

    private static WaitKey Key(uint counter) => new(WaitKind.Foreign, counter, Scope);
}

/// <summary>The counters: the one thing of this plugin that must outlive it.</summary>
internal sealed class CounterTable : IStatefulService<OwnState>
{
    /// <summary>The largest value.</summary>
    public const long Most = long.MaxValue;

    private const int StateVersion = 1;
    private const int EntrySize = sizeof(uint) + sizeof(long);
    private readonly Dictionary<uint, long> _values = [];

    public long this[uint counter]
    {
        get => _values.GetValueOrDefault(counter);
        set => _values[counter] = value;
    }

    public OwnState Capture()
    {
        var bytes = new byte[_values.Count * EntrySize];
        int at = 0;
        foreach ((uint counter, long value) in _values)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(at), counter);
            BitConverter.TryWriteBytes(bytes.AsSpan(at + sizeof(uint)), value);
            at += EntrySize;
        }

        return new OwnState { Version = StateVersion, Bytes = bytes };
    }

    public Errno Restore(OwnState state)
    {
        ReadOnlySpan<byte> bytes = state.Bytes.Span;
        if (state.Version != StateVersion || bytes.Length % EntrySize != 0)
            return Errno.EINVAL;
        for (int at = 0; at < bytes.Length; at += EntrySize)
            _values[BitConverter.ToUInt32(bytes[at..])] = BitConverter.ToInt64(bytes[(at + sizeof(uint))..]);
        return Errno.None;
    }
}
