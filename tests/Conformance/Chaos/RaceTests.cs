using Kpio.Contracts.Process;
using Kpio.Testing;
using Xunit.Abstractions;

namespace Kpio.Conformance.Tests.Chaos;

/// <summary>
/// Programs of <c>tests/Guests/races</c>, each with a race planted in it: 100 seeds of the chaos scheduler find it, and each seed that
/// does shows it again, to the cycle. Taking turns of equal length never does. Here the search ends at the first seed;
/// <c>KPIO_CHAOS_SEEDS=100</c> takes them all.
/// </summary>
public sealed class RaceTests(ITestOutputHelper output)
{
    private const int MostSeeds = 100;

    public static TheoryData<string> Programs => [.. GuestProgram.Sources("races")];

    [Theory]
    [MemberData(nameof(Programs))]
    public void ChaosFindsIt(string source)
    {
        using var scratch = new ScratchDirectory();
        string program = GuestProgram.Build(source);
        var found = new List<ulong>();
        for (ulong seed = 0; seed < (ulong)(ChaosRun.Seeds ?? MostSeeds) && (ChaosRun.Seeds is not null || found.Count == 0); seed++)
        {
            ChaosRun run = ChaosRun.Start(program, seed, scratch);
            Assert.Contains((run.Result.OutputText, run.Result.ExitCode), new[] { ("fine\n", 0), ("race\n", 1) });
            if (run.Result.ExitCode == 0)
                continue;
            found.Add(seed);
            for (int again = 0; again < 2; again++)
                Assert.Equal(run.Facts, ChaosRun.Start(program, seed, scratch).Facts);
        }

        output.WriteLine($"{source}: found by {found.Count} seeds: {string.Join(' ', found)}");
        Assert.NotEmpty(found);
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void TakingTurnsDoesNot(string source)
    {
        using var scratch = new ScratchDirectory();
        for (ulong seed = 0; seed < 3; seed++)
        {
            ChaosRun run = ChaosRun.Start(GuestProgram.Build(source), seed, scratch, SchedulerKind.RoundRobin);
            Assert.Equal(("fine\n", 0), (run.Result.OutputText, run.Result.ExitCode));
        }
    }
}
