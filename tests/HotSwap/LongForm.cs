namespace Kpio.HotSwap.Tests;

/// <summary>Whether the tests take their long form: <c>tests/swap-storm.sh</c> sets <c>KPIO_SWAP_LONG</c>.</summary>
internal static class LongForm
{
    public static bool IsOn { get; } = Environment.GetEnvironmentVariable("KPIO_SWAP_LONG") is { Length: > 0 };
}
