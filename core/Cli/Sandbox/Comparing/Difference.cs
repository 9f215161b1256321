namespace Kpio.Cli.Sandbox.Comparing;

/// <summary>In what two events that belong together differ.</summary>
[Flags]
internal enum Difference : byte
{
    None = 0,

    /// <summary>Another call, or an event of another kind.</summary>
    Event = 1,

    /// <summary>The same call with other arguments.</summary>
    Arguments = 2,

    /// <summary>Another result or error.</summary>
    Result = 4,

    /// <summary>It left something else in the guest's memory.</summary>
    Memory = 8,

    /// <summary>It tells the time, and the runs are not at the same one any more.</summary>
    Time = 16,

    /// <summary>Only one run has it.</summary>
    Missing = 32,
}
