using System.Numerics;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// A number with a significand of 128 bits, for the intermediate results of the transcendental functions: integer arithmetic alone,
/// so the same on every host. Results are truncated: each operation adds a relative error below 2^-126.
/// </summary>
/// <param name="Negative">The sign.</param>
/// <param name="Exponent">The exponent of the leading bit.</param>
/// <param name="Significand">Bit 127 set; zero stands for zero.</param>
internal readonly record struct WideFloat(bool Negative, int Exponent, UInt128 Significand)
{
    /// <summary>1.</summary>
    public static WideFloat One => new(false, 0, new UInt128(1UL << 63, 0));

    /// <summary>The value of a finite number other than zero.</summary>
    public static WideFloat FromFloat80(Float80 value)
    {
        int shift = BitOperations.LeadingZeroCount(value.Significand);
        return new WideFloat(
            value.IsNegative, Math.Max(value.Exponent, 1) - Float80.Bias - shift, new UInt128(value.Significand << shift, 0));
    }

    /// <summary>An integer times 2^<paramref name="scale"/>.</summary>
    public static WideFloat FromInteger(bool negative, UInt128 magnitude, int scale)
    {
        if (magnitude == 0)
            return default;
        int shift = (int)UInt128.LeadingZeroCount(magnitude);
        return new WideFloat(negative, 127 - shift + scale, magnitude << shift);
    }

    /// <summary>The number as a fraction of 2^128, cut off; it is below 1 in magnitude.</summary>
    public UInt128 ToFraction() => Exponent <= -129 ? 0 : Significand >> (-1 - Exponent);

    /// <summary>The product.</summary>
    public WideFloat Times(WideFloat other)
    {
        UInt128 high = MultiplyHigh(Significand, other.Significand);
        if (high == 0)
            return default;
        bool carried = (high >> 127) != 0;
        return new WideFloat(
            Negative != other.Negative, Exponent + other.Exponent + (carried ? 1 : 0), carried ? high : high << 1);
    }

    /// <summary>The product with a fixed-point number that has 127 bits behind the point and is at least 1/2.</summary>
    public WideFloat TimesFixed(UInt128 factor) => Times(FromInteger(false, factor, -127));

    /// <summary>The quotient; <paramref name="divisor"/> is not zero.</summary>
    public WideFloat Over(WideFloat divisor)
    {
        if (Significand == 0)
            return default;
        UInt128 dividend = Significand;
        int exponent = Exponent - divisor.Exponent;
        if (dividend >= divisor.Significand)
            dividend >>= 1;
        else
            exponent--;
        // The bit that this may have cut off lies below the quotient's last.
        ulong high = DivideDigit(dividend, divisor.Significand, out UInt128 remainder);
        ulong low = DivideDigit(remainder, divisor.Significand, out _);
        return new WideFloat(Negative != divisor.Negative, exponent, new UInt128(high, low));
    }

    /// <summary>The sum.</summary>
    public WideFloat Plus(WideFloat other)
    {
        if (Significand == 0)
            return other;
        if (other.Significand == 0)
            return this;
        if (Exponent < other.Exponent || (Exponent == other.Exponent && Significand < other.Significand))
            return other.Plus(this);
        int distance = Exponent - other.Exponent;
        UInt128 smaller = distance > 127 ? 0 : other.Significand >> distance;
        if (Negative != other.Negative)
            return FromInteger(Negative, Significand - smaller, Exponent - 127);
        UInt128 sum = Significand + smaller;
        return sum < Significand
            ? new WideFloat(Negative, Exponent + 1, (sum >> 1) | (UInt128.One << 127))
            : new WideFloat(Negative, Exponent, sum);
    }

    /// <summary>The number with its sign turned.</summary>
    public WideFloat Negated() => this with { Negative = !Negative };

    /// <summary>The next number toward zero: for a result that lies below what its truncated terms add up to.</summary>
    public WideFloat Below() =>
        Significand == UInt128.One << 127 ? new WideFloat(Negative, Exponent - 1, UInt128.MaxValue) : this with { Significand = Significand - 1 };

    /// <summary>Rounds to the x87's format, with 64 bits of precision, as an inexact number a little above what it seems.</summary>
    public Float80 Round(uint control, ref uint flags) => Float80Rounding.PackExtended(
        Negative ? 0x8000u : 0, Exponent + Float80.Bias, (ulong)(Significand >> 64), (ulong)Significand | 1, control, ref flags);

    /// <summary>The upper 128 bits of the product of two 128-bit numbers.</summary>
    public static UInt128 MultiplyHigh(UInt128 left, UInt128 right)
    {
        ulong left1 = (ulong)(left >> 64), left0 = (ulong)left;
        ulong right1 = (ulong)(right >> 64), right0 = (ulong)right;
        ulong high00 = Math.BigMul(left0, right0, out _);
        ulong high01 = Math.BigMul(left0, right1, out ulong low01);
        ulong high10 = Math.BigMul(left1, right0, out ulong low10);
        ulong high11 = Math.BigMul(left1, right1, out ulong low11);
        ulong middle = low01 + low10;
        ulong carry = middle < low01 ? 1UL : 0;
        ulong sum = middle + high00;
        carry += sum < middle ? 1UL : 0;
        return new UInt128(high11, low11) + high01 + high10 + carry;
    }

    /// <summary>remainder × 2^64 divided by a divisor of two digits whose top bit is set and which is larger than the remainder.</summary>
    private static ulong DivideDigit(UInt128 dividend, UInt128 divisor, out UInt128 remainder)
    {
        ulong divisorHigh = (ulong)(divisor >> 64);
        ulong divisorLow = (ulong)divisor;
        ulong high = (ulong)(dividend >> 64);
        ulong quotient;
        UInt128 rest;
        if (high >= divisorHigh)
        {
            quotient = ulong.MaxValue;
            rest = (UInt128)(ulong)dividend + divisorHigh;
        }
        else
        {
            quotient = WideArithmetic.Divide(high, (ulong)dividend, divisorHigh, out ulong first);
            rest = first;
        }

        // At most two corrections; a rest of 65 bits needs none.
        while (rest >> 64 == 0)
        {
            ulong productHigh = Math.BigMul(quotient, divisorLow, out ulong productLow);
            if (new UInt128(productHigh, productLow) <= rest << 64)
                break;
            quotient--;
            rest += divisorHigh;
        }

        ulong high1 = Math.BigMul(quotient, divisorLow, out ulong low1);
        remainder = (rest << 64) - new UInt128(high1, low1);
        return quotient;
    }
}
