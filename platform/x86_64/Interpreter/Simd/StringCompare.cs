using System.Numerics;
using System.Runtime.Intrinsics;
using Kpio.Contracts.Platform;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>
/// The string comparisons of SSE4.2 (SDM vol. 2B 4.1): every element of one operand is compared with every element of the other, the
/// outcomes are folded into one bit for each element of the second operand, and that mask gives an index or a mask, and the flags.
/// </summary>
internal static unsafe class StringCompare
{
    private const int EqualAny = 0, Ranges = 1, EqualEach = 2;

    internal static void Pcmpistri(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => StoreIndex(state, CompareImplicit(state, destination, source, immediate), immediate);

    internal static void Pcmpistrm(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => StoreMask(state, CompareImplicit(state, destination, source, immediate), immediate);

    internal static void Pcmpestri(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => StoreIndex(state, CompareExplicit(state, destination, source, immediate), immediate);

    /// <summary>With REX.W the lengths are all of RAX and RDX.</summary>
    internal static void Pcmpestri64(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => StoreIndex(state, CompareExplicit64(state, destination, source, immediate), immediate);

    internal static void Pcmpestrm(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => StoreMask(state, CompareExplicit(state, destination, source, immediate), immediate);

    internal static void Pcmpestrm64(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => StoreMask(state, CompareExplicit64(state, destination, source, immediate), immediate);

    private static int ElementCount(byte immediate) => (immediate & 1) != 0 ? 8 : 16;

    /// <summary>The absolute value, cut to the elements that there are.</summary>
    private static int ExplicitLength(long value, byte immediate)
    {
        ulong magnitude = value < 0 ? 0 - (ulong)value : (ulong)value;
        return (int)ulong.Min(magnitude, (ulong)ElementCount(immediate));
    }

    /// <summary>The elements before the first zero.</summary>
    private static int ImplicitLength(Vector128<byte> value, byte immediate)
    {
        uint zeros = (immediate & 1) != 0
            ? Vector128.Equals(value.AsUInt16(), Vector128<ushort>.Zero).ExtractMostSignificantBits()
            : Vector128.Equals(value, Vector128<byte>.Zero).ExtractMostSignificantBits();
        return int.Min(BitOperations.TrailingZeroCount(zeros), ElementCount(immediate));
    }

    private static uint CompareExplicit(CpuState* state, Vector128<byte>* first, Vector128<byte>* second, byte immediate)
    {
        int firstLength = ExplicitLength((int)state->Gpr[(int)GuestRegister.Rax], immediate);
        int secondLength = ExplicitLength((int)state->Gpr[(int)GuestRegister.Rdx], immediate);
        return Compare(state, first, second, immediate, firstLength, secondLength);
    }

    private static uint CompareExplicit64(CpuState* state, Vector128<byte>* first, Vector128<byte>* second, byte immediate)
    {
        int firstLength = ExplicitLength((long)state->Gpr[(int)GuestRegister.Rax], immediate);
        int secondLength = ExplicitLength((long)state->Gpr[(int)GuestRegister.Rdx], immediate);
        return Compare(state, first, second, immediate, firstLength, secondLength);
    }

    private static uint CompareImplicit(CpuState* state, Vector128<byte>* first, Vector128<byte>* second, byte immediate)
        => Compare(state, first, second, immediate, ImplicitLength(*first, immediate), ImplicitLength(*second, immediate));

    /// <summary>IntRes2 of the manual; sets the flags.</summary>
    private static uint Compare(CpuState* state, Vector128<byte>* first, Vector128<byte>* second, byte immediate, int firstLength, int secondLength)
    {
        int count = ElementCount(immediate);
        uint all = (1u << count) - 1;
        uint secondValid = (1u << secondLength) - 1;
        uint result = ((immediate >> 2) & 3) switch
        {
            EqualAny => FindAny(first, *second, immediate, firstLength) & secondValid,
            Ranges => FindRanges(first, *second, immediate, firstLength) & secondValid,
            EqualEach => CompareEach(*first, *second, immediate, (1u << firstLength) - 1, secondValid, all),
            _ => FindOrdered(first, *second, immediate, firstLength, secondValid, all),
        };

        if ((immediate & 0x10) != 0) result ^= (immediate & 0x20) != 0 ? secondValid : all;

        Flags.SetArithmetic(
            state,
            (result != 0 ? Flags.Carry : 0)
            | (secondLength < count ? Flags.Zero : 0)
            | (firstLength < count ? Flags.Sign : 0)
            | ((result & 1) != 0 ? Flags.Overflow : 0));
        return result;
    }

    /// <summary>One bit for each element of <paramref name="second"/> that equals element <paramref name="index"/> of <paramref name="first"/>.</summary>
    private static uint EqualTo(Vector128<byte>* first, int index, Vector128<byte> second, byte immediate)
        => (immediate & 1) != 0
            ? Vector128.Equals(Vector128.Create(((ushort*)first)[index]), second.AsUInt16()).ExtractMostSignificantBits()
            : Vector128.Equals(Vector128.Create(((byte*)first)[index]), second).ExtractMostSignificantBits();

    private static uint FindAny(Vector128<byte>* first, Vector128<byte> second, byte immediate, int length)
    {
        uint found = 0;
        for (int i = 0; i < length; i++) found |= EqualTo(first, i, second, immediate);
        return found;
    }

    private static uint FindRanges(Vector128<byte>* first, Vector128<byte> second, byte immediate, int length)
    {
        uint found = 0;
        for (int i = 0; i + 1 < length; i += 2)
        {
            found |= (immediate & 3) switch
            {
                0 => InRange(second, ((byte*)first)[i], ((byte*)first)[i + 1]),
                1 => InRange(second.AsUInt16(), ((ushort*)first)[i], ((ushort*)first)[i + 1]),
                2 => InRange(second.AsSByte(), ((sbyte*)first)[i], ((sbyte*)first)[i + 1]),
                _ => InRange(second.AsInt16(), ((short*)first)[i], ((short*)first)[i + 1]),
            };
        }

        return found;
    }

    private static uint InRange<T>(Vector128<T> value, T least, T greatest)
        where T : unmanaged
        => (Vector128.GreaterThanOrEqual(value, Vector128.Create(least)) & Vector128.LessThanOrEqual(value, Vector128.Create(greatest))).ExtractMostSignificantBits();

    /// <summary>Two elements that are both beyond the end are equal; one beyond it is unequal to any other.</summary>
    private static uint CompareEach(Vector128<byte> first, Vector128<byte> second, byte immediate, uint firstValid, uint secondValid, uint all)
    {
        uint equal = (immediate & 1) != 0
            ? Vector128.Equals(first.AsUInt16(), second.AsUInt16()).ExtractMostSignificantBits()
            : Vector128.Equals(first, second).ExtractMostSignificantBits();
        return (equal & firstValid & secondValid) | (all & ~firstValid & ~secondValid);
    }

    /// <summary>Where the first operand begins within the second, its tail cut off by the register's end.</summary>
    private static uint FindOrdered(Vector128<byte>* first, Vector128<byte> second, byte immediate, int length, uint secondValid, uint all)
    {
        uint found = all;
        for (int i = 0; i < length; i++)
        {
            uint beyond = ~(all >> i);
            found &= ((EqualTo(first, i, second, immediate) & secondValid) >> i) | beyond;
        }

        return found;
    }

    private static void StoreIndex(CpuState* state, uint result, byte immediate)
        => state->Gpr[(int)GuestRegister.Rcx] = result == 0
            ? (ulong)ElementCount(immediate)
            : (ulong)((immediate & 0x40) != 0 ? BitOperations.Log2(result) : BitOperations.TrailingZeroCount(result));

    private static void StoreMask(CpuState* state, uint result, byte immediate)
        => *CpuState.XmmAt(state, 0) = (immediate & 0x41) switch
        {
            0x40 => Spread(Vector128.Create((ulong)(byte)result * 0x0101_0101_0101_0101, (ulong)(byte)(result >> 8) * 0x0101_0101_0101_0101).AsByte()),
            0x41 => SpreadWords(Vector128.Create((ushort)result)),
            _ => Vector128.CreateScalar((ulong)result).AsByte(),
        };

    private static Vector128<byte> Spread(Vector128<byte> repeated)
    {
        Vector128<byte> bits = Vector128.Create(0x8040_2010_0804_0201).AsByte();
        return Vector128.Equals(repeated & bits, bits);
    }

    private static Vector128<byte> SpreadWords(Vector128<ushort> repeated)
    {
        Vector128<ushort> bits = Vector128.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128);
        return Vector128.Equals(repeated & bits, bits).AsByte();
    }
}
