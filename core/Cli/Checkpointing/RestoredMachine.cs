using Kpio.Cli.Running;
using Kpio.Kernel;
using Kpio.Kernel.Checkpoint;

namespace Kpio.Cli.Checkpointing;

/// <summary>A machine from a checkpoint file on its way into a run.</summary>
internal sealed class RestoredMachine
{
    private const string AbiNote = "abi";
    private const string TiersNote = "tiers";
    private const string PluginsNote = "plugins";
    private const string ProgramNote = "program";

    private readonly string _path;
    private MachineSnapshot? _snapshot;

    private RestoredMachine(string path, MachineSnapshot snapshot)
    {
        _path = path;
        _snapshot = snapshot;
        HasTerminal = snapshot.Header.HasTerminal;
    }

    /// <summary>Whether the user's terminal is its console.</summary>
    public bool HasTerminal { get; }

    /// <summary>What is written down of a run's options, beside what the kernel keeps.</summary>
    public static Dictionary<string, string> Describe(RunOptions options)
    {
        var notes = new Dictionary<string, string>
        {
            [PluginsNote] = string.Join('\n', options.Plugins.Select(Path.GetFullPath)),
            [TiersNote] = string.Join('\n', options.AbiTiers.ToArray().Concat(options.Tiers.ToArray()).Select(static part => part.IsFile ? Path.GetFullPath(part.Text) : part.Text)),
            [ProgramNote] = options.Program,
        };
        if (options.Abi is { } abi)
            notes[AbiNote] = AbiPart.IsPath(abi) ? Path.GetFullPath(abi) : abi;
        return notes;
    }

    /// <summary>Reads a file, and sets the options that the machine is put together with to those that it had.</summary>
    /// <exception cref="UsageException">It is no checkpoint that can be read.</exception>
    public static RestoredMachine Open(string path, RunOptions options)
    {
        MachineSnapshot snapshot;
        try
        {
            using FileStream file = File.OpenRead(path);
            snapshot = CheckpointFile.Read(file);
        }
        catch (SnapshotException e)
        {
            throw new UsageException($"{path}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UsageException($"{path}: {ErrorText.Of(e)}", e);
        }

        Contracts.Process.MachineOptions machine = snapshot.Options;
        if (machine.MemoryBytes is < 1 << 20 or > 1L << 40)
            throw new UsageException($"{path}: it is of a machine with {machine.MemoryBytes} bytes of memory, which cannot be had");
        options.MemoryBytes = machine.MemoryBytes;
        options.MaximumTasks = machine.MaximumTasks;
        options.Cpu = machine.Cpu;
        options.Deterministic = machine.Deterministic;
        options.Seed = machine.Seed;
        options.Scheduler = machine.Scheduler;
        options.Release = machine.Release;
        options.Clock = snapshot.Clock;
        options.Abi = snapshot.Header.Notes.GetValueOrDefault(AbiNote);
        foreach (string tier in Lines(snapshot, TiersNote))
            options.Tiers.Add(AbiPart.ReadTier(tier));
        options.Plugins.AddRange(Lines(snapshot, PluginsNote));
        options.Program = snapshot.Header.Notes.GetValueOrDefault(ProgramNote) ?? "";
        return new RestoredMachine(path, snapshot);
    }

    /// <summary>Gives a machine what was kept; once, since the memory is wanted back.</summary>
    /// <exception cref="UsageException">It cannot be done.</exception>
    public void Restore(Machine machine)
    {
        try
        {
            machine.Restore(_snapshot!);
            _snapshot = null;
        }
        catch (SnapshotException e)
        {
            throw new UsageException($"{_path}: {e.Message}", e);
        }
    }

    private static string[] Lines(MachineSnapshot snapshot, string note) =>
        snapshot.Header.Notes.GetValueOrDefault(note) is { Length: > 0 } text ? text.Split('\n') : [];
}
