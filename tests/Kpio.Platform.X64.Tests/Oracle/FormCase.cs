using Iced.Intel;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>One execution of one instruction: its bytes, the registers before it, and what memory holds.</summary>
internal sealed class FormCase
{
    public required Instruction Instruction { get; init; }

    public required byte[] Bytes { get; init; }

    public ProcessorSnapshot Input;

    /// <summary>Where the memory operand lies, or 0.</summary>
    public ulong Address { get; set; }

    /// <summary>Bytes to put into the data pages before the instruction runs.</summary>
    public List<(ulong Address, byte[] Bytes)> Memory { get; } = [];

    /// <summary>Arithmetic flags that the manual leaves undefined.</summary>
    public uint UndefinedFlags { get; set; }

    /// <summary>The program, when the case is more than one instruction.</summary>
    public string? Text { get; init; }

    public override string ToString()
        => Text ?? $"{Instruction} [{Convert.ToHexString(Bytes)}] at {Input.Rip:x}";
}
