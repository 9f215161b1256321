using System.Globalization;
using System.Text;
using Kpio.Contracts.Tracing;
using Kpio.Kernel;
using Kpio.Kernel.Hosting;

namespace Kpio.Testing;

/// <summary>What a program does on a deterministic machine, and when, to the cycle.</summary>
/// <param name="Result">Its outputs and its end.</param>
/// <param name="Trace">Its system calls in the format of strace.</param>
/// <param name="Digest">The cycle of each call, signal and switch of tasks.</param>
/// <param name="Cycles">The cycles in all.</param>
internal sealed record DeterministicRun(RunResult Result, string Trace, string Digest, long Cycles)
{
    private const ulong Seed = 7;

    /// <summary>Runs a program.</summary>
    /// <param name="runner">What the machine is like.</param>
    /// <param name="run">The program.</param>
    /// <param name="scratch">Its folder, which is emptied.</param>
    /// <param name="setUp">Fills the folder.</param>
    /// <param name="swapEvery">After how many system calls every plugin is replaced; 0 for never.</param>
    /// <param name="translates">Whether the machine translates.</param>
    public static DeterministicRun Observe(
        KpioMachineRunner runner, ProgramRun run, ScratchDirectory scratch, Action<ScratchDirectory>? setUp, long swapEvery = 0, bool translates = false)
    {
        scratch.Empty();
        setUp?.Invoke(scratch);
        using var trace = new StringWriter();
        TraceDigest? digest = null;
        TracerHandle<ITracer>? tracer = null;
        long cycles = 0;
        var observed = new KpioMachineRunner
        {
            Options = runner.Options with { Deterministic = true, Seed = Seed },
            Plugins = [.. runner.Plugins, "Tracing"],
            SwapEvery = swapEvery,
            Translates = translates,
            Prepare = machine =>
            {
                digest = new TraceDigest(machine);
                tracer = machine.Trace("strace", trace, TraceTarget.File, SyscallSet.All());
            },
            Inspect = (machine, _) => cycles = machine.Cycles,
        };
        RunResult result = observed.Run(run, scratch);
        tracer?.Current.Flush();
        using (digest)
            return new DeterministicRun(result, trace.ToString(), digest?.Value ?? "", cycles);
    }

    /// <summary>Where another run differs, or null.</summary>
    public string? Difference(DeterministicRun other)
    {
        var report = new StringBuilder();
        if (Result.ExitCode != other.Result.ExitCode)
            report.Append(CultureInfo.InvariantCulture, $"  exit code: {Result.ExitCode}, {other.Result.ExitCode}\n");
        Parity.Compare("stdout", Result.OutputText.Split('\n'), other.Result.OutputText.Split('\n'), report);
        Parity.Compare("stderr", Result.ErrorText.Split('\n'), other.Result.ErrorText.Split('\n'), report);
        Parity.Compare("trace", Trace.Split('\n'), other.Trace.Split('\n'), report);
        if (Cycles != other.Cycles)
            report.Append(CultureInfo.InvariantCulture, $"  cycles: {Cycles}, {other.Cycles}\n");
        if (report.Length == 0 && Digest != other.Digest)
            report.Append("  the cycles of calls, signals or switches of tasks\n");
        return report.Length == 0 ? null : report.ToString();
    }
}
