using System.Globalization;
using System.Text;

namespace Kpio.Testing;

/// <summary>
/// What <c>tests/swap-storm.sh</c> asks of every test run: the environment variables <c>KPIO_SWAP_EVERY</c> (system calls between two swaps of
/// all plugins), <c>KPIO_SWAP_COMPARE</c> (compare each program's trace and cycles with those of a run without swaps) and
/// <c>KPIO_SWAP_RECORD</c> (the file that figures are added to).
/// </summary>
public static class SwapStorm
{
    private static readonly object Recording = new();
    private static readonly string? Record = Environment.GetEnvironmentVariable("KPIO_SWAP_RECORD");

    /// <summary>After how many system calls every plugin is replaced; 0 for never.</summary>
    public static long Every { get; } =
        Environment.GetEnvironmentVariable("KPIO_SWAP_EVERY") is { Length: > 0 } every ? long.Parse(every, CultureInfo.InvariantCulture) : 0;

    /// <summary>Whether runs are compared with runs without swaps.</summary>
    public static bool Compares { get; } = Every > 0 && Environment.GetEnvironmentVariable("KPIO_SWAP_COMPARE") is { Length: > 0 };

    /// <summary>Adds the swaps of one run to the record: <c>run NAME SWAPS</c>, and <c>pause MICROSECONDS</c> for each.</summary>
    public static void Add(string name, IReadOnlyList<TimeSpan> pauses)
    {
        ArgumentNullException.ThrowIfNull(pauses);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"run\t{name}\t{pauses.Count}\n");
        foreach (TimeSpan pause in pauses)
            text.Append(CultureInfo.InvariantCulture, $"pause\t{pause.TotalMicroseconds:0}\n");
        Write(text.ToString());
    }

    /// <summary>Adds a line to the record, if there is one.</summary>
    public static void Write(string text)
    {
        if (Record is null)
            return;
        lock (Recording)
            File.AppendAllText(Record, text);
    }

    /// <summary>
    /// Runs a program twice on a deterministic machine, without swaps and with them: both outputs, the trace in the format of strace, the cycle of
    /// each call, signal and switch of tasks, and the cycles in all must be the same. A program that differs between two runs without swaps
    /// is recorded as undetermined: what the host tells it differs.
    /// </summary>
    public static void Compare(KpioMachineRunner runner, ProgramRun run, ScratchDirectory scratch, Action<ScratchDirectory>? setUp)
    {
        ArgumentNullException.ThrowIfNull(run);
        string name = $"{Path.GetFileName(run.Program)} {string.Join(' ', run.Arguments)}";
        DeterministicRun plain = DeterministicRun.Observe(runner, run, scratch, setUp);
        if (plain.Result.TimedOut)
        {
            // It waits for time to pass in calls, which on this machine take one cycle each.
            Write($"undetermined\t{name}\tdoes not end on a deterministic machine\n");
            return;
        }

        DeterministicRun swapped = DeterministicRun.Observe(runner, run, scratch, setUp, Every);
        string? difference = plain.Difference(swapped);
        if (difference is not null && DeterministicRun.Observe(runner, run, scratch, setUp) is var control && plain.Difference(control) is { } own)
        {
            Write($"undetermined\t{name}\t{own.ReplaceLineEndings(" ")}\n");
            return;
        }

        Write($"compared\t{name}\t{(difference is null ? "same" : "different")}\n");
        if (difference is not null)
            Assert.Fail($"{name}: differs from the run without swaps\n{difference}");
    }
}
