using Kpio.Cli.Testing.Scenarios;
using Kpio.Kernel.Checkpoint;
using Kpio.Platform.X64.Mmu;

namespace Kpio.Cli.Testing.Running;

/// <summary>The machine that a setup has left, from which any number of cases start; or why there is none. Does not change once it was made.</summary>
internal sealed class PreparedMachine : IDisposable
{
    /// <summary>Why the setup has failed; empty when it has not.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>The machine; null when the setup has failed.</summary>
    public MachineSnapshot? Snapshot { get; set; }

    /// <summary>Its frames, for all cases; null where the host has no memory to share, and each case gets a copy.</summary>
    public FrameStore? Frames { get; private set; }

    /// <summary>Whether it has a program that has begun.</summary>
    public bool HasProgram { get; set; }

    /// <summary>What that has read of its standard input.</summary>
    public byte[] InputRead { get; set; } = [];

    /// <summary>Puts its frames where all cases share them.</summary>
    /// <param name="memoryBytes">The memory of their machines.</param>
    public void Share(long memoryBytes)
    {
        try
        {
            Frames = Snapshot is null ? null : new FrameStore(memoryBytes, Snapshot.Memory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Frames = null;
        }
    }

    /// <summary>Lets the frames go.</summary>
    public void Dispose() => Frames?.Dispose();

    /// <summary>Makes a case's machine into this one.</summary>
    /// <returns>Whether it could be done; if not, the failures say why not.</returns>
    public bool GiveTo(ScenarioMachine parts, Scenario scenario, List<string> failures)
    {
        if (!scenario.Input.AsSpan().StartsWith(InputRead))
        {
            failures.Add($"stdin does not begin with the {InputRead.Length} bytes that the program has read in the setup");
            return false;
        }

        try
        {
            parts.Machine.Restore(Snapshot!);
        }
        catch (SnapshotException e)
        {
            failures.Add($"the setup's machine cannot be taken over: {e.Message}");
            return false;
        }

        parts.Console.Renew(scenario.Input, InputRead.Length);
        return true;
    }
}
