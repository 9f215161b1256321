using YamlDotNet.Core;

namespace Kpio.Cli.Testing.Reading;

/// <summary>A value of a scenario cannot be what it is; caught where its key is read, so that all that is wrong is told at once.</summary>
internal sealed class ScenarioSyntaxException : Exception
{
    /// <summary>What is wrong inside the value has been told already.</summary>
    public ScenarioSyntaxException() => IsTold = true;

    public ScenarioSyntaxException(string message)
        : base(message)
    {
    }

    public ScenarioSyntaxException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public ScenarioSyntaxException(Mark at, string message)
        : base(message) => At = at;

    /// <summary>Whether there is nothing more to be told.</summary>
    public bool IsTold { get; }

    /// <summary>Where.</summary>
    public Mark At { get; } = Mark.Empty;
}
