using System.Text.RegularExpressions;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Contracts.Process;
using YamlDotNet.RepresentationModel;

namespace Kpio.Cli.Testing.Reading;

/// <summary>An end while it is read.</summary>
internal sealed class ExitParts
{
    public int? Code { get; set; }

    public Signal Signal { get; set; }
}

/// <summary>A text while it is read.</summary>
internal sealed class TextParts
{
    public TextSource? Source { get; set; }

    public string? Contains { get; set; }

    public Regex? Pattern { get; set; }

    /// <summary>What is expected of the text; null when nothing is said of it.</summary>
    public TextExpectation? ToExpectation(YamlNode node) => ((Source is null ? 0 : 1) + (Contains is null ? 0 : 1) + (Pattern is null ? 0 : 1)) switch
    {
        0 => null,
        1 => new TextExpectation(Source, Contains, Pattern),
        _ => throw new ScenarioSyntaxException(node.Start, "a text is expected in one way alone"),
    };
}

/// <summary>A file while it is read.</summary>
internal sealed class FileParts
{
    public TextParts Text { get; } = new();

    public string? Link { get; set; }

    public bool IsDirectory { get; set; }

    public bool IsAbsent { get; set; }

    public uint? Permissions { get; set; }
}

/// <summary>A step while it is read.</summary>
internal sealed class StepParts
{
    public DialogueStep? Step { get; set; }
}

/// <summary>A swap while it is read.</summary>
internal sealed class SwapParts
{
    public long? After { get; set; }

    public long? Every { get; set; }

    public string? Plugin { get; set; }

    public string? Path { get; set; }
}

/// <summary>A setup while it is read.</summary>
internal sealed class SetupParts
{
    public YamlNode? Programs { get; set; }

    public List<DialogueStep>? Steps { get; set; }

    public long? Calls { get; set; }
}
