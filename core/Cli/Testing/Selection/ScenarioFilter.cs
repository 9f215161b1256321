using System.Text;
using System.Text.RegularExpressions;
using Kpio.Cli.Running;
using Kpio.Cli.Testing.Scenarios;

namespace Kpio.Cli.Testing.Selection;

/// <summary>Which scenarios are wanted: a glob that fits the whole name or path, or a <c>/pattern/</c> that is found in one of them.</summary>
internal sealed class ScenarioFilter
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);
    private readonly Regex _pattern;

    /// <exception cref="UsageException">It is no pattern.</exception>
    public ScenarioFilter(string text)
    {
        bool isPattern = text.Length > 2 && text[0] == '/' && text[^1] == '/';
        try
        {
            _pattern = new Regex(isPattern ? text[1..^1] : OfGlob(text), RegexOptions.CultureInvariant, Limit);
        }
        catch (RegexParseException e)
        {
            throw new UsageException($"--filter {text}: the pattern cannot be read: {e.Error} at its character {e.Offset + 1}", e);
        }
    }

    /// <summary>Whether a scenario is wanted.</summary>
    public bool Accepts(Scenario scenario) =>
        _pattern.IsMatch(scenario.Name) || _pattern.IsMatch(scenario.Source.Shown) || _pattern.IsMatch(scenario.Source.Relative);

    /// <summary>A glob as a pattern: * is any text, ? any character.</summary>
    private static string OfGlob(string glob)
    {
        var pattern = new StringBuilder("\\A");
        foreach (char c in glob)
            pattern.Append(c switch { '*' => "(?s:.*)", '?' => "(?s:.)", _ => Regex.Escape(c.ToString()) });
        return pattern.Append("\\z").ToString();
    }
}
