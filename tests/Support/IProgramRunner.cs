namespace Kpio.Testing;

/// <summary>Runs a program somewhere: on the host itself, or on a KPIO machine.</summary>
public interface IProgramRunner
{
    /// <summary>The runner's name in reports.</summary>
    string Name { get; }

    /// <summary>Runs to the end, with <paramref name="scratch"/> as the working directory.</summary>
    RunResult Run(ProgramRun run, ScratchDirectory scratch);
}

/// <summary>The oracle: the host's own Linux.</summary>
public sealed class NativeRunner : IProgramRunner
{
    // Takes away what a test runner's process has of its own: descriptors, ignored signals.
    private static string Starter { get; } = GuestProgram.Build("support/native.c", GuestVariant.Glibc);

    /// <inheritdoc/>
    public string Name => "native";

    /// <inheritdoc/>
    public RunResult Run(ProgramRun run, ScratchDirectory scratch) =>
        ChildProcess.Run(Starter, [run.Program, .. run.Arguments], scratch.Path, run.EnvironmentIn(scratch.Path), run.Input, run.Timeout);
}
