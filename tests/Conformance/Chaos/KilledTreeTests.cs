using System.Globalization;
using Kpio.Testing;
using Xunit.Abstractions;

namespace Kpio.Conformance.Tests.Chaos;

/// <summary>
/// Processes of a busy tree are killed at random moments, in whatever they do (<c>load/tree.c</c>): nothing hangs, and nothing of
/// them is left: no task, memory, file, lock, timer, nor what they owed to a semaphore.
/// </summary>
public sealed class KilledTreeTests(ITestOutputHelper output)
{
    private const int Kills = 100;

    private static readonly int Seeds = ChaosRun.Seeds ?? 10;

    private static string Program { get; } = GuestProgram.Build("load/tree.c");

    [Fact]
    public void NothingIsLeft()
    {
        using var scratch = new ScratchDirectory();
        Leftovers before = Start(0, 0, scratch).Left;
        long events = 0;
        for (ulong seed = 0; seed < (ulong)Seeds; seed++)
        {
            ChaosRun run = Start(Kills, seed, scratch);
            Assert.Equal((seed, 0, ""), (seed, run.Result.ExitCode, run.Result.ErrorText));
            Assert.Equal($"{Kills} killed, semaphore 1, waiting 0\nlocks are free: yes\n", run.Result.OutputText);
            Assert.Equal((seed, before), (seed, run.Left));
            events += run.Events;
        }

        output.WriteLine($"{Seeds} seeds, {Seeds * Kills} processes killed, {events} events");
    }

    [Fact]
    public void OneSeedIsOneOrderOfDeaths()
    {
        using var scratch = new ScratchDirectory();
        Assert.Equal(Start(Kills, 4, scratch).Facts, Start(Kills, 4, scratch).Facts);
    }

    private static ChaosRun Start(int kills, ulong seed, ScratchDirectory scratch) => ChaosRun.Start(
        new ProgramRun(Program, kills.ToString(CultureInfo.InvariantCulture), seed.ToString(CultureInfo.InvariantCulture)), seed, scratch);
}
