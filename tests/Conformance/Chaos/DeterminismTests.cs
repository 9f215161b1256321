using Kpio.Testing;
using Xunit.Abstractions;

namespace Kpio.Conformance.Tests.Chaos;

/// <summary>
/// Programs with several threads and processes under the chaos scheduler: one seed is one interleaving, the same calls by the same
/// threads at the same cycles each time, and under every seed they do what they do on Linux.
/// </summary>
public sealed class DeterminismTests(ITestOutputHelper output)
{
    private const ulong Seed = 7;
    private const int Runs = 10;

    private static readonly ulong Seeds = (ulong)(ChaosRun.Seeds ?? 4);

    public static TheoryData<string, string> Programs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string source in GuestProgram.Sources("threads"))
            {
                data.Add(source, GuestVariant.Musl);
                data.Add(source, GuestVariant.Glibc);
            }

            data.Add("go/goroutines.go", GuestVariant.Go);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void OneSeedIsOneInterleaving(string source, string variant)
    {
        using var scratch = new ScratchDirectory();
        string program = GuestProgram.Build(source, variant);
        ChaosRun first = ChaosRun.Start(program, Seed, scratch);
        for (int run = 1; run < Runs; run++)
            Assert.Equal(first.Facts, ChaosRun.Start(program, Seed, scratch).Facts);
        output.WriteLine($"{source} {variant}: {Runs} runs, {first.Events} events, {first.Digest}");
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void EverySeedIsRight(string source, string variant)
    {
        using var scratch = new ScratchDirectory();
        string program = GuestProgram.Build(source, variant);
        RunResult native = new NativeRunner().Run(new ProgramRun(program), scratch);
        var digests = new HashSet<string>();
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            ChaosRun run = ChaosRun.Start(program, seed, scratch);
            Assert.Equal(
                (seed, native.ExitCode, native.OutputText, native.ErrorText, TimedOut: false),
                (seed, run.Result.ExitCode, run.Result.OutputText, run.Result.ErrorText, run.Result.TimedOut));
            digests.Add(run.Digest);
        }

        // Another seed is another interleaving.
        Assert.Equal((int)Seeds, digests.Count);
    }
}
