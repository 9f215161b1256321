namespace Kpio.Testing;

/// <summary>
/// Whether programs run on the translator: the environment variable <c>KPIO_TEST_ENGINE</c> is <c>interpreter</c> (as without it),
/// <c>translator</c>, or <c>compare</c>, which has each program of the comparisons with Linux run deterministically on both.
/// </summary>
public static class EngineComparison
{
    private static readonly string? Engine = Environment.GetEnvironmentVariable("KPIO_TEST_ENGINE");

    /// <summary>How often a block is entered before the tests' machines translate it: sooner than others, since the tests' programs are short.</summary>
    public const int TranslateAfter = 4;

    /// <summary>So small that the code of larger programs is forgotten now and then.</summary>
    public const long CodeCacheBytes = 512 << 10;

    /// <summary>Whether machines translate unless a test says otherwise.</summary>
    public static bool Translates { get; } = Engine == "translator";

    /// <summary>Whether each program runs on both.</summary>
    public static bool Compares { get; } = Engine == "compare";

    /// <summary>
    /// Runs a program on both engines: outputs, the trace, the cycle of each call, signal and switch of tasks, and the cycles in all must be
    /// the same. False for what does not end deterministically, or differs between two runs of the interpreter because of what the host tells it.
    /// </summary>
    public static bool Compare(KpioMachineRunner runner, ProgramRun run, ScratchDirectory scratch, Action<ScratchDirectory>? setUp)
    {
        ArgumentNullException.ThrowIfNull(run);
        DeterministicRun interpreted = DeterministicRun.Observe(runner, run, scratch, setUp);
        if (interpreted.Result.TimedOut)
            return false;
        DeterministicRun translated = DeterministicRun.Observe(runner, run, scratch, setUp, translates: true);
        if (interpreted.Difference(translated) is not { } difference)
            return true;
        if (interpreted.Difference(DeterministicRun.Observe(runner, run, scratch, setUp)) is null)
            Assert.Fail($"{Path.GetFileName(run.Program)} {string.Join(' ', run.Arguments)}: the translator differs from the interpreter\n{difference}");
        return false;
    }
}
