using Kpio.Testing;

namespace Kpio.HotSwap.Tests;

/// <summary>Every plugin is replaced again and again while programs run, which must not notice. <c>tests/swap-storm.sh</c> is the long form.</summary>
public sealed class SwapStormTests
{
    private const long Every = 500;

    public static TheoryData<string> Sources => [.. GuestProgram.Sources("conformance")];

    /// <summary>The conformance guests print on a machine with a swap of all plugins every so many calls what they print natively.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public void ConformanceGuestAgreesWithLinux(string source) => GuestCase.Check(new KpioMachineRunner { SwapEvery = Every }, source);
}
