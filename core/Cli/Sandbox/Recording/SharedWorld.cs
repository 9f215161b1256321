namespace Kpio.Cli.Sandbox.Recording;

/// <summary>What several runs have in common of the world outside, so that each finds the same.</summary>
/// <param name="Input">Standard input.</param>
/// <param name="AccessTimes">When the host's files were last read before the first run.</param>
/// <param name="Environment">The variables of this process.</param>
internal sealed record SharedWorld(SharedInput Input, AccessTimes AccessTimes, List<byte[]> Environment)
{
    /// <summary>This process's.</summary>
    public static SharedWorld Create() => new(new SharedInput(Console.OpenStandardInput()), new AccessTimes(), Running.GuestStrings.ReadEnvironment());
}
