namespace Kpio.Cli.Sandbox.Recording;

/// <summary>What kind of thing happened to a task.</summary>
internal enum TaskEventKind : byte
{
    /// <summary>It made a system call.</summary>
    Call,

    /// <summary>It has a program from outside: the first one.</summary>
    Program,

    /// <summary>A signal was delivered to it.</summary>
    Signal,

    /// <summary>It ended.</summary>
    End,
}

/// <summary>An argument of a recorded call.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">Its kind (<see cref="Contracts.Abi.ArgumentKind"/>).</param>
/// <param name="Raw">The register.</param>
/// <param name="Text">As strace shows it.</param>
internal sealed record CallArgument(string Name, string Kind, ulong Raw, string Text);

/// <summary>A run of guest memory that a call changed.</summary>
/// <param name="Address">Where the first changed byte lies.</param>
/// <param name="Bytes">From the first to the last changed byte, as the call left them.</param>
internal sealed record MemoryChange(ulong Address, byte[] Bytes);

/// <summary>Where in a file, or in memory without one, an instruction lies.</summary>
/// <param name="Module">The file's path in the guest's tree; null for memory without a file.</param>
/// <param name="Offset">The position in the file, or the address.</param>
internal sealed record CodePlace(string? Module, ulong Offset);

/// <summary>One thing that happened to a task.</summary>
internal sealed class TaskEvent
{
    /// <summary>Which task, whatever its number: 1 is the first, 1.2 the second that the first one made.</summary>
    public required string Task { get; init; }

    public required int Pid { get; init; }

    public required int Tid { get; init; }

    /// <summary>The name of the program that the task runs.</summary>
    public required string Program { get; init; }

    public required TaskEventKind Kind { get; init; }

    /// <summary>The call's number.</summary>
    public uint Number { get; init; }

    /// <summary>The call's name, or what the event is called.</summary>
    public string Name { get; set; } = "";

    public IReadOnlyList<CallArgument> Arguments { get; set; } = [];

    /// <summary>RAX as a signed number; null for a call that did not return.</summary>
    public long? Result { get; set; }

    /// <summary>The error's name, or null.</summary>
    public string? Errno { get; set; }

    /// <summary>The result as strace shows it, or what the event was.</summary>
    public string Text { get; set; } = "";

    /// <summary>The machine's cycle count when it began.</summary>
    public long Cycle { get; init; }

    /// <summary>How many cycles went by until its end, those of other tasks included.</summary>
    public long Cycles { get; set; }

    /// <summary>What the call changed in the guest's memory, by address.</summary>
    public IReadOnlyList<MemoryChange> Written { get; set; } = [];

    /// <summary>The instruction that made the call.</summary>
    public ulong Address { get; init; }

    /// <summary>Where it lies.</summary>
    public CodePlace? Place { get; init; }

    /// <summary>In a line: <c>read(3, "abc", 4096) = 3</c>.</summary>
    public string Line => Kind == TaskEventKind.Call
        ? $"{Name}({string.Join(", ", Arguments.Select(static argument => argument.Text))}) = {Text}"
        : $"{Name} {Text}";
}
