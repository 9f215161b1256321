using Kpio.Cli.Testing.Scenarios;
using Kpio.Kernel.Checkpoint;

namespace Kpio.Cli.Testing.Running;

/// <summary>The machine that a setup has left, from which any number of cases start; or why there is none. Never changes.</summary>
internal sealed class PreparedMachine
{
    /// <summary>Why the setup has failed; empty when it has not.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>The machine; null when the setup has failed.</summary>
    public MachineSnapshot? Snapshot { get; set; }

    /// <summary>Whether it has a program that has begun.</summary>
    public bool HasProgram { get; set; }

    /// <summary>What that has read of its standard input.</summary>
    public byte[] InputRead { get; set; } = [];

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
