using System.Globalization;
using System.Text.RegularExpressions;

namespace Kpio.StraceComparison.Tests;

/// <summary>
/// A trace of several tasks made comparable. Which task's line comes first is nobody's to say, so the lines are put together by task: the halves
/// of calls that were unfinished joined, the tasks named by their descent (t1.02 is the second that t1 made), and pids where they are
/// results, arguments and senders of signals replaced by those names.
/// </summary>
internal sealed partial class ProcessTrace
{
    private const string Unknown = "PID";
    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, int> _children = [];
    private readonly List<(string Pid, string Text)> _lines = [];

    private ProcessTrace(IEnumerable<string> trace)
    {
        foreach ((string pid, string text) in Join(trace))
        {
            _lines.Add((pid, text));
            _names.TryAdd(pid, _names.Count == 0 ? "t1" : Unknown);
            Match made = Made().Match(text);
            if (!made.Success)
                continue;
            int number = _children[pid] = _children.GetValueOrDefault(pid) + 1;
            _names[made.Groups[1].Value] = string.Create(CultureInfo.InvariantCulture, $"{pid}/{number:00}");
        }
    }

    /// <summary>The lines with their task's name in front, task by task.</summary>
    public static List<string> Normalize(IEnumerable<string> trace)
    {
        var whole = new ProcessTrace(trace);
        var lines = new List<(string Name, string Text)>();
        var lastPids = new Dictionary<string, string>();
        foreach ((string pid, string text) in whole._lines)
        {
            string line = whole.NamePids(text);
            Match returned = Returned().Match(text);
            if (returned.Success && lastPids.GetValueOrDefault(pid) == returned.Groups[1].Value)
                line = text[..returned.Groups[1].Index] + whole.NameOf(returned.Groups[1].Value);
            Match result = PidResult().Match(text);
            if (result.Success)
                lastPids[pid] = result.Value;
            else if (!returned.Success && text[0] is not ('-' or '+'))
                lastPids.Remove(pid);
            lines.Add((whole.NameOf(pid), line));
        }

        return [.. lines.OrderBy(static line => line.Name, StringComparer.Ordinal).Select(static line => $"[{line.Name}] {line.Text}")];
    }

    /// <summary>Whether a call of one task is shown in two halves around another's line.</summary>
    public static bool HasHalves(IEnumerable<string> trace) => trace.Any(static line => SecondHalf().IsMatch(line));

    private static List<(string Pid, string Text)> Join(IEnumerable<string> trace)
    {
        var open = new Dictionary<string, string>();
        var lines = new List<(string Pid, string Text)>();
        foreach (string line in trace)
        {
            Match parts = Line().Match(line);
            string pid = parts.Groups[1].Value;
            string text = parts.Groups[2].Value;
            Match superseded = Superseded().Match(text);
            if (superseded.Success && open.Remove(superseded.Groups[1].Value, out string? moved))
                open[pid] = moved;
            if (FirstHalf().Match(text) is { Success: true } first)
            {
                open[pid] = first.Groups[1].Value;
                continue;
            }

            if (SecondHalf().Match(text) is { Success: true } second && open.Remove(pid, out string? half))
                text = half + second.Groups[1].Value;
            lines.Add((pid, text));
        }

        lines.AddRange(open.Select(static left => (left.Key, left.Value + " <unfinished ...>")));
        return lines;
    }

    private string NamePids(string text)
    {
        text = PidResult().Replace(text, match => NameOf(match.Value));
        return PidArgument().Replace(text, match => NameOf(match.Value));
    }

    /// <summary>The name of a pid: those of its ancestors resolved. 0 and the pids of strangers have none.</summary>
    private string NameOf(string pid)
    {
        if (pid == "0")
            return pid;
        if (!_names.TryGetValue(pid, out string? name))
            return Unknown;
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? name : $"{NameOf(name[..slash])}.{name[(slash + 1)..]}";
    }

    [GeneratedRegex(@"^(\d+) +(.*)$")]
    private static partial Regex Line();

    [GeneratedRegex(@"^(.*) <unfinished \.\.\.>$")]
    private static partial Regex FirstHalf();

    [GeneratedRegex(@"<\.\.\. \w+ resumed>(.*)$")]
    private static partial Regex SecondHalf();

    [GeneratedRegex(@"superseded by execve in pid (\d+)")]
    private static partial Regex Superseded();

    [GeneratedRegex(@"^(?:clone|clone3|fork|vfork)\(.* = (\d+)$")]
    private static partial Regex Made();

    [GeneratedRegex(@"^rt_sigreturn\(.* = (\d+)$")]
    private static partial Regex Returned();

    [GeneratedRegex(@"(?<=^(?:clone|clone3|fork|vfork|wait4|waitid|getpid|gettid|getppid|getpgrp|getpgid|getsid|setsid|set_tid_address)\(.* = )\d+$")]
    private static partial Regex PidResult();

    [GeneratedRegex(@"(?<=^(?:kill|tkill|wait4|setpgid|getpgid|getsid|tgkill)\()\d+|(?<=^tgkill\(\d+, )\d+|(?<=\bsi_pid=|(?:parent|child)_tid=\[|P_PID, |execve in pid )\d+")]
    private static partial Regex PidArgument();
}
