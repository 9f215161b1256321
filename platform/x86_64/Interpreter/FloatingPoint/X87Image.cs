using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// The forms in which the x87 state lies in memory: the environment of FNSTENV and FNSAVE (SDM vol. 1 figures 8-9 and 8-11), and
/// the legacy region of FXSAVE and XSAVE (SDM vol. 2A table 3-47 ff.).
/// </summary>
/// <remarks>
/// What the manual leaves to the processor: FIP and FDP are those of every non-control instruction, not only of one that raised
/// an exception; FOP is recorded when an instruction raises an unmasked exception and is 0 before (IA32_MISC_ENABLE's default);
/// FCS and FDS are not kept and read as 0 (CPUID.7.0:EBX[13]).
/// </remarks>
internal static unsafe class X87Image
{
    private const ushort ReservedUpperHalf = 0xFFFF;

    private const uint EmptyTag = 3;

    /// <summary>Writes 28 bytes, or 14 in the <paramref name="shortForm"/>, and returns how many.</summary>
    public static int StoreEnvironment(X87State* state, byte* memory, bool shortForm)
    {
        ushort tags = GetTagWord(state);
        if (shortForm)
        {
            Unsafe.WriteUnaligned(memory, state->ControlWord);
            Unsafe.WriteUnaligned(memory + 2, state->StatusWord);
            Unsafe.WriteUnaligned(memory + 4, tags);
            Unsafe.WriteUnaligned(memory + 6, (ushort)state->InstructionPointer);
            Unsafe.WriteUnaligned(memory + 8, (ushort)0);
            Unsafe.WriteUnaligned(memory + 10, (ushort)state->DataPointer);
            Unsafe.WriteUnaligned(memory + 12, (ushort)0);
            return 14;
        }

        WriteWithReserved(memory, state->ControlWord);
        WriteWithReserved(memory + 4, state->StatusWord);
        WriteWithReserved(memory + 8, tags);
        Unsafe.WriteUnaligned(memory + 12, (uint)state->InstructionPointer);
        Unsafe.WriteUnaligned(memory + 16, (uint)state->LastOpcode << 16);
        Unsafe.WriteUnaligned(memory + 20, (uint)state->DataPointer);
        WriteWithReserved(memory + 24, 0);
        return 28;
    }

    /// <summary>Reads what <see cref="StoreEnvironment"/> writes; of a tag only whether it says empty counts.</summary>
    public static int LoadEnvironment(X87State* state, byte* memory, bool shortForm)
    {
        int step = shortForm ? 2 : 4;
        SetControlWord(state, Unsafe.ReadUnaligned<ushort>(memory));
        state->StatusWord = Unsafe.ReadUnaligned<ushort>(memory + step);
        uint tags = Unsafe.ReadUnaligned<ushort>(memory + 2 * step);
        state->Occupied = 0;
        for (int register = 0; register < 8; register++)
        {
            if (((tags >> (2 * register)) & 3) != EmptyTag)
                state->Occupied |= (byte)(1 << register);
        }

        if (shortForm)
        {
            state->InstructionPointer = Unsafe.ReadUnaligned<ushort>(memory + 6);
            state->DataPointer = Unsafe.ReadUnaligned<ushort>(memory + 10);
            state->LastOpcode = 0;
        }
        else
        {
            state->InstructionPointer = Unsafe.ReadUnaligned<uint>(memory + 12);
            state->LastOpcode = (ushort)(Unsafe.ReadUnaligned<ushort>(memory + 18) & 0x7FF);
            state->DataPointer = Unsafe.ReadUnaligned<uint>(memory + 20);
        }

        X87Stack.UpdateSummary(state);
        return shortForm ? 14 : 28;
    }

    /// <summary>
    /// Writes the x87's part of an FXSAVE or XSAVE image: bytes 0…23 and the registers in 32…159 with their unused bytes zero.
    /// MXCSR (24…31) and the XMM registers are the caller's.
    /// </summary>
    /// <param name="state">The state.</param>
    /// <param name="image">The image.</param>
    /// <param name="wide">Whether the pointers have 64 bits (REX.W); else 32, with the selectors beside them.</param>
    public static void StoreExtended(X87State* state, byte* image, bool wide)
    {
        Unsafe.WriteUnaligned(image, state->ControlWord);
        Unsafe.WriteUnaligned(image + 2, state->StatusWord);
        Unsafe.WriteUnaligned(image + 4, (ushort)state->Occupied);
        Unsafe.WriteUnaligned(image + 6, state->LastOpcode);
        ulong mask = wide ? ulong.MaxValue : uint.MaxValue;
        Unsafe.WriteUnaligned(image + 8, state->InstructionPointer & mask);
        Unsafe.WriteUnaligned(image + 16, state->DataPointer & mask);
        for (uint register = 0; register < 8; register++)
        {
            Float80 value = X87Stack.Get(state, register);
            Unsafe.WriteUnaligned(image + 32 + register * 16, value.Significand);
            Unsafe.WriteUnaligned(image + 40 + register * 16, (ulong)value.SignExponent);
        }
    }

    /// <summary>Reads what <see cref="StoreExtended"/> writes. Cannot fail: every pattern is a state.</summary>
    public static void LoadExtended(X87State* state, byte* image, bool wide)
    {
        SetControlWord(state, Unsafe.ReadUnaligned<ushort>(image));
        state->StatusWord = Unsafe.ReadUnaligned<ushort>(image + 2);
        state->Occupied = image[4];
        state->LastOpcode = (ushort)(Unsafe.ReadUnaligned<ushort>(image + 6) & 0x7FF);
        ulong mask = wide ? ulong.MaxValue : uint.MaxValue;
        state->InstructionPointer = Unsafe.ReadUnaligned<ulong>(image + 8) & mask;
        state->DataPointer = Unsafe.ReadUnaligned<ulong>(image + 16) & mask;
        for (uint register = 0; register < 8; register++)
        {
            uint physical = X87Stack.Physical(state, register);
            state->Significands[physical] = Unsafe.ReadUnaligned<ulong>(image + 32 + register * 16);
            state->SignExponents[physical] = Unsafe.ReadUnaligned<ushort>(image + 40 + register * 16);
        }

        X87Stack.UpdateSummary(state);
    }

    /// <summary>Sets the control word with its reserved bits as the processor keeps them.</summary>
    public static void SetControlWord(X87State* state, ushort value) => state->ControlWord = (ushort)((value & 0x1F3F) | 0x0040);

    /// <summary>The full tag word: 0 valid, 1 zero, 2 special, 3 empty, two bits for each physical register.</summary>
    public static ushort GetTagWord(X87State* state)
    {
        uint tags = 0;
        for (int register = 0; register < 8; register++)
        {
            Float80 value = new(state->Significands[register], state->SignExponents[register]);
            uint tag = (state->Occupied >> register & 1) == 0 ? EmptyTag : value.IsNormal ? 0u : value.IsZero ? 1u : 2u;
            tags |= tag << (2 * register);
        }

        return (ushort)tags;
    }

    private static void WriteWithReserved(byte* memory, ushort value) =>
        Unsafe.WriteUnaligned(memory, value | ((uint)ReservedUpperHalf << 16));
}
