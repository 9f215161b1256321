namespace Kpio.Contracts.Platform;

/// <summary>Puts machine code into words, for the reports about faults.</summary>
public interface IInstructionDescriber
{
    /// <summary>The assembler text of the first instruction in <paramref name="code"/>, which lies at <paramref name="address"/>; null when it is none.</summary>
    string? Describe(ReadOnlySpan<byte> code, ulong address);
}
