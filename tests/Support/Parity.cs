using System.Text;

namespace Kpio.Testing;

/// <summary>
/// Compares a program's run on KPIO with its run on the host: both outputs, the exit code, and the files it leaves behind. The
/// host's Linux is the oracle: there is no expected output to keep.
/// </summary>
public static class Parity
{
    private static readonly NativeRunner Native = new();

    /// <summary>Fails unless both sides agree; answers the host's result for what a test wants to assert besides.</summary>
    /// <param name="runner">The KPIO side.</param>
    /// <param name="run">The program.</param>
    /// <param name="setUp">Fills the scratch folder, once for each side.</param>
    /// <param name="normalize">Takes out of an output's text what may differ (a pid, a time).</param>
    /// <param name="checkError">Takes KPIO's standard error instead of the comparison with Linux: for guests that KPIO reports on.</param>
    public static RunResult Check(
        IProgramRunner runner,
        ProgramRun run,
        Action<ScratchDirectory>? setUp = null,
        Func<string, string>? normalize = null,
        Action<string>? checkError = null)
    {
        using var scratch = new ScratchDirectory();
        setUp?.Invoke(scratch);
        RunResult expected = Native.Run(run, scratch);
        IReadOnlyList<string> expectedFiles = scratch.Snapshot();

        scratch.Empty();
        setUp?.Invoke(scratch);
        RunResult actual = runner.Run(run, scratch);
        IReadOnlyList<string> actualFiles = scratch.Snapshot();

        normalize ??= static text => text;
        var report = new StringBuilder();
        if (expected.TimedOut || actual.TimedOut)
            report.Append($"  timed out: native {expected.TimedOut}, {runner.Name} {actual.TimedOut}\n");
        if (expected.ExitCode != actual.ExitCode)
            report.Append($"  exit code: native {expected.ExitCode}, {runner.Name} {actual.ExitCode}\n");
        Compare("stdout", Lines(normalize(expected.OutputText)), Lines(normalize(actual.OutputText)), report);
        if (checkError is null)
            Compare("stderr", Lines(normalize(expected.ErrorText)), Lines(normalize(actual.ErrorText)), report);
        Compare("files", expectedFiles, actualFiles, report);
        if (report.Length > 0)
            Assert.Fail($"{Path.GetFileName(run.Program)} {string.Join(' ', run.Arguments)}: differs from native\n{report}");
        checkError?.Invoke(actual.ErrorText);
        if (SwapStorm.Compares && runner is KpioMachineRunner { Started: null } machines)
            SwapStorm.Compare(machines, run, scratch, setUp);
        if (EngineComparison.Compares && runner is KpioMachineRunner { Started: null } both)
            EngineComparison.Compare(both, run, scratch, setUp);
        return expected;
    }

    private static string[] Lines(string text) => text.Split('\n');

    /// <summary>Adds the first lines that differ to the report.</summary>
    public static void Compare(string what, IReadOnlyList<string> expected, IReadOnlyList<string> actual, StringBuilder report)
    {
        int shown = 0;
        int differing = 0;
        for (int i = 0; i < Math.Max(expected.Count, actual.Count); i++)
        {
            string? left = i < expected.Count ? expected[i] : null;
            string? right = i < actual.Count ? actual[i] : null;
            if (left == right)
                continue;
            differing++;
            if (shown++ < 12)
                report.Append($"  {what} line {i + 1}:\n    native {Quote(left)}\n    kpio   {Quote(right)}\n");
        }

        if (differing > shown || shown > 12)
            report.Append($"  {what}: {differing} lines differ in all\n");
    }

    private static string Quote(string? line)
    {
        if (line is null)
            return "(nothing)";
        var text = new StringBuilder("'");
        foreach (char c in line.Length > 300 ? line[..300] : line)
            text.Append(c is < ' ' or > '~' ? $"\\x{(int)c:x2}" : c.ToString());
        return text.Append(line.Length > 300 ? "…'" : "'").ToString();
    }
}
