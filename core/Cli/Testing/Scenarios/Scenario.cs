using Kpio.Cli.Running;

namespace Kpio.Cli.Testing.Scenarios;

/// <summary>One scripted run with what is expected of it: a file of docs/testing.md, or one of its cases. Not changed after it was read.</summary>
internal sealed class Scenario
{
    /// <param name="source">Where it was read.</param>
    public Scenario(ScenarioSource source)
    {
        Source = source;
        Options.MemoryBytes = 1L << 30;
        Options.Deterministic = true;
    }

    /// <summary>Where it was read.</summary>
    public ScenarioSource Source { get; }

    /// <summary>What reports call it; unique within its file.</summary>
    public string Name { get; set; } = "";

    /// <summary>For people.</summary>
    public string? Description { get; set; }

    /// <summary>Program, arguments, variables, root, mounts, user and the machine: what <c>kpio run</c> has for them. Deterministic unless it says otherwise.</summary>
    public RunOptions Options { get; } = new();

    /// <summary>What standard input gives; without a terminal.</summary>
    public byte[] Input { get; set; } = [];

    /// <summary>The terminal that the three standard streams are, or null.</summary>
    public TerminalScript? Terminal { get; set; }

    /// <summary>What is put into the guest's tree before the program starts.</summary>
    public List<GuestFile> Files { get; } = [];

    /// <summary>Plugins to be replaced on the way.</summary>
    public List<PlannedSwap> Swaps { get; } = [];

    /// <summary>After what time of the host's the machine is ended, and the scenario has failed.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>What is done before, once for all cases of the file; null for nothing. <see cref="Files"/> are then put there after it.</summary>
    public ScenarioSetup? Setup { get; set; }

    /// <summary>What must come of it.</summary>
    public Expectations Expect { get; } = new();
}

/// <summary>Where a scenario was read.</summary>
/// <param name="File">The file's absolute path.</param>
/// <param name="Shown">Its path as messages show it: as the user has named it, or the folder that it is in.</param>
/// <param name="Relative">Its path from the folder that the user has named, with slashes: the same on every machine.</param>
internal sealed record ScenarioSource(string File, string Shown, string Relative)
{
    /// <summary>The folder that paths in the file start from.</summary>
    public string Folder { get; } = Path.GetDirectoryName(File)!;
}

/// <summary>A file, directory or link of the guest's tree.</summary>
/// <param name="Path">Its absolute path in the guest's tree.</param>
/// <param name="Content">A file's content; null for a directory or link.</param>
/// <param name="Link">A link's target; null for others.</param>
/// <param name="Permissions">Its permissions; null for 0644, or 0755 for a directory.</param>
internal sealed record GuestFile(string Path, TextSource? Content, string? Link, uint? Permissions);

/// <summary>A replacement of plugins.</summary>
/// <param name="Calls">After how many system calls.</param>
/// <param name="Repeats">Whether again after as many more.</param>
/// <param name="Plugin">The name of the plugin that is replaced; null leaves it to the new one's name.</param>
/// <param name="Path">The new one's assembly; null loads the old one's once more.</param>
internal sealed record PlannedSwap(long Calls, bool Repeats, string? Plugin, string? Path)
{
    /// <summary>Stands for every plugin that is loaded.</summary>
    public const string All = "all";

    public override string ToString() => $"swap of {Plugin ?? System.IO.Path.GetFileName(Path)} {(Repeats ? "every" : "after")} {Calls} calls";
}
