using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// The x87 register file (SDM vol. 1 ch. 8) and, aliased to it, the MMX registers (ch. 9). Unmanaged, to be embedded in the
/// register state of a CPU; 104 bytes, no pointers, so that a plain copy is a copy of the state.
/// </summary>
/// <remarks>
/// The registers lie in physical order R0…R7, not in stack order: ST(i) is physical register (Top + i) &amp; 7, and MMi is
/// <c>Significands[i]</c>. An MMX instruction other than EMMS calls <see cref="EnterMmx"/>, then works on
/// <see cref="Mmx"/> and sets <c>SignExponents[i] = 0xFFFF</c> (<see cref="WriteMmx"/> does) for the register that it writes.
/// TOP is kept apart from the rest of the status word; <see cref="StatusWord"/> puts them together.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct X87State
{
    /// <summary>Bits 0…63 of R0…R7: the significands with their explicit integer bit, and the MMX registers.</summary>
    public fixed ulong Significands[8];

    /// <summary>Bits 64…79 of R0…R7: sign and biased exponent.</summary>
    public fixed ushort SignExponents[8];

    /// <summary>The control word as FNSTCW gives it: bit 6 set, bits 7, 13, 14 and 15 clear.</summary>
    public ushort ControlWord;

    /// <summary>The status word with zero in the place of TOP (bits 11…13).</summary>
    public ushort Status;

    /// <summary>TOP: the physical register that is ST(0).</summary>
    public byte Top;

    /// <summary>Bit i is set when physical register i is not empty: the tag word in the abridged form of FXSAVE.</summary>
    public byte Occupied;

    /// <summary>FOP: the last opcode's 11 bits, as FXSAVE and FNSTENV show it.</summary>
    public ushort LastOpcode;

    /// <summary>FIP: the guest address of the last instruction that is no control instruction.</summary>
    public ulong InstructionPointer;

    /// <summary>FDP: the guest address of the memory operand of the last such instruction that had one.</summary>
    public ulong DataPointer;

    /// <summary>The control word after FNINIT: every exception masked, 64 bits of precision, round to nearest.</summary>
    public const ushort InitialControlWord = 0x037F;

    /// <summary>ES in the status word: an unmasked exception is pending, and the next waiting x87 or MMX instruction raises #MF.</summary>
    public const ushort ExceptionSummary = 0x0080;

    /// <summary>Whether the next waiting x87 instruction, or any MMX one, raises #MF instead of executing.</summary>
    public readonly bool HasPendingException
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Status & ExceptionSummary) != 0;
    }

    /// <summary>The status word as the guest sees it, TOP included.</summary>
    public ushort StatusWord
    {
        readonly get => (ushort)(Status | (Top << 11));
        set
        {
            Status = (ushort)(value & 0xC7FF);
            Top = (byte)((value >> 11) & 7);
        }
    }

    /// <summary>FNINIT. The contents of the registers stay, and are tagged empty.</summary>
    public void Initialize()
    {
        ControlWord = InitialControlWord;
        Status = 0;
        Top = 0;
        Occupied = 0;
        LastOpcode = 0;
        InstructionPointer = 0;
        DataPointer = 0;
    }

    /// <summary>The state in which Linux starts a program: <see cref="Initialize"/>, and zero in every register.</summary>
    public void Reset()
    {
        this = default;
        ControlWord = InitialControlWord;
    }

    /// <summary>What every MMX instruction but EMMS does first: TOP becomes 0 and no register is empty (SDM vol. 1 9.5.1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EnterMmx()
    {
        Top = 0;
        Occupied = 0xFF;
    }

    /// <summary>EMMS: every register is empty. TOP becomes 0, as with every MMX instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LeaveMmx()
    {
        Top = 0;
        Occupied = 0;
    }

    /// <summary>The eight MMX registers, for the state at <paramref name="state"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong* Mmx(X87State* state) => state->Significands;

    /// <summary>Writes an MMX register: bits 64…79 of the x87 register behind it become ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void WriteMmx(int index, ulong value)
    {
        Significands[index] = value;
        SignExponents[index] = 0xFFFF;
    }
}
