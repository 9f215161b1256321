using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>An IEEE 754 binary format; its numbers are held in the low bits of a <see cref="ulong"/>.</summary>
internal interface IFloatFormat
{
    /// <summary>Bits of the fraction.</summary>
    static abstract int FractionBits { get; }

    /// <summary>The exponent of infinities and NaNs: all its bits.</summary>
    static abstract int ExponentOfSpecials { get; }
}

/// <summary>float32.</summary>
internal readonly struct SingleFormat : IFloatFormat
{
    public static int FractionBits => 23;

    public static int ExponentOfSpecials => 0xFF;
}

/// <summary>float64.</summary>
internal readonly struct DoubleFormat : IFloatFormat
{
    public static int FractionBits => 52;

    public static int ExponentOfSpecials => 0x7FF;
}

/// <summary>float16.</summary>
internal readonly struct HalfFormat : IFloatFormat
{
    public static int FractionBits => 10;

    public static int ExponentOfSpecials => 0x1F;
}

/// <summary>The parts of numbers in a format, and rounding to it under MXCSR (SDM vol. 1 4.9, 11.5).</summary>
internal readonly struct SseFormat<TFormat> : IFloatRounding<ulong>
    where TFormat : struct, IFloatFormat
{
    public static ulong SignBit => ((ulong)TFormat.ExponentOfSpecials + 1) << TFormat.FractionBits;

    public static ulong Infinity => (ulong)TFormat.ExponentOfSpecials << TFormat.FractionBits;

    public static ulong QuietBit => 1UL << (TFormat.FractionBits - 1);

    /// <summary>The default NaN, negative: the QNaN floating-point indefinite.</summary>
    public static ulong Indefinite => SignBit | Infinity | QuietBit;

    /// <summary>What is taken from a <see cref="Float80"/> exponent to get this format's.</summary>
    public static int BiasDifference => Float80.Bias - (TFormat.ExponentOfSpecials >> 1);

    private static ulong FractionMask => (1UL << TFormat.FractionBits) - 1;

    private static int Discard => 63 - TFormat.FractionBits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNaN(ulong bits) => (bits & ~SignBit) > Infinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSignalingNaN(ulong bits) => IsNaN(bits) && (bits & QuietBit) == 0;

    public static bool IsInfinity(ulong bits) => (bits & ~SignBit) == Infinity;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsZero(ulong bits) => (bits & ~SignBit) == 0;

    /// <summary>Whether the exponent is zero and the fraction is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDenormal(ulong bits) => (bits & ~SignBit) - 1 < FractionMask;

    public static bool IsNegative(ulong bits) => (bits & SignBit) != 0;

    /// <summary>The sign as 0x8000 or 0.</summary>
    public static uint Sign(ulong bits) => (bits & SignBit) != 0 ? 0x8000u : 0;

    /// <summary>An operand as DAZ makes it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Operand(ulong bits, uint mxcsr) =>
        (mxcsr & Mxcsr.DenormalsAreZero) != 0 && IsDenormal(bits) ? bits & SignBit : bits;

    /// <summary>Exponent, biased as in <see cref="Float80"/>, and significand, bit 63 set, of a finite number other than zero.</summary>
    public static void Unpack(ulong bits, out int exponent, out ulong significand)
    {
        exponent = (int)(bits >> TFormat.FractionBits) & TFormat.ExponentOfSpecials;
        ulong fraction = bits & FractionMask;
        if (exponent != 0)
        {
            significand = (fraction << Discard) | (1UL << 63);
            exponent += BiasDifference;
            return;
        }

        int shift = BitOperations.LeadingZeroCount(fraction);
        significand = fraction << shift;
        exponent = BiasDifference + 1 + Discard - shift;
    }

    /// <summary>The same for a normal number; false for every other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryUnpackNormal(ulong bits, out int exponent, out ulong significand)
    {
        exponent = (int)(bits >> TFormat.FractionBits) & TFormat.ExponentOfSpecials;
        significand = (bits << Discard) | (1UL << 63);
        bool normal = (uint)(exponent - 1) < TFormat.ExponentOfSpecials - 1;
        exponent += BiasDifference;
        return normal;
    }

    /// <summary>
    /// The result of an operation of which at least one operand is a NaN: the first that is one, made quiet
    /// (SDM vol. 1 table 4-7).
    /// </summary>
    public static ulong Propagate(ulong first, ulong second, ref uint flags)
    {
        if (IsSignalingNaN(first) || IsSignalingNaN(second))
            flags |= FloatStatus.Invalid;
        return (IsNaN(first) ? first : second) | QuietBit;
    }

    public static ulong Zero(bool negative) => negative ? SignBit : 0;

    public static uint Mode(uint control) => Mxcsr.RoundingMode(control);

    public static ulong Pack(uint sign, int exponent, ulong high, ulong low, uint control, ref uint flags)
    {
        bool negative = sign != 0;
        ulong signBit = negative ? SignBit : 0;
        uint mode = Mode(control);
        uint rounding = 0;
        exponent -= BiasDifference;
        ulong rounded = FloatRounding.Round(high, low, Discard, mode, negative, ref rounding);
        int roundedExponent = rounded == 0 ? exponent + 1 : exponent;
        if (roundedExponent < 1)
        {
            if (Mxcsr.IsUnmasked(control, FloatStatus.Underflow))
            {
                // Nothing will be stored.
                flags |= FloatStatus.Underflow | rounding;
                return signBit;
            }

            if ((control & Mxcsr.FlushToZero) != 0)
            {
                flags |= FloatStatus.Underflow | FloatStatus.Inexact;
                return signBit;
            }

            FloatRounding.ShiftRightSticky(ref high, ref low, 1 - exponent);
            rounding = 0;
            rounded = FloatRounding.Round(high, low, Discard, mode, negative, ref rounding);
            if (rounding != 0)
                flags |= FloatStatus.Underflow | FloatStatus.Inexact;
            return signBit | (rounded >> Discard);
        }

        if (roundedExponent >= TFormat.ExponentOfSpecials)
        {
            flags |= FloatStatus.Overflow;
            if (Mxcsr.IsUnmasked(control, FloatStatus.Overflow))
            {
                flags |= rounding;
                return signBit;
            }

            flags |= FloatStatus.Inexact;
            bool toInfinity = mode == FloatRounding.Nearest || mode == (negative ? FloatRounding.Down : FloatRounding.Up);
            return signBit | (toInfinity ? Infinity : Infinity - 1);
        }

        flags |= rounding;
        return signBit | ((ulong)roundedExponent << TFormat.FractionBits) | ((rounded >> Discard) & FractionMask);
    }
}
