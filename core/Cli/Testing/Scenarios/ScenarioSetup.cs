using Kpio.Cli.Running;
using Kpio.Contracts.Process;

namespace Kpio.Cli.Testing.Scenarios;

/// <summary>
/// What is done once before the cases of a file: programs that run to their end, then perhaps the beginning of the cases' own program. The machine is
/// kept there, and each case starts from it. Not changed after it was read; all cases of a file share one.
/// </summary>
internal sealed class ScenarioSetup
{
    /// <param name="common">What the file says for all its cases: the machine, the files that are there before, the program if there is one.</param>
    /// <param name="line">Where the setup begins in the file, from 1.</param>
    public ScenarioSetup(Scenario common, long line)
    {
        Common = common;
        Line = line;
    }

    /// <summary>What the file says for all its cases.</summary>
    public Scenario Common { get; }

    /// <summary>Where the setup begins in the file, from 1.</summary>
    public long Line { get; }

    /// <summary>Programs that run to their end, one after the other.</summary>
    public List<SetupProgram> Programs { get; } = [];

    /// <summary>What the user does at the beginning of the cases' program, which is kept when every task sleeps after that; null when that is not what is waited for.</summary>
    public List<DialogueStep>? Steps { get; set; }

    /// <summary>After how many system calls of the cases' program it is kept; null when that is not what is waited for.</summary>
    public long? Calls { get; set; }

    /// <summary>Whether cases go on with a program that has begun; else each starts its own.</summary>
    public bool BeginsProgram => Steps is not null || Calls is not null;
}

/// <summary>A program of a setup.</summary>
internal sealed class SetupProgram
{
    /// <summary>Where it stands in the file, from 1.</summary>
    public required long Line { get; init; }

    /// <summary>Program, arguments, variables, user and working directory.</summary>
    public RunOptions Options { get; } = new();

    /// <summary>What standard input gives.</summary>
    public byte[] Input { get; set; } = [];

    /// <summary>How it must end.</summary>
    public ExpectedExit Exit { get; set; } = new(0, Signal.None);
}
