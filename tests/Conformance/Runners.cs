using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Which KPIO the tests of this project run on.</summary>
internal static class Runners
{
    /// <summary>The <c>kpio</c> command, a process for each program.</summary>
    public static IProgramRunner Command { get; } = new KpioCommandRunner();

    /// <summary>What data-driven tests use.</summary>
    public static IProgramRunner Default => Command;
}
