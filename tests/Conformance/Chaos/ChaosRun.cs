using System.Globalization;
using Kpio.Contracts.Process;
using Kpio.Kernel;
using Kpio.Testing;

namespace Kpio.Conformance.Tests.Chaos;

/// <summary>One deterministic run of a program, and the digest of everything that it did.</summary>
/// <param name="Result">Its output and exit code.</param>
/// <param name="Digest">The digest of its trace.</param>
/// <param name="Events">What the digest is of: calls, signals, ends.</param>
/// <param name="Left">What was left in the machine.</param>
internal sealed record ChaosRun(RunResult Result, string Digest, long Events, Leftovers Left)
{
    /// <summary>How many seeds the long form of these tests takes; null for the short one (docs/scheduling.md).</summary>
    public static int? Seeds { get; } =
        Environment.GetEnvironmentVariable("KPIO_CHAOS_SEEDS") is { Length: > 0 } seeds ? int.Parse(seeds, CultureInfo.InvariantCulture) : null;

    /// <summary>Runs a program. The folder, which it finds empty, is part of its input: its name is in the guest's memory.</summary>
    public static ChaosRun Start(string program, ulong seed, ScratchDirectory scratch, SchedulerKind scheduler = SchedulerKind.Chaos) =>
        Start(new ProgramRun(program), seed, scratch, scheduler);

    /// <summary>The same with arguments.</summary>
    public static ChaosRun Start(ProgramRun program, ulong seed, ScratchDirectory scratch, SchedulerKind scheduler = SchedulerKind.Chaos)
    {
        Leftovers? left = null;
        scratch.Empty();
        TraceDigest? digest = null;
        var runner = new KpioMachineRunner
        {
            Options = new MachineOptions
            {
                MemoryBytes = KpioMachineRunner.DefaultMemoryBytes,
                Deterministic = true,
                Seed = seed,
                Scheduler = scheduler,
            },
            Prepare = machine => digest = new TraceDigest(machine),
            Inspect = (machine, memory) => left = Leftovers.Of(machine, memory),
        };
        RunResult result = runner.Run(program, scratch);
        using (digest)
            return new ChaosRun(result, digest!.Value, digest.Events, left!);
    }

    /// <summary>What two runs are compared by.</summary>
    public (string Output, string Error, int ExitCode, string Digest, long Events) Facts =>
        (Result.OutputText, Result.ErrorText, Result.ExitCode, Digest, Events);
}
