namespace Kpio.Testing;

/// <summary>
/// Runs a program through the <c>kpio</c> command as a user does: <c>kpio run -- PROGRAM ARG…</c>, the scratch folder mounted for
/// writing at its own path, everything else of the host read-only.
/// </summary>
public sealed class KpioCommandRunner : IProgramRunner
{
    /// <summary>The command: the launcher at the root, or what <c>KPIO_COMMAND</c> names.</summary>
    public static string Command { get; } =
        Environment.GetEnvironmentVariable("KPIO_COMMAND") ?? RepositoryRoot.Combine("kpio");

    // The launcher builds what is out of date. That is done once, ahead of the tests and without their time limits.
    private static readonly Lazy<RunResult> Built = new(() =>
        ChildProcess.Run(Command, ["--version"], "/", ProgramRun.PlainEnvironment, timeout: TimeSpan.FromMinutes(10)));

    /// <inheritdoc/>
    public string Name => "kpio";

    /// <inheritdoc/>
    public RunResult Run(ProgramRun run, ScratchDirectory scratch)
    {
        List<string> arguments = ["run", "--cwd", scratch.Path, "--mount", $"{scratch.Path}:{scratch.Path}:rw"];
        arguments.AddRange(run.KpioOptions);
        arguments.AddRange(["--", run.Program]);
        arguments.AddRange(run.Arguments);
        return Invoke(arguments, scratch.Path, run.Input, run.Timeout, run.EnvironmentIn(scratch.Path));
    }

    /// <summary>Runs the command itself with any arguments. Guests see the host's variables, so these are the ones that the command gets.</summary>
    public static RunResult Invoke(
        IEnumerable<string> arguments,
        string workingDirectory,
        byte[]? input = null,
        TimeSpan? timeout = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        if (Built.Value.ExitCode != 0)
            throw new InvalidOperationException($"kpio does not start:\n{Built.Value.ErrorText}");
        return ChildProcess.Run(Command, arguments, workingDirectory, environment ?? ProgramRun.PlainEnvironment, input, timeout);
    }
}
