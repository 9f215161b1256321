using System.Globalization;

namespace Kpio.HotSwap.Tests;

/// <summary>Whether the tests take their long form: <c>tests/swap-storm.sh</c> sets <c>KPIO_SWAP_LONG</c>.</summary>
internal static class LongForm
{
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("KPIO_SWAP_LONG") is { Length: > 0 };

    /// <summary>A number of a test: what an environment variable says, or that of the form.</summary>
    public static int Number(string variable, int @short, int @long) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : IsOn ? @long : @short;
}
