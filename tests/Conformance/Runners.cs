using Kpio.Testing;

namespace Kpio.Conformance.Tests;

/// <summary>Which KPIO the tests of this project run on.</summary>
internal static class Runners
{
    /// <summary>The <c>kpio</c> command, a process for each program.</summary>
    public static IProgramRunner Command { get; } = new KpioCommandRunner();

    /// <summary>A machine within the test process; <c>KPIO_TEST_RUNNER=command</c> runs everything through the command instead.</summary>
    public static IProgramRunner Default { get; } =
        Environment.GetEnvironmentVariable("KPIO_TEST_RUNNER") == "command" ? Command : new KpioMachineRunner();
}
