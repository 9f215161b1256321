using Kpio.Cli.Running;
using Kpio.Cli.Swapping;

namespace Kpio.Cli.Checkpointing;

/// <summary>A checkpoint that is to be written after a number of system calls.</summary>
/// <param name="Calls">How many, at least 1.</param>
/// <param name="Path">The file.</param>
internal sealed record ScheduledCheckpoint(long Calls, string Path)
{
    private const string Start = "after=";
    private const string Unit = "syscalls";

    /// <summary>Reads <c>after=1000syscalls:FILE</c>.</summary>
    /// <exception cref="UsageException">It is not of that form.</exception>
    public static ScheduledCheckpoint Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (!text.StartsWith(Start, StringComparison.Ordinal) || colon < 0 || colon == text.Length - 1)
            throw new UsageException($"'{text}' is no checkpoint: use after=1000syscalls:FILE");
        string count = text[Start.Length..colon];
        if (count.EndsWith(Unit, StringComparison.Ordinal))
            count = count[..^Unit.Length];
        return new ScheduledCheckpoint(ScheduledSwap.ParseCalls(count), text[(colon + 1)..]);
    }
}
