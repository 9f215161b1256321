using System.Globalization;
using Kpio.Cli.Running;

namespace Kpio.Cli.Swapping;

/// <summary>A plugin that somebody wants to have replaced, as written: <c>NAME=PATH</c>, or <c>PATH</c> for the plugin of the file's own name.</summary>
/// <param name="Name">The plugin that is to be replaced; null leaves it to the new one.</param>
/// <param name="Path">An assembly, a <c>.cs</c> file; empty or <c>builtin</c> for the built-in one.</param>
internal sealed record SwapWish(string? Name, string Path)
{
    /// <summary>Whether the built-in plugin of that name is to be in force again.</summary>
    public bool IsBuiltIn => Path is "" or "builtin";

    /// <summary>Reads one.</summary>
    /// <exception cref="UsageException">It names no plugin.</exception>
    public static SwapWish Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string? name = equals < 0 || text.AsSpan(0, equals).Contains('/') ? null : text[..equals];
        SwapWish wish = name is null ? new SwapWish(null, text) : new SwapWish(name, text[(equals + 1)..]);
        if (name is "" || (name is null && wish.IsBuiltIn))
            throw new UsageException($"'{text}' names no plugin: use NAME=PATH, PATH, or NAME=builtin");
        return wish;
    }
}

/// <summary>Swaps that are to happen together after a number of system calls.</summary>
/// <param name="Calls">How many, at least 1.</param>
/// <param name="Wishes">What is replaced.</param>
internal sealed record ScheduledSwap(long Calls, IReadOnlyList<SwapWish> Wishes)
{
    private const string Start = "after=";
    private const string Unit = "syscalls";

    /// <summary>Reads <c>after=1000syscalls:vfs=PATH,memory=PATH</c>.</summary>
    /// <exception cref="UsageException">It is not of that form.</exception>
    public static ScheduledSwap Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (!text.StartsWith(Start, StringComparison.Ordinal) || colon < 0)
            throw new UsageException($"'{text}' is no swap: use after=1000syscalls:NAME=PATH");
        string count = text[Start.Length..colon];
        if (count.EndsWith(Unit, StringComparison.Ordinal))
            count = count[..^Unit.Length];
        return new ScheduledSwap(ParseCalls(count), [.. text[(colon + 1)..].Split(',').Select(SwapWish.Parse)]);
    }

    /// <summary>Reads a number of system calls.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static long ParseCalls(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long calls) && calls > 0
            ? calls
            : throw new UsageException($"'{text}' is no number of system calls: use 1 or more");
}
