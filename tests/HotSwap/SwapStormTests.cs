using System.Globalization;
using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Kernel.HotSwap;
using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>Every plugin is replaced again and again while programs run, which must not notice.</summary>
public sealed class SwapStormTests
{
    /// <summary>How many system calls come between two swaps: 500, or what <c>KPIO_SWAP_EVERY</c> says.</summary>
    private static readonly long Every =
        long.Parse(Environment.GetEnvironmentVariable("KPIO_SWAP_EVERY") is { Length: > 0 } every ? every : "500", CultureInfo.InvariantCulture);

    public static TheoryData<string> Sources => [.. GuestProgram.Sources("conformance")];

    /// <summary>The conformance guests print on a machine with a swap of all plugins every so many calls what they print natively.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public void ConformanceGuestAgreesWithLinux(string source)
    {
        var runner = new KpioMachineRunner { Prepare = static machine => SwapAll(machine, Every) };
        GuestCase.Check(runner, source);
    }

    internal static void SwapAll(Machine machine, long every, Action<SwapReport>? told = null) =>
        machine.SwapAfter(every, repeats: true, () => [.. machine.Plugins.Select(static plugin => new PluginSwap(plugin.Source))], told);
}
