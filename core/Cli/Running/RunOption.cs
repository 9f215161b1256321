namespace Kpio.Cli.Running;

/// <summary>How an option takes a value.</summary>
internal enum OptionValue : byte
{
    /// <summary>None: it is on or off.</summary>
    None,

    /// <summary>One, in the same or the next argument.</summary>
    Required,

    /// <summary>One in the same argument (<c>--trace=FILE</c>), or none.</summary>
    Optional,

    /// <summary>One, and the option may be given several times.</summary>
    Repeated,
}

/// <summary>An option of <c>kpio run</c>: the command line, the environment and the configuration file know it by this one description.</summary>
/// <param name="Name">The name without the dashes.</param>
/// <param name="Value">How it takes a value.</param>
/// <param name="ValueName">What help calls the value.</param>
/// <param name="Description">What help says.</param>
/// <param name="Apply">Takes the value over; throws <see cref="UsageException"/> with a reason when it does not fit.</param>
internal sealed record RunOption(string Name, OptionValue Value, string ValueName, string Description, Action<RunOptions, string> Apply)
{
    /// <summary>The environment variable: <c>KPIO_TRACE_FORMAT</c>.</summary>
    public string Variable => "KPIO_" + Name.ToUpperInvariant().Replace('-', '_');

    /// <summary>An argument that ends so is the value of an option before it that takes one optionally: <c>--control kpio.sock</c>.</summary>
    public string? ValueEnding { get; init; }

    /// <summary>Whether the next argument is the value of this option, given without one of its own.</summary>
    public bool Takes(string next) => Value is OptionValue.Required or OptionValue.Repeated
        || (ValueEnding is { } ending && !next.StartsWith('-') && next.EndsWith(ending, StringComparison.Ordinal));
}
