namespace Kpio.Cli.Testing.Running;

/// <summary>What came of one run of a scenario.</summary>
internal sealed class ScenarioRun
{
    /// <summary>What is not as expected, each a text of one or more lines.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Files that were written because <c>--update</c> was said.</summary>
    public List<string> Updated { get; } = [];

    /// <summary>What KPIO had to say of the run: faults of guests, and its own.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>What was written to standard output, or what the terminal showed.</summary>
    public byte[] Output { get; set; } = [];

    /// <summary>What was written to standard error.</summary>
    public byte[] Error { get; set; } = [];

    /// <summary>Cycles that the machine ran.</summary>
    public long Cycles { get; set; }

    /// <summary>Digest of everything that tasks did at their borders; empty when nobody asked.</summary>
    public string Digest { get; set; } = "";

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; set; }
}
