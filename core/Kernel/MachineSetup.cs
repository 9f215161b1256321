using Kpio.Contracts.Host;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Kernel;

/// <summary>Where a machine's time comes from.</summary>
public enum ClockSource : byte
{
    /// <summary>The host's clocks.</summary>
    Host,

    /// <summary>The cycle count; when every task sleeps, time jumps.</summary>
    Virtual,
}

/// <summary>Everything that <see cref="Machine.Create"/> puts together. Nothing in it is shared between machines unless the caller does.</summary>
public sealed class MachineSetup
{
    /// <summary>Makes the emulated hardware, whose random instructions draw on the machine's entropy.</summary>
    public required Func<IEntropySource, MachinePlatform> Platform { get; init; }

    /// <summary>The standard streams of the first process.</summary>
    public required IHostConsole Console { get; init; }

    /// <summary>How the machine sleeps while no task can run.</summary>
    public required IHostWaiter Waiter { get; init; }

    /// <summary>The host's clocks.</summary>
    public required IHostClock HostClock { get; init; }

    /// <summary>Where random bytes come from unless the machine is deterministic; null takes the base library's. Disposed of with the machine.</summary>
    public IEntropySource? Entropy { get; init; }

    /// <summary>What plugins are told of the machine.</summary>
    public MachineOptions Options { get; init; } = new();

    /// <summary>Where time comes from. Deterministic machines always use <see cref="ClockSource.Virtual"/>.</summary>
    public ClockSource Clock { get; init; }

    /// <summary>The plugins, in the order in which they are loaded.</summary>
    public PlainList<PluginSource> Plugins { get; init; } = [];

    /// <summary>Further services for the plugins, by their contract: files of the host, for one.</summary>
    public PlainList<HostService> HostServices { get; init; } = [];

    /// <summary>What is put on the plugins' system call interface, lowest first.</summary>
    public PlainList<AbiTier> AbiTiers { get; init; } = new();

    /// <summary>Takes the lines of KPIO's own log; null drops them.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>
    /// Called when every task sleeps, before time jumps or the machine waits for the host or ends because nothing can happen any more. True
    /// when it has asked something of the machine (<see cref="Machine.NotifyTerminal"/>, <see cref="Machine.Stop"/>). On the machine's own thread.
    /// </summary>
    public Func<bool>? Idle { get; init; }

    /// <summary>Takes lines that the user must see whatever the log does: guest faults and defects of KPIO.</summary>
    public Action<string>? Report { get; init; }
}

/// <summary>A service of the host for plugins.</summary>
/// <param name="Contract">Its interface.</param>
/// <param name="Service">What implements it.</param>
public sealed record HostService(Type Contract, object Service);
