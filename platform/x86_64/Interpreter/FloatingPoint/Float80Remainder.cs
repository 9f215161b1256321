using System.Numerics;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>The exact operations on exponents and remainders: FPREM, FPREM1, FSCALE and FXTRACT.</summary>
internal static class Float80Remainder
{
    /// <summary>
    /// FPREM (<paramref name="toNearest"/> false) and FPREM1. The quotient's lowest three bits come in <paramref name="quotient"/>;
    /// <paramref name="partial"/> is C2: the exponents were at least 64 apart, and one step of the reduction was made, by
    /// 2^(D − N) with N from 32 to 63 so that D − N is a multiple of 32.
    /// </summary>
    public static Float80 Remainder(
        Float80 left, Float80 right, bool toNearest, uint control, out uint quotient, out bool partial, ref uint flags)
    {
        quotient = 0;
        partial = false;
        if (Float80NaN.TryPropagate(left, right, out Float80 result, ref flags))
            return result;
        if (left.IsInfinity || right.IsZero)
        {
            flags |= FloatStatus.Invalid;
            return Float80.Indefinite;
        }

        if (left.IsZero || right.IsInfinity)
        {
            if (left.IsDenormal || right.IsDenormal)
                flags |= FloatStatus.Denormal;
            if (!left.IsDenormal)
                return left;
            Float80Arithmetic.Unpack(left, out int exponent, out ulong significand, ref flags);
            return Float80Rounding.PackExtended(left.SignExponent & 0x8000u, exponent, significand, 0, control, ref flags);
        }

        Float80Arithmetic.Unpack(left, out int leftExponent, out ulong leftSignificand, ref flags);
        Float80Arithmetic.Unpack(right, out int rightExponent, out ulong rightSignificand, ref flags);
        uint sign = left.SignExponent & 0x8000u;
        int distance = leftExponent - rightExponent;
        if (distance >= 64)
        {
            partial = true;
            int bits = (distance & 31) | 32;
            ulong rest = Reduce(leftSignificand, rightSignificand, bits, out _);
            return PackExact(sign, rightExponent + distance - bits, rest, control, ref flags);
        }

        if (distance < -1)
            return PackExact(sign, leftExponent, leftSignificand, control, ref flags);
        if (distance == -1)
        {
            // The quotient is below one; FPREM1 rounds it up when the operand is above half of the divisor.
            if (!toNearest || leftSignificand <= rightSignificand)
                return PackExact(sign, leftExponent, leftSignificand, control, ref flags);
            quotient = 1;
            return PackExact(sign ^ 0x8000, leftExponent, (rightSignificand << 1) - leftSignificand, control, ref flags);
        }

        ulong remainder = Reduce(leftSignificand, rightSignificand, distance, out ulong wholeQuotient);
        if (toNearest)
        {
            ulong complement = rightSignificand - remainder;
            if (remainder > complement || (remainder == complement && (wholeQuotient & 1) != 0))
            {
                wholeQuotient++;
                remainder = complement;
                sign ^= 0x8000;
            }
        }

        quotient = (uint)wholeQuotient & 7;
        if (remainder == 0)
            return Float80.ZeroOf(left.IsNegative);
        return PackExact(sign, rightExponent, remainder, control, ref flags);
    }

    /// <summary>FSCALE: left × 2^(right toward zero).</summary>
    public static Float80 Scale(Float80 left, Float80 right, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(left, right, out Float80 result, ref flags))
            return result;
        if (right.IsInfinity)
        {
            if (right.IsNegative ? left.IsInfinity : left.IsZero)
            {
                flags |= FloatStatus.Invalid;
                return Float80.Indefinite;
            }

            if (left.IsDenormal)
                flags |= FloatStatus.Denormal;
            return right.IsNegative ? Float80.ZeroOf(left.IsNegative)
                : left.IsInfinity ? left : Float80.InfinityOf(left.IsNegative);
        }

        if (left.IsZero || left.IsInfinity)
        {
            if (right.IsDenormal)
                flags |= FloatStatus.Denormal;
            return left;
        }

        if (right.IsDenormal)
            flags |= FloatStatus.Denormal;
        Float80Arithmetic.Unpack(left, out int exponent, out ulong significand, ref flags);
        // Beyond 2^16 every scale leaves the range of the format, wrapped exponents included.
        int scale = right.Exponent < Float80.Bias ? 0
            : right.Exponent > Float80.Bias + 16 ? 0x20000
            : (int)(right.Significand >> (Float80.Bias + 63 - right.Exponent));
        return Float80Rounding.PackExtended(
            left.SignExponent & 0x8000u, exponent + (right.IsNegative ? -scale : scale), significand, 0, control, ref flags);
    }

    /// <summary>FXTRACT: the significand with an exponent of zero is returned, the exponent as a number comes in <paramref name="exponentValue"/>.</summary>
    public static Float80 Extract(Float80 value, out Float80 exponentValue, ref uint flags)
    {
        if (Float80NaN.TryPropagate(value, out Float80 result, ref flags))
        {
            exponentValue = result;
            return result;
        }

        if (value.IsInfinity)
        {
            exponentValue = Float80.InfinityOf(false);
            return value;
        }

        if (value.IsZero)
        {
            flags |= FloatStatus.ZeroDivide;
            exponentValue = Float80.InfinityOf(true);
            return value;
        }

        Float80Arithmetic.Unpack(value, out int exponent, out ulong significand, ref flags);
        exponentValue = Float80Conversion.FromInteger(exponent - Float80.Bias);
        return new Float80(significand, (ushort)((value.SignExponent & 0x8000) | Float80.Bias));
    }

    /// <summary>left × 2^bits modulo right, for 0 to 63 bits.</summary>
    private static ulong Reduce(ulong left, ulong right, int bits, out ulong quotient)
    {
        ulong high = bits == 0 ? 0 : left >> (64 - bits);
        // A quotient of 65 bits loses its leading one here, which nobody asks for.
        if (high >= right)
            high -= right;
        quotient = WideArithmetic.Divide(high, left << bits, right, out ulong remainder);
        return remainder;
    }

    private static Float80 PackExact(uint sign, int exponent, ulong significand, uint control, ref uint flags)
    {
        if (significand == 0)
            return Float80.ZeroOf(sign != 0);
        int shift = BitOperations.LeadingZeroCount(significand);
        return Float80Rounding.PackExtended(sign, exponent - shift, significand << shift, 0, control, ref flags);
    }
}
