using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>Exact arithmetic on significands of 64 bits whose leading bit is set: what the formats have in common.</summary>
internal static class WideArithmetic
{
    /// <summary>
    /// <paramref name="high"/>:<paramref name="low"/> divided by <paramref name="divisor"/>, whose bit 63 is set and which is above
    /// <paramref name="high"/>: long division in base 2^32, one estimate and at most two corrections a digit.
    /// </summary>
    public static ulong Divide(ulong high, ulong low, ulong divisor, out ulong remainder)
    {
        ulong divisorHigh = divisor >> 32;
        ulong first = DivideDigit(high, (uint)(low >> 32), divisor, divisorHigh, out ulong rest);
        ulong second = DivideDigit(rest, (uint)low, divisor, divisorHigh, out remainder);
        return (first << 32) | second;
    }

    /// <summary>The square root of <paramref name="high"/>:<paramref name="low"/> (at least 2^126), rounded down, and what remains: at most twice the root.</summary>
    public static ulong SquareRoot(ulong high, ulong low, out UInt128 remainder)
    {
        // The square root of the host is exact to 53 bits (IEEE 754 on every host); one Newton step in the same format brings the
        // rest, and the loops below make up for its last bit.
        double estimate = Math.Sqrt(high) * 4294967296.0;
        ulong root = estimate >= 18446744073709551615.0 ? ulong.MaxValue : (ulong)estimate;
        UInt128 radicand = new(high, low);
        // The error is below 2^80 in magnitude; its lowest 24 bits are worth less than one unit of the root.
        long error = (long)(ulong)((radicand - Square(root)) >> 24);
        long correction = (long)(error * 16777216.0 / (2.0 * root));
        UInt128 corrected = (UInt128)((Int128)(UInt128)root + correction);
        root = corrected > ulong.MaxValue ? ulong.MaxValue : (ulong)corrected;
        while (Square(root) > radicand)
            root--;
        remainder = radicand - Square(root);
        while (remainder > (UInt128)root * 2)
        {
            remainder -= (UInt128)root * 2 + 1;
            root++;
        }

        return root;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong DivideDigit(ulong high, uint next, ulong divisor, ulong divisorHigh, out ulong remainder)
    {
        // high < divisor, so the digit is below 2^32; estimated from the divisor's upper half it is at most 2 too large.
        ulong digit = Math.Min(high / divisorHigh, uint.MaxValue);
        ulong productHigh = Math.BigMul(digit, divisor, out ulong productLow);
        ulong valueHigh = high >> 32;
        ulong valueLow = (high << 32) | next;
        while (productHigh > valueHigh || (productHigh == valueHigh && productLow > valueLow))
        {
            digit--;
            if (productLow < divisor)
                productHigh--;
            productLow -= divisor;
        }

        remainder = valueLow - productLow;
        return digit;
    }

    private static UInt128 Square(ulong value)
    {
        ulong high = Math.BigMul(value, value, out ulong low);
        return new UInt128(high, low);
    }
}
