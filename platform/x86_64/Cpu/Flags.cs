using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Cpu;

/// <summary>RFLAGS: its bits, and how the arithmetic ones are made from what the last instruction left (<see cref="FlagKind"/>).</summary>
internal static unsafe class Flags
{
    public const uint Carry = 1;
    public const uint Fixed = 2;
    public const uint Parity = 4;
    public const uint Adjust = 0x10;
    public const uint Zero = 0x40;
    public const uint Sign = 0x80;
    public const uint Trap = 0x100;
    public const uint Interrupt = 0x200;
    public const uint Direction = 0x400;
    public const uint Overflow = 0x800;
    public const uint Resume = 0x10000;
    public const uint AlignmentCheck = 0x40000;
    public const uint Identification = 0x200000;

    /// <summary>CF, PF, AF, ZF, SF, OF.</summary>
    public const uint Arithmetic = Carry | Parity | Adjust | Zero | Sign | Overflow;

    /// <summary>What POPFQ changes at ring 3 with IOPL 0.</summary>
    public const uint UserWritable = Arithmetic | Trap | Direction | AlignmentCheck | Identification | 0x4000;

    /// <summary>What ring 3 starts with: IF and the bit that is always one.</summary>
    public const uint Initial = Interrupt | Fixed;

    /// <summary>Sets the six arithmetic flags; other bits of <paramref name="flags"/> are ignored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetArithmetic(CpuState* s, uint flags)
    {
        s->FlagKind = FlagKind.Eager;
        s->Eflags = (s->Eflags & ~Arithmetic) | (flags & Arithmetic);
    }

    /// <summary>RFLAGS as the guest sees it; the lazy form is left as it is.</summary>
    public static uint Get(CpuState* s) =>
        s->FlagKind == FlagKind.Eager ? s->Eflags : (s->Eflags & ~Arithmetic) | Compute(s->FlagKind, s->FlagA, s->FlagB);

    /// <summary>Puts the arithmetic flags into <see cref="CpuState.Eflags"/> and gives RFLAGS.</summary>
    public static uint Materialize(CpuState* s)
    {
        if (s->FlagKind != FlagKind.Eager)
        {
            s->Eflags = (s->Eflags & ~Arithmetic) | Compute(s->FlagKind, s->FlagA, s->FlagB);
            s->FlagKind = FlagKind.Eager;
        }

        return s->Eflags;
    }

    /// <summary>CF as 0 or 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CarryOf(CpuState* s)
    {
        FlagKind kind = s->FlagKind;
        if (kind == FlagKind.Eager) return s->Eflags & Carry;
        return LazyCarry(kind, s->FlagA, s->FlagB);
    }

    /// <summary>CF of a lazy form.</summary>
    public static ulong LazyCarry(FlagKind kind, ulong a, ulong b)
    {
        switch ((uint)kind & ~3u)
        {
            case (uint)FlagKind.Add:
                int bits = 8 << (int)((uint)kind & 3);
                ulong sum = a + b;
                return bits == 64 ? (sum < a ? 1UL : 0) : (sum >> bits) & 1;
            case (uint)FlagKind.Sub:
                return a < b ? 1UL : 0;
            case (uint)FlagKind.Logic:
                return 0;
            default:
                return b;
        }
    }

    /// <summary>The six flags of a lazy form; A and B are zero-extended.</summary>
    public static uint Compute(FlagKind kind, ulong a, ulong b)
    {
        int size = (int)((uint)kind & 3);
        switch ((uint)kind & ~3u)
        {
            case (uint)FlagKind.Add: return OfAdd(a, b, size);
            case (uint)FlagKind.Sub: return OfSub(a, b, size);
            case (uint)FlagKind.Logic: return OfResult(a, size);
            case (uint)FlagKind.Increment:
                {
                    ulong sign = 1UL << ((8 << size) - 1);
                    return OfResult(a, size) | (uint)b | ((a & 15) == 0 ? Adjust : 0) | (a == sign ? Overflow : 0);
                }
            default:
                {
                    ulong sign = 1UL << ((8 << size) - 1);
                    return OfResult(a, size) | (uint)b | ((a & 15) == 15 ? Adjust : 0) | (a == sign - 1 ? Overflow : 0);
                }
        }
    }

    /// <summary>ZF, SF and PF of a result (whose bits above the size do not matter); the others are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint OfResult(ulong result, int size)
    {
        int bits = 8 << size;
        ulong value = result << (64 - bits);
        uint flags = (uint)(value >> 63) << 7;
        if (value == 0) flags |= Zero;
        return flags | ParityOf(result);
    }

    /// <summary>PF of a result's low byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ParityOf(ulong result)
    {
        uint value = (uint)result & 0xFF;
        value ^= value >> 4;
        return ((0x9669u >> (int)(value & 15)) & 1) << 2;
    }

    /// <summary>The flags of a + b.</summary>
    public static uint OfAdd(ulong a, ulong b, int size) => OfSum(a, b, a + b, size);

    /// <summary>The flags of a - b.</summary>
    public static uint OfSub(ulong a, ulong b, int size) => OfDifference(a, b, a - b, size);

    /// <summary>The flags of a + b + carry, given the result.</summary>
    public static uint OfSum(ulong a, ulong b, ulong result, int size)
    {
        int top = (8 << size) - 1;
        ulong carries = (a & b) | ((a | b) & ~result);
        uint flags = OfResult(result, size);
        flags |= (uint)(carries >> top) & Carry;
        flags |= (uint)((a ^ b ^ result) & Adjust);
        flags |= (uint)(((a ^ result) & (b ^ result)) >> top & 1) << 11;
        return flags;
    }

    /// <summary>The flags of a - b - borrow, given the result.</summary>
    public static uint OfDifference(ulong a, ulong b, ulong result, int size)
    {
        int top = (8 << size) - 1;
        ulong borrows = (~a & b) | ((~a | b) & result);
        uint flags = OfResult(result, size);
        flags |= (uint)(borrows >> top) & Carry;
        flags |= (uint)((a ^ b ^ result) & Adjust);
        flags |= (uint)(((a ^ b) & (a ^ result)) >> top & 1) << 11;
        return flags;
    }

    /// <summary>Whether one of the sixteen conditions (the low four bits of Jcc's opcode) holds.</summary>
    public static bool Condition(CpuState* s, int code)
    {
        uint f = Get(s);
        bool result = (code >> 1) switch
        {
            0 => (f & Overflow) != 0,
            1 => (f & Carry) != 0,
            2 => (f & Zero) != 0,
            3 => (f & (Carry | Zero)) != 0,
            4 => (f & Sign) != 0,
            5 => (f & Parity) != 0,
            6 => ((f >> 7) & 1) != ((f >> 11) & 1),
            _ => (f & Zero) != 0 || ((f >> 7) & 1) != ((f >> 11) & 1),
        };
        return result ^ ((code & 1) != 0);
    }
}
