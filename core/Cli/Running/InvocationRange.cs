using System.Globalization;

namespace Kpio.Cli.Running;

/// <summary>Which invocations of a call something is injected into: strace(1)'s <c>when=FIRST[..LAST][+[STEP]]</c>.</summary>
/// <param name="First">The first, from 1.</param>
/// <param name="Last">The last.</param>
/// <param name="Step">Each how many-th; 0 for the first alone.</param>
internal sealed record InvocationRange(int First, int Last, int Step)
{
    /// <summary>All of them.</summary>
    public static InvocationRange Every { get; } = new(1, int.MaxValue, 1);

    /// <summary>Reads one; null when the text is none. The last must be below <paramref name="most"/>, the others at most that.</summary>
    public static InvocationRange? Parse(string text, int most)
    {
        int plus = text.IndexOf('+', StringComparison.Ordinal);
        string range = plus < 0 ? text : text[..plus];
        string? step = plus < 0 ? null : text[(plus + 1)..];
        int dots = range.IndexOf("..", StringComparison.Ordinal);
        if (!TryRead(dots < 0 ? range : range[..dots], most, out int first))
            return null;
        int last = int.MaxValue;
        if (dots >= 0 && (!TryRead(range[(dots + 2)..], most - 1, out last) || last < first))
            return null;
        return step switch
        {
            null => new InvocationRange(first, last, dots < 0 ? 0 : 1),
            "" => new InvocationRange(first, last, 1),
            _ => TryRead(step, most, out int every) ? new InvocationRange(first, last, every) : null,
        };
    }

    private static bool TryRead(string text, int most, out int number) =>
        int.TryParse(text, NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= most;
}
