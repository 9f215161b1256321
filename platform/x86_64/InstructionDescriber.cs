using Iced.Intel;
using Kpio.Contracts.Platform;

namespace Kpio.Platform.X64;

/// <summary>Machine code as assembler text in Intel's syntax.</summary>
public sealed class InstructionDescriber : IInstructionDescriber
{
    /// <inheritdoc/>
    public string? Describe(ReadOnlySpan<byte> code, ulong address)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code.ToArray()), address);
        decoder.Decode(out Instruction instruction);
        if (instruction.IsInvalid)
            return null;
        var formatter = new IntelFormatter();
        var output = new StringOutput();
        formatter.Format(instruction, output);
        return output.ToString();
    }
}
