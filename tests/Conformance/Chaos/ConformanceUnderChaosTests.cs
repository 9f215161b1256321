using Kpio.Contracts.Process;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Chaos;

/// <summary>
/// The programs of <c>tests/Guests/conformance</c> under the chaos scheduler: the kernel is right in whatever order its callers come. One in
/// eight of them, all in the long form.
/// </summary>
public sealed class ConformanceUnderChaosTests
{
    /// <summary>Compares the time of long calls with that of the program; in virtual time every call takes a cycle.</summary>
    private const string Excluded = "conformance/user_time.c";

    private static readonly int Share = ChaosRun.Seeds is null ? 8 : 1;
    private static readonly ulong Seeds = ChaosRun.Seeds is null ? 1UL : 3;

    public static TheoryData<string> Sources => [.. GuestProgram.Sources("conformance").Where(static (source, index) => index % Share == 0 && source != Excluded)];

    [Theory]
    [MemberData(nameof(Sources))]
    public void AgreesWithLinux(string source)
    {
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            var runner = new KpioMachineRunner
            {
                Options = new MachineOptions
                {
                    MemoryBytes = KpioMachineRunner.DefaultMemoryBytes,
                    Deterministic = true,
                    Seed = seed,
                    Scheduler = SchedulerKind.Chaos,
                },
            };
            try
            {
                GuestCase.Check(runner, source);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }
}
