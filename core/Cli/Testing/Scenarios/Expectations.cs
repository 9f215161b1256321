using Kpio.Contracts.Process;

namespace Kpio.Cli.Testing.Scenarios;

/// <summary>What must come of a scenario. What is null, or not listed, is not looked at.</summary>
internal sealed class Expectations
{
    /// <summary>How the program ends.</summary>
    public ExpectedExit Exit { get; set; } = new(0, Signal.None);

    /// <summary>Standard output; with a terminal everything that it shows.</summary>
    public TextExpectation? Output { get; set; }

    /// <summary>Standard error.</summary>
    public TextExpectation? Error { get; set; }

    /// <summary>Files of the guest's tree afterwards.</summary>
    public List<ExpectedFile> Files { get; } = [];

    /// <summary>Names of system calls that must be made.</summary>
    public List<string> Must { get; } = [];

    /// <summary>Names of system calls that must not be made.</summary>
    public List<string> Never { get; } = [];

    /// <summary>The file with the normalised trace, or null.</summary>
    public string? Trace { get; set; }
}

/// <summary>How a program ends: with a code, or by a signal.</summary>
/// <param name="Code">The code; null when a signal ends it.</param>
/// <param name="Signal">The signal.</param>
internal sealed record ExpectedExit(int? Code, Signal Signal)
{
    public override string ToString() => Code is { } code ? $"exited {code}" : $"signaled {Signal}";
}

/// <summary>A file afterwards.</summary>
/// <param name="Path">Its absolute path in the guest's tree.</param>
/// <param name="IsAbsent">Whether it must not be there.</param>
/// <param name="Content">Its content; null is not looked at.</param>
/// <param name="Permissions">Its permissions; null are not looked at.</param>
/// <param name="Link">Where it leads as a link; null is not looked at.</param>
internal sealed record ExpectedFile(string Path, bool IsAbsent, TextExpectation? Content, uint? Permissions, string? Link);
