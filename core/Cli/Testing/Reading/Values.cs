using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;
using Kpio.Contracts.Process;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Kpio.Cli.Testing.Reading;

#pragma warning disable CA1822 // Some readers need nothing of the file; the tables of keys ask one object for all of them.

/// <summary>Reads the values of one file, and keeps what is wrong with them.</summary>
internal sealed class Values
{
    private static readonly TimeSpan PatternLimit = TimeSpan.FromSeconds(5);
    private readonly List<string> _problems;
    private readonly ScenarioSource _source;

    public Values(ScenarioSource source, List<string> problems) => (_source, _problems) = (source, problems);

    /// <summary>How many problems were found, those that were told before counted in.</summary>
    public int Count { get; private set; }

    /// <summary>Where the guest's relative paths start.</summary>
    public string GuestFolder { get; set; } = "/";

    /// <summary>Adds a problem, once.</summary>
    public void Problem(Mark at, string message)
    {
        string line = $"{_source.Shown}:{at.Line}:{at.Column}: {message.ReplaceLineEndings(" ")}";
        Count++;
        if (!_problems.Contains(line))
            _problems.Add(line);
    }

    /// <summary>Does something, and keeps what is wrong with it.</summary>
    public void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (ScenarioSyntaxException e)
        {
            Problem(e);
        }
    }

    /// <summary>Keeps what an exception says, unless it was told before.</summary>
    public void Problem(ScenarioSyntaxException exception)
    {
        if (!exception.IsTold)
            Problem(exception.At, exception.Message);
    }

    /// <summary>A value as text, however it is written.</summary>
    public string Text(YamlNode node)
    {
        if (node is not YamlScalarNode { Value: { } text } scalar)
            throw new ScenarioSyntaxException(node.Start, node is YamlMappingNode ? "a text is needed here, not a mapping" : "a text is needed here, not a list");
        if (scalar.Style == ScalarStyle.Plain && text is "" or "~" && scalar.Style == ScalarStyle.Plain)
            throw new ScenarioSyntaxException(node.Start, "there is nothing here: an empty text is written \"\"");
        return text;
    }

    /// <summary>A text that a guest gets as bytes: without NUL.</summary>
    public string GuestText(YamlNode node)
    {
        string text = Text(node);
        return !text.Contains('\0', StringComparison.Ordinal) ? text : throw new ScenarioSyntaxException(node.Start, "a NUL cannot be passed to a program");
    }

    /// <summary>true or false.</summary>
    public bool Truth(YamlNode node) => Text(node) switch
    {
        "true" => true,
        "false" => false,
        string other => throw new ScenarioSyntaxException(node.Start, $"'{other}' is neither true nor false"),
    };

    /// <summary>A whole number within bounds.</summary>
    public long Number(YamlNode node, long least, long most) =>
        long.TryParse(Text(node), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw new ScenarioSyntaxException(node.Start, $"'{Text(node)}' is no whole number from {least} to {most}");

    /// <summary>Permissions as chmod(1) writes them, in octal digits.</summary>
    public uint Permissions(YamlNode node)
    {
        string text = Text(node);
        string digits = text.StartsWith("0o", StringComparison.Ordinal) ? text[2..] : text;
        if (digits.Length is 0 or > 5 || digits.Any(static digit => digit is < '0' or > '7') || Convert.ToUInt32(digits, 8) is var mode && mode > 0xFFF)
            throw new ScenarioSyntaxException(node.Start, $"'{text}' is no mode: use octal digits, as in 0644");
        return Convert.ToUInt32(digits, 8);
    }

    /// <summary>A time: a number of seconds, or one with ms, s or m.</summary>
    public TimeSpan Time(YamlNode node)
    {
        string text = Text(node);
        (string digits, double unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 0.001),
            _ when text.EndsWith('s') => (text[..^1], 1.0),
            _ when text.EndsWith('m') => (text[..^1], 60.0),
            _ => (text, 1.0),
        };
        if (!double.TryParse(digits.Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) || number * unit is not (> 0 and < 1e6))
            throw new ScenarioSyntaxException(node.Start, $"'{text}' is no time: use seconds, or 500ms, 10s, 2m");
        return TimeSpan.FromSeconds(number * unit);
    }

    /// <summary>A list, or a single value as a list of one.</summary>
    public IEnumerable<YamlNode> List(YamlNode node) => node is YamlSequenceNode list ? list.Children : [node];

    /// <summary>The entries of a mapping.</summary>
    public IEnumerable<(string Name, YamlNode NameNode, YamlNode Value)> Entries(YamlNode node, string example)
    {
        if (node is not YamlMappingNode mapping)
            throw new ScenarioSyntaxException(node.Start, $"a mapping is needed here, as in {example}");
        foreach ((YamlNode name, YamlNode value) in mapping)
            yield return (Text(name), name, value);
    }

    /// <summary>A signal by its name.</summary>
    public Signal Signal(YamlNode node)
    {
        string text = Text(node);
        return text.StartsWith("SIG", StringComparison.Ordinal) && Enum.TryParse(text, out Signal signal) && signal != Contracts.Process.Signal.None
            ? signal
            : throw new ScenarioSyntaxException(node.Start, $"'{text}' is no signal: use a name, as in SIGTERM");
    }

    /// <summary>A path of the host: relative ones start at the scenario's file.</summary>
    public string HostPath(YamlNode node)
    {
        string text = GuestText(node);
        return text.Length > 0 ? Path.GetFullPath(text, _source.Folder) : throw new ScenarioSyntaxException(node.Start, "a path is needed here");
    }

    /// <summary>The same for something that must be there.</summary>
    public string ExistingPath(YamlNode node)
    {
        string path = HostPath(node);
        return Path.Exists(path) ? path : throw new ScenarioSyntaxException(node.Start, $"there is no {path}");
    }

    /// <summary>A path of the guest: relative ones start at the working directory.</summary>
    public string GuestPath(YamlNode node)
    {
        string text = GuestText(node);
        if (text.Length == 0)
            throw new ScenarioSyntaxException(node.Start, "a path is needed here");
        return text[0] == '/' ? text : $"{GuestFolder.TrimEnd('/')}/{text}";
    }

    /// <summary>A mount; its source, when it is of the host, starts at the scenario's file.</summary>
    public MountChoice Mount(YamlNode node)
    {
        string text = GuestText(node);
        try
        {
            return MountArgument.Parse(text, _source.Folder);
        }
        catch (UsageException e)
        {
            throw new ScenarioSyntaxException(node.Start, e.Message);
        }
    }

    /// <summary>A pattern of .NET's, in which ^ and $ mean lines.</summary>
    public Regex Pattern(YamlNode node)
    {
        try
        {
            return new Regex(Text(node), RegexOptions.CultureInvariant | RegexOptions.Multiline, PatternLimit);
        }
        catch (RegexParseException e)
        {
            // The base library's own words are left out of the build.
            throw new ScenarioSyntaxException(node.Start, $"the pattern cannot be read: {e.Error} at its character {e.Offset + 1}");
        }
    }

    /// <summary>An option of <c>kpio run</c> of the same meaning.</summary>
    public void Option(RunOptions options, string name, YamlNode node)
    {
        try
        {
            RunOptionTable.Find(name)!.Apply(options, GuestText(node));
        }
        catch (UsageException e)
        {
            throw new ScenarioSyntaxException(node.Start, e.Message);
        }
    }

    /// <summary>A text as the bytes that a guest sees.</summary>
    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Bytes in base64.</summary>
    public byte[] Base64(YamlNode node)
    {
        try
        {
            return Convert.FromBase64String(Text(node));
        }
        catch (FormatException)
        {
            throw new ScenarioSyntaxException(node.Start, "this is no base64");
        }
    }
}
