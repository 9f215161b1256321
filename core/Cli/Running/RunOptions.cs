using Kpio.Cli.Checkpointing;
using Kpio.Cli.Swapping;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Kernel;

namespace Kpio.Cli.Running;

/// <summary>A mount that the user asked for.</summary>
/// <param name="Type">The file system's type.</param>
/// <param name="Source">What is mounted: for host types an absolute path of the host.</param>
/// <param name="Target">Where.</param>
/// <param name="ReadOnly">Whether it is read-only.</param>
internal sealed record MountChoice(string Type, string? Source, string Target, bool ReadOnly, IReadOnlyDictionary<string, string>? Options = null);

/// <summary>A variable that the user set for the program.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value; null takes the variable away.</param>
internal sealed record VariableChoice(string Name, string? Value);

/// <summary>What <c>kpio run</c> was asked for, after command line, environment and configuration file.</summary>
internal sealed class RunOptions
{
    public string Root { get; set; } = "host";

    public PlainList<MountChoice> Mounts { get; } = new();

    public uint User { get; set; }

    public uint Group { get; set; }

    public string? WorkingDirectory { get; set; }

    /// <summary>Variables to set or to take away.</summary>
    public PlainList<VariableChoice> Environment { get; } = new();

    public string? Release { get; set; }

    public long MemoryBytes { get; set; } = 4L << 30;

    /// <summary>Whether what is executed often is translated.</summary>
    public bool Translates { get; set; }

    public int? MaximumTasks { get; set; }

    /// <summary>What the processors are.</summary>
    public CpuModel Cpu { get; set; }

    /// <summary>The interface by its name, or the path of a plugin; null for linux.</summary>
    public string? Abi { get; set; }

    /// <summary>What was said to lie on <see cref="Abi"/> together with it.</summary>
    public PlainList<AbiPart> AbiTiers { get; private set; } = new();

    /// <summary>What lies on all that.</summary>
    public PlainList<AbiPart> Tiers { get; } = new();

    public List<string> Plugins { get; private set; } = [];

    public bool Trace { get; set; }

    public string? TraceFile { get; set; }

    public string TraceFormat { get; set; } = "kpio";

    public string? TraceFilter { get; set; }

    /// <summary>Faults, signals and delays that are injected into calls.</summary>
    public PlainList<InjectionArgument> Injections { get; } = new();

    public bool Statistics { get; set; }

    public bool Json { get; set; }

    public ClockSource Clock { get; set; }

    public bool Deterministic { get; set; }

    public ulong Seed { get; set; }

    public SchedulerKind Scheduler { get; set; }

    public TimeSpan? Timeout { get; set; }

    /// <summary>The folder of the host for core files.</summary>
    public string? CoreFolder { get; set; }

    /// <summary>Where gdb connects: a port or a socket's path.</summary>
    public string? Gdb { get; set; }

    /// <summary>Swaps at places of the program.</summary>
    public PlainList<ScheduledSwap> Swaps { get; } = new();

    /// <summary>After how many system calls all plugins are swapped, again and again.</summary>
    public long? SwapEvery { get; set; }

    /// <summary>Checkpoints at places of the program.</summary>
    public PlainList<ScheduledCheckpoint> Checkpoints { get; } = new();

    /// <summary>Whether the run ends with its first checkpoint.</summary>
    public bool EndsAtCheckpoint { get; set; }

    /// <summary>The machine that goes on here, in the place of a program; null for a new one.</summary>
    public RestoredMachine? Restored { get; set; }

    /// <summary>The control socket's path; empty for one by the process's number, null for none.</summary>
    public string? Control { get; set; }

    /// <summary>Whether plugins are swapped when their files change.</summary>
    public bool WatchesPlugins { get; set; }

    /// <summary>Whether plugins may be swapped during the run.</summary>
    public bool ChangesPlugins => Swaps.Count > 0 || SwapEvery is not null || Control is not null || WatchesPlugins;

    /// <summary>The candidate that does the same beside the run: an interface as <see cref="Abi"/> has it, or NAME=PATH of a plugin; null for none.</summary>
    public string? Shadow { get; set; }

    /// <summary>Whether the run ends where its shadow differs.</summary>
    public bool ShadowStops { get; set; }

    /// <summary>After how many calls the shadow starts from the live state again.</summary>
    public long ShadowEvery { get; set; } = 1000;

    public bool Verbose { get; set; }

    public string Program { get; set; } = "";

    public string[] Arguments { get; set; } = [];

    /// <summary>The same options, to be given another interface and further plugins.</summary>
    public RunOptions Copy()
    {
        var copy = (RunOptions)MemberwiseClone();
        (copy.AbiTiers, copy.Plugins) = ([.. AbiTiers], [.. Plugins]);
        return copy;
    }
}
