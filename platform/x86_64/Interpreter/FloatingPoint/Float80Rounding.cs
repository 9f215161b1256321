using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// The last step of every x87 operation: rounds to the precision and in the mode of the control word, and answers overflow and
/// underflow as their masks say (SDM vol. 1 8.5.4, 8.5.5).
/// </summary>
internal readonly struct Float80Rounding : IFloatRounding<Float80>
{
    /// <summary>Added to or taken from the exponent of a result whose underflow or overflow is not masked.</summary>
    public const int WrapExponent = 24576;

    /// <summary>PC and RC of a control word that rounds to nearest with 64 bits, within <see cref="RoundingBits"/>.</summary>
    private const uint NearestExtended = 0x0300;

    private const uint RoundingBits = 0x0F00;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 Pack(uint sign, int exponent, ulong high, ulong low, uint control, ref uint flags)
    {
        // Largest exponent excluded: rounding up may carry into it.
        if ((control & RoundingBits) != NearestExtended || (uint)(exponent - 1) >= Float80.LargestExponent - 1)
            return PackSlow(sign, exponent, high, low, control, ref flags);
        if (low == 0)
            return new Float80(high, (ushort)(sign | (uint)exponent));
        flags |= FloatStatus.Inexact;
        if (low > FloatRounding.Half || (low == FloatRounding.Half && (high & 1) != 0))
        {
            flags |= FloatStatus.RoundedUp;
            high++;
            if (high == 0)
            {
                high = Float80.IntegerBit;
                exponent++;
            }
        }

        return new Float80(high, (ushort)(sign | (uint)exponent));
    }

    public static Float80 Zero(bool negative) => Float80.ZeroOf(negative);

    public static uint Mode(uint control) => (control >> 10) & 3;

    /// <summary>Packs with 64 bits of precision whatever the control word's precision is.</summary>
    public static Float80 PackExtended(uint sign, int exponent, ulong high, ulong low, uint control, ref uint flags) =>
        Pack(sign, exponent, high, low, control | NearestExtended, ref flags);

    /// <summary>Bits that a control word's precision leaves out of the significand; the reserved code 1 counts as full precision.</summary>
    private static int DiscardedBits(uint control) => ((control >> 8) & 3) switch
    {
        0 => 40,
        2 => 11,
        _ => 0,
    };

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Float80 PackSlow(uint sign, int exponent, ulong high, ulong low, uint control, ref uint flags)
    {
        bool negative = sign != 0;
        uint mode = Mode(control);
        int discard = DiscardedBits(control);
        uint rounding = 0;
        ulong rounded = FloatRounding.Round(high, low, discard, mode, negative, ref rounding);
        int roundedExponent = exponent;
        if (rounded == 0)
        {
            rounded = Float80.IntegerBit;
            roundedExponent++;
        }

        if (roundedExponent < 1)
        {
            if ((control & FloatStatus.Underflow) == 0)
            {
                flags |= rounding | FloatStatus.Underflow;
                return Wrapped(sign, roundedExponent + WrapExponent, rounded, negative, ref flags);
            }

            FloatRounding.ShiftRightSticky(ref high, ref low, 1 - exponent);
            rounding = 0;
            rounded = FloatRounding.Round(high, low, discard, mode, negative, ref rounding);
            if (rounding != 0)
                flags |= rounding | FloatStatus.Underflow;
            // The integer bit appears when the smallest normal number was rounded to.
            return new Float80(rounded, (ushort)(sign | (uint)(rounded >> 63)));
        }

        if (roundedExponent > Float80.LargestExponent)
        {
            flags |= FloatStatus.Overflow;
            if ((control & FloatStatus.Overflow) == 0)
            {
                flags |= rounding;
                return Wrapped(sign, roundedExponent - WrapExponent, rounded, negative, ref flags);
            }

            flags |= FloatStatus.Inexact;
            bool toInfinity = mode == FloatRounding.Nearest || mode == (negative ? FloatRounding.Down : FloatRounding.Up);
            if (!toInfinity)
                return new Float80(ulong.MaxValue << discard, (ushort)(sign | Float80.LargestExponent));
            flags |= FloatStatus.RoundedUp;
            return Float80.InfinityOf(negative);
        }

        flags |= rounding;
        return new Float80(rounded, (ushort)(sign | (uint)roundedExponent));
    }

    /// <summary>The result of an unmasked overflow or underflow. FSCALE alone reaches beyond the wrapped range: then zero or infinity.</summary>
    private static Float80 Wrapped(uint sign, int exponent, ulong significand, bool negative, ref uint flags)
    {
        if (exponent < 1)
        {
            flags |= FloatStatus.Inexact;
            return Float80.ZeroOf(negative);
        }

        if (exponent > Float80.LargestExponent)
        {
            flags |= FloatStatus.Inexact | FloatStatus.RoundedUp;
            return Float80.InfinityOf(negative);
        }

        return new Float80(significand, (ushort)(sign | (uint)exponent));
    }
}
