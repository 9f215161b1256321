namespace Kpio.Cli.Testing;

/// <summary>What <c>kpio test</c> was asked for.</summary>
internal sealed record TestOptions
{
    /// <summary>Files and folders with scenarios.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Which scenarios; null for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Which part of them, I/N; null for all.</summary>
    public string? Shard { get; init; }

    /// <summary>How many run at the same time.</summary>
    public int Jobs { get; init; } = Environment.ProcessorCount;

    /// <summary>How often each runs.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>Whether they are only named.</summary>
    public bool Lists { get; init; }

    /// <summary>Whether files of expectations are written.</summary>
    public bool Updates { get; init; }

    /// <summary>Whether results are told in the Test Anything Protocol.</summary>
    public bool Tap { get; init; }

    /// <summary>Where a file of JUnit's goes, or null.</summary>
    public string? JunitPath { get; init; }
}
