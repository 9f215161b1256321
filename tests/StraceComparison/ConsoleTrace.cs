using System.Globalization;
using System.Text.RegularExpressions;

namespace Kpio.StraceComparison.Tests;

/// <summary>
/// A trace on standard error as <c>strace -f</c> writes it, turned into the lines of <c>strace -f -o</c>: each with its task in front. What the form
/// alone says is checked on the way: a task is named when there are several of them and only then, and every task but the first is told of
/// before its first line.
/// </summary>
internal sealed partial class ConsoleTrace
{
    private readonly List<string> _lines = [];
    private readonly HashSet<string> _tasks = [];
    private string _begun = ""; // of a line within which a task was told of

    private ConsoleTrace(string[] trace)
    {
        _tasks.Add(FirstTask(trace));
        foreach (string line in trace)
        {
            Match attached = Attached().Match(line);
            if (!attached.Success)
            {
                Add(_begun + line);
                continue;
            }

            _begun += attached.Groups[1].Value;
            if (!_tasks.Add(attached.Groups[2].Value))
                throw new FormatException($"told of twice: {line}");
            Attachments++;
            if (attached.Groups[1].Length > 0)
                AttachmentsWithinLines++;
        }
    }

    /// <summary>How many tasks were told of.</summary>
    public int Attachments { get; }

    /// <summary>How many of them while a call's line was incomplete.</summary>
    public int AttachmentsWithinLines { get; }

    /// <summary>The lines with their task's pid in front.</summary>
    public string[] Lines => [.. _lines];

    public static ConsoleTrace Read(string text) => new(text.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private void Add(string line)
    {
        // The guest's own standard error comes between what a call begins with and what it ends with.
        if (!Complete().IsMatch(line))
        {
            _begun = line;
            return;
        }

        bool isContinued = _begun.Length > 0;
        _begun = "";
        Match superseded = Superseded().Match(line);
        if (superseded.Success)
            _tasks.Remove(superseded.Groups[1].Value);
        Match named = Named().Match(line);
        string pid = named.Success ? named.Groups[1].Value : _tasks.First();
        // When a line began that a new task was told of within, there was one less.
        if (named.Success != _tasks.Count > 1 && !(isContinued && !named.Success))
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"with {_tasks.Count} tasks: {line}"));
        if (!_tasks.Contains(pid))
            throw new FormatException($"not told of: {line}");
        string rest = line[named.Length..];
        _lines.Add($"{pid} {rest}");
        if (Ended().IsMatch(rest))
            _tasks.Remove(pid);
    }

    /// <summary>The pid of the first task, which lines without names are of: what it says itself, or the name that nobody was told of.</summary>
    private static string FirstTask(string[] trace)
    {
        HashSet<string> attached = [.. trace.Select(line => Attached().Match(line)).Where(static match => match.Success).Select(static match => match.Groups[2].Value)];
        IEnumerable<string> named = trace.Select(line => Named().Match(line)).Where(static match => match.Success).Select(static match => match.Groups[1].Value);
        return named.FirstOrDefault(pid => !attached.Contains(pid)) ?? trace.Select(line => OwnTid().Match(line)).FirstOrDefault(static match => match.Success)?.Groups[1].Value ?? "1";
    }

    [GeneratedRegex(@"^(.*?)(?:/usr/bin/)?strace: Process (\d+) attached$")]
    private static partial Regex Attached();

    [GeneratedRegex(@"^\[pid +(\d+)\] ")]
    private static partial Regex Named();

    [GeneratedRegex(@"\) += .+$|---$|\+\+\+$| <unfinished \.\.\.>$")]
    private static partial Regex Complete();

    [GeneratedRegex(@"^\+\+\+ (exited|killed)")]
    private static partial Regex Ended();

    [GeneratedRegex(@"superseded by execve in pid (\d+)")]
    private static partial Regex Superseded();

    [GeneratedRegex(@"^set_tid_address\(.*\) += (\d+)$")]
    private static partial Regex OwnTid();
}
