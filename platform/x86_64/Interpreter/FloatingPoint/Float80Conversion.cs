using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>Conversions of the x87 between its own format and those in memory: both IEEE formats, integers and packed decimal.</summary>
internal static class Float80Conversion
{
    /// <summary>FBSTP's answer to what does not fit: the packed BCD integer indefinite, sign and digit bytes 8 and 9.</summary>
    private const ushort DecimalIndefiniteTop = 0xFFFF;

    private const ulong DecimalIndefiniteLow = 0xC000000000000000;

    private const ulong DecimalLimit = 1_000_000_000_000_000_000;

    /// <summary>FLD m32. Exact; a signalling NaN and a denormal raise their flags.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 FromSingle(uint bits, ref uint flags)
    {
        uint exponent = (bits >> 23) & 0xFF;
        return exponent - 1 < 0xFE
            ? new Float80(((ulong)bits << 40) | Float80.IntegerBit, (ushort)(((bits >> 16) & 0x8000) | (exponent + (Float80.Bias - 127))))
            : FromSpecial(bits >> 31, exponent == 0, (ulong)bits << 41, Float80.Bias - 127, ref flags);
    }

    /// <summary>FLD m64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 FromDouble(ulong bits, ref uint flags)
    {
        uint exponent = (uint)(bits >> 52) & 0x7FF;
        return exponent - 1 < 0x7FE
            ? new Float80((bits << 11) | Float80.IntegerBit, (ushort)(((bits >> 48) & 0x8000) | (exponent + (Float80.Bias - 1023))))
            : FromSpecial((uint)(bits >> 63), exponent == 0, bits << 12, Float80.Bias - 1023, ref flags);
    }

    /// <summary>FILD. Exact, no exceptions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 FromInteger(long value)
    {
        if (value == 0)
            return default;
        ulong magnitude = value < 0 ? 0UL - (ulong)value : (ulong)value;
        int shift = BitOperations.LeadingZeroCount(magnitude);
        return new Float80(magnitude << shift, (ushort)((value < 0 ? 0x8000 : 0) | (Float80.Bias + 63 - shift)));
    }

    /// <summary>FST m32.</summary>
    public static uint ToSingle(Float80 value, uint control, ref uint flags)
    {
        int exponent = value.Exponent - (Float80.Bias - 127);
        uint sign = (uint)(value.SignExponent >> 15) << 31;
        if ((uint)(exponent - 1) < 0xFD && (long)value.Significand < 0)
        {
            ulong rounded = FloatRounding.Round(value.Significand, 0, 40, (control >> 10) & 3, sign != 0, ref flags);
            // The integer bit is added to the exponent field, a carry out of the significand one more.
            return sign | (((uint)exponent << 23) + (uint)((rounded << 1) >> 41)) + (rounded == 0 ? 1U << 23 : 0);
        }

        return sign | (uint)(ToNarrow(value, control, 23, 0xFF, Float80.Bias - 127, ref flags) & 0x7FFFFFFF) | SpecialSign(value, 31);
    }

    /// <summary>FST m64.</summary>
    public static ulong ToDouble(Float80 value, uint control, ref uint flags)
    {
        int exponent = value.Exponent - (Float80.Bias - 1023);
        ulong sign = (ulong)(value.SignExponent >> 15) << 63;
        if ((uint)(exponent - 1) < 0x7FD && (long)value.Significand < 0)
        {
            ulong rounded = FloatRounding.Round(value.Significand, 0, 11, (control >> 10) & 3, sign != 0, ref flags);
            return sign | (((ulong)exponent << 52) + ((rounded << 1) >> 12)) + (rounded == 0 ? 1UL << 52 : 0);
        }

        return sign | (ToNarrow(value, control, 52, 0x7FF, Float80.Bias - 1023, ref flags) & ~(1UL << 63)) | (value.IsUnsupported ? 1UL << 63 : 0);
    }

    /// <summary>
    /// FIST and FISTP (<paramref name="mode"/> from the control word), FISTTP (toward zero): the integer of <paramref name="bits"/>
    /// bits, or the integer indefinite (sign bit alone) with the invalid flag.
    /// </summary>
    public static long ToInteger(Float80 value, int bits, uint mode, ref uint flags)
    {
        uint rounding = 0;
        long indefinite = long.MinValue >> (64 - bits);
        if (value.IsZero)
            return 0;
        if (value.IsUnsupported || value.Exponent >= Float80.Bias + 64
            || !TryRoundToInteger(value, mode, out ulong magnitude, ref rounding))
        {
            flags |= FloatStatus.Invalid;
            return indefinite;
        }

        ulong limit = 1UL << (bits - 1);
        if (magnitude > limit || (magnitude == limit && !value.IsNegative))
        {
            flags |= FloatStatus.Invalid;
            return indefinite;
        }

        flags |= rounding;
        return value.IsNegative ? (long)(0 - magnitude) : (long)magnitude;
    }

    /// <summary>FBLD: 18 decimal digits and a sign. Digits above nine count as what their bits are worth, as the processors do it.</summary>
    public static Float80 FromDecimal(ulong low, ushort top)
    {
        ulong value = 0;
        for (int shift = 4; shift >= 0; shift -= 4)
            value = value * 10 + ((uint)(top >> shift) & 0xF);
        for (int shift = 60; shift >= 0; shift -= 4)
            value = value * 10 + ((low >> shift) & 0xF);
        Float80 result = FromInteger((long)value);
        return (top & 0x8000) != 0 ? new Float80(result.Significand, (ushort)(result.SignExponent | 0x8000)) : result;
    }

    /// <summary>FBSTP.</summary>
    public static void ToDecimal(Float80 value, uint mode, out ulong low, out ushort top, ref uint flags)
    {
        uint rounding = 0;
        ulong magnitude = 0;
        if (!value.IsZero && (value.IsUnsupported || value.Exponent >= Float80.Bias + 64
            || !TryRoundToInteger(value, mode, out magnitude, ref rounding) || magnitude >= DecimalLimit))
        {
            flags |= FloatStatus.Invalid;
            low = DecimalIndefiniteLow;
            top = DecimalIndefiniteTop;
            return;
        }

        flags |= rounding;
        low = 0;
        for (int shift = 0; shift < 64; shift += 4)
        {
            (magnitude, ulong digit) = Math.DivRem(magnitude, 10);
            low |= digit << shift;
        }

        top = (ushort)((value.SignExponent & 0x8000) | (int)(magnitude % 10) | ((int)(magnitude / 10) << 4));
    }

    /// <summary>FRNDINT.</summary>
    public static Float80 RoundToInteger(Float80 value, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(value, out Float80 result, ref flags))
            return result;
        if (value.Exponent >= Float80.Bias + 63 || value.IsZero)
            return value;
        if (value.IsDenormal)
            flags |= FloatStatus.Denormal;
        TryRoundToInteger(value, (control >> 10) & 3, out ulong magnitude, ref flags);
        if (magnitude == 0)
            return Float80.ZeroOf(value.IsNegative);
        int shift = BitOperations.LeadingZeroCount(magnitude);
        return new Float80(magnitude << shift, (ushort)((value.SignExponent & 0x8000) | (Float80.Bias + 63 - shift)));
    }

    /// <summary>The magnitude rounded to an integer; false when it rounds to 2^64. The exponent is below 2^64's.</summary>
    private static bool TryRoundToInteger(Float80 value, uint mode, out ulong magnitude, ref uint flags)
    {
        int shift = Float80.Bias + 63 - value.Exponent;
        ulong high = value.Significand;
        ulong low = 0;
        FloatRounding.ShiftRightSticky(ref high, ref low, shift);
        magnitude = FloatRounding.Round(high, low, 0, mode, value.IsNegative, ref flags);
        return magnitude != 0 || high != ulong.MaxValue;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Float80 FromSpecial(uint sign, bool zeroExponent, ulong fraction, int biasDifference, ref uint flags)
    {
        uint signBit = sign << 15;
        if (!zeroExponent)
        {
            ulong significand = (fraction >> 1) | Float80.IntegerBit;
            if (fraction != 0 && (significand & Float80.QuietBit) == 0)
            {
                flags |= FloatStatus.Invalid;
                significand |= Float80.QuietBit;
            }

            return new Float80(significand, (ushort)(signBit | Float80.ExponentOfSpecials));
        }

        if (fraction == 0)
            return new Float80(0, (ushort)signBit);
        flags |= FloatStatus.Denormal;
        int shift = BitOperations.LeadingZeroCount(fraction);
        return new Float80(fraction << shift, (ushort)(signBit | (uint)(biasDifference - shift)));
    }

    private static uint SpecialSign(Float80 value, int bit) => value.IsUnsupported ? 1U << bit : 0;

    /// <summary>Everything but a normal number that stays normal, without the sign: in bits 0…30 or 0…62.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong ToNarrow(Float80 value, uint control, int fractionBits, int specialExponent, int biasDifference, ref uint flags)
    {
        int discard = 63 - fractionBits;
        ulong infinity = (ulong)specialExponent << fractionBits;
        if (Float80NaN.TryPropagate(value, out Float80 quiet, ref flags))
            return infinity | ((quiet.Significand << 1) >> (discard + 1));
        if (value.IsInfinity)
            return infinity;
        if (value.IsZero)
            return 0;
        bool negative = value.IsNegative;
        uint mode = (control >> 10) & 3;
        ulong high = value.Significand;
        ulong low = 0;
        int exponent = Math.Max(value.Exponent, 1) - biasDifference;
        int leading = BitOperations.LeadingZeroCount(high);
        high <<= leading;
        exponent -= leading;
        uint rounding = 0;
        ulong rounded = FloatRounding.Round(high, 0, discard, mode, negative, ref rounding);
        int roundedExponent = rounded == 0 ? exponent + 1 : exponent;
        if (roundedExponent < 1)
        {
            if ((control & FloatStatus.Underflow) == 0)
            {
                // Nothing is stored then; the handler finds the source in its register.
                flags |= FloatStatus.Underflow;
                return 0;
            }

            FloatRounding.ShiftRightSticky(ref high, ref low, 1 - exponent);
            rounding = 0;
            rounded = FloatRounding.Round(high, low, discard, mode, negative, ref rounding);
            if (rounding != 0)
                flags |= rounding | FloatStatus.Underflow;
            return rounded >> discard;
        }

        if (roundedExponent >= specialExponent)
        {
            flags |= FloatStatus.Overflow;
            if ((control & FloatStatus.Overflow) == 0)
                return 0;
            flags |= FloatStatus.Inexact;
            bool toInfinity = mode == FloatRounding.Nearest || mode == (negative ? FloatRounding.Down : FloatRounding.Up);
            if (!toInfinity)
                return infinity - 1;
            flags |= FloatStatus.RoundedUp;
            return infinity;
        }

        flags |= rounding;
        return ((ulong)roundedExponent << fractionBits) | ((rounded << 1) >> (discard + 1));
    }
}
