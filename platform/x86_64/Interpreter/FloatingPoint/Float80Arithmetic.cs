using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// Add, subtract, multiply, divide and square root as the x87 does them: exact, then rounded once by
/// <see cref="Float80Rounding"/>. Normal operands take a short way; the rest is sorted out by the methods named Special.
/// </summary>
/// <remarks><c>control</c> is the x87 control word; <c>flags</c> collects <see cref="FloatStatus"/> bits and is never cleared here.</remarks>
internal static class Float80Arithmetic
{
    /// <summary>left + right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 Add(Float80 left, Float80 right, uint control, ref uint flags) =>
        left.IsNormal && right.IsNormal
            ? AddFinite(left.SignExponent, left.Exponent, left.Significand, right.SignExponent, right.Exponent, right.Significand, control, ref flags)
            : AddSpecial(left, right, 0, control, ref flags);

    /// <summary>left − right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 Subtract(Float80 left, Float80 right, uint control, ref uint flags) =>
        left.IsNormal && right.IsNormal
            ? AddFinite(left.SignExponent, left.Exponent, left.Significand, right.SignExponent ^ 0x8000u, right.Exponent, right.Significand, control, ref flags)
            : AddSpecial(left, right, 0x8000, control, ref flags);

    /// <summary>left × right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 Multiply(Float80 left, Float80 right, uint control, ref uint flags)
    {
        uint sign = (uint)(left.SignExponent ^ right.SignExponent) & 0x8000;
        return left.IsNormal && right.IsNormal
            ? MultiplyFinite(sign, left.Exponent, left.Significand, right.Exponent, right.Significand, control, ref flags)
            : MultiplySpecial(left, right, sign, control, ref flags);
    }

    /// <summary>left ÷ right.</summary>
    public static Float80 Divide(Float80 left, Float80 right, uint control, ref uint flags)
    {
        uint sign = (uint)(left.SignExponent ^ right.SignExponent) & 0x8000;
        return left.IsNormal && right.IsNormal
            ? DivideFinite(sign, left.Exponent, left.Significand, right.Exponent, right.Significand, control, ref flags)
            : DivideSpecial(left, right, sign, control, ref flags);
    }

    /// <summary>The square root.</summary>
    public static Float80 SquareRoot(Float80 operand, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(operand, out Float80 result, ref flags))
            return result;
        if (operand.IsZero)
            return operand;
        if (operand.IsNegative)
        {
            flags |= FloatStatus.Invalid;
            return Float80.Indefinite;
        }

        if (operand.IsInfinity)
            return operand;
        Unpack(operand, out int exponent, out ulong significand, ref flags);
        // The radicand gets 127 or 128 bits so that its exponent is even and the root has 64.
        bool odd = ((exponent - Float80.Bias) & 1) != 0;
        ulong root = WideArithmetic.SquareRoot(
            odd ? significand : significand >> 1, odd ? 0 : significand << 63, out UInt128 remainder);
        // Beyond half a unit exactly when the remainder is above the root; never at half.
        ulong low = remainder == 0 ? 0 : remainder > root ? FloatRounding.Half | 1 : 1;
        return Float80Rounding.Pack(0, ((exponent - Float80.Bias) >> 1) + Float80.Bias, root, low, control, ref flags);
    }

    /// <summary>Exponent and significand of a finite number other than zero, the significand's bit 63 set; a denormal raises its flag.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Unpack(Float80 operand, out int exponent, out ulong significand, ref uint flags)
    {
        exponent = operand.Exponent;
        significand = operand.Significand;
        if (exponent != 0)
            return;
        flags |= FloatStatus.Denormal;
        int shift = BitOperations.LeadingZeroCount(significand);
        significand <<= shift;
        exponent = 1 - shift;
    }

    private static Float80 AddFinite(
        uint leftSign, int leftExponent, ulong left, uint rightSign, int rightExponent, ulong right, uint control, ref uint flags)
    {
        if (leftExponent < rightExponent)
        {
            (leftSign, rightSign) = (rightSign, leftSign);
            (leftExponent, rightExponent) = (rightExponent, leftExponent);
            (left, right) = (right, left);
        }

        int distance = leftExponent - rightExponent;
        ulong high = right;
        ulong low = 0;
        FloatRounding.ShiftRightSticky(ref high, ref low, distance);
        uint sign = leftSign & 0x8000;
        if (((leftSign ^ rightSign) & 0x8000) == 0)
        {
            ulong sum = left + high;
            if (sum < left)
            {
                low = (sum << 63) | (low >> 1) | (low & 1);
                sum = (sum >> 1) | Float80.IntegerBit;
                leftExponent++;
            }

            return Float80Rounding.Pack(sign, leftExponent, sum, low, control, ref flags);
        }

        if (distance == 0)
        {
            if (left == high)
                return Float80.ZeroOf(((control >> 10) & 3) == FloatRounding.Down);
            if (left < high)
            {
                sign ^= 0x8000;
                (left, high) = (high, left);
            }
        }

        ulong difference = left - high - (low != 0 ? 1UL : 0UL);
        low = 0 - low;
        if (difference == 0)
        {
            // One place apart and nearly equal: a single bit of the lower half is left.
            difference = low;
            low = 0;
            leftExponent -= 64;
        }

        int shift = BitOperations.LeadingZeroCount(difference);
        if (shift != 0)
        {
            difference = (difference << shift) | (low >> (64 - shift));
            low <<= shift;
        }

        return Float80Rounding.Pack(sign, leftExponent - shift, difference, low, control, ref flags);
    }

    private static Float80 MultiplyFinite(
        uint sign, int leftExponent, ulong left, int rightExponent, ulong right, uint control, ref uint flags)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        int exponent = leftExponent + rightExponent - (Float80.Bias - 1);
        if ((long)high >= 0)
        {
            high = (high << 1) | (low >> 63);
            low <<= 1;
            exponent--;
        }

        return Float80Rounding.Pack(sign, exponent, high, low, control, ref flags);
    }

    private static Float80 DivideFinite(
        uint sign, int leftExponent, ulong left, int rightExponent, ulong right, uint control, ref uint flags)
    {
        int exponent = leftExponent - rightExponent + Float80.Bias;
        ulong low = 0;
        if (left >= right)
        {
            low = left << 63;
            left >>= 1;
        }
        else
        {
            exponent--;
        }

        ulong quotient = WideArithmetic.Divide(left, low, right, out ulong remainder);
        // A quotient never lies half way between two numbers of 64 bits, so more or less than half is all there is to know.
        low = remainder == 0 ? 0 : remainder > right - remainder ? FloatRounding.Half | 1 : 1;
        return Float80Rounding.Pack(sign, exponent, quotient, low, control, ref flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Float80 AddSpecial(Float80 left, Float80 right, uint turnRight, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(left, right, out Float80 result, ref flags))
            return result;
        Float80 other = new(right.Significand, (ushort)(right.SignExponent ^ turnRight));
        if (left.IsInfinity || right.IsInfinity)
        {
            if (left.IsInfinity && right.IsInfinity && left.IsNegative != other.IsNegative)
            {
                flags |= FloatStatus.Invalid;
                return Float80.Indefinite;
            }

            if (left.IsDenormal || right.IsDenormal)
                flags |= FloatStatus.Denormal;
            return left.IsInfinity ? left : other;
        }

        if (left.IsZero && right.IsZero)
            return left.IsNegative == other.IsNegative ? left : Float80.ZeroOf(((control >> 10) & 3) == FloatRounding.Down);
        if (left.IsZero || right.IsZero)
        {
            // Not returned as it is: it may be a denormal, and the precision may be less than 64 bits.
            Float80 operand = left.IsZero ? other : left;
            Unpack(operand, out int exponent, out ulong significand, ref flags);
            return Float80Rounding.Pack(operand.SignExponent & 0x8000u, exponent, significand, 0, control, ref flags);
        }

        Unpack(left, out int leftExponent, out ulong leftSignificand, ref flags);
        Unpack(right, out int rightExponent, out ulong rightSignificand, ref flags);
        return AddFinite(left.SignExponent, leftExponent, leftSignificand, other.SignExponent, rightExponent, rightSignificand, control, ref flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Float80 MultiplySpecial(Float80 left, Float80 right, uint sign, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(left, right, out Float80 result, ref flags))
            return result;
        if (left.IsInfinity || right.IsInfinity)
        {
            if (left.IsZero || right.IsZero)
            {
                flags |= FloatStatus.Invalid;
                return Float80.Indefinite;
            }

            if (left.IsDenormal || right.IsDenormal)
                flags |= FloatStatus.Denormal;
            return Float80.InfinityOf(sign != 0);
        }

        if (left.IsZero || right.IsZero)
        {
            if (left.IsDenormal || right.IsDenormal)
                flags |= FloatStatus.Denormal;
            return Float80.ZeroOf(sign != 0);
        }

        Unpack(left, out int leftExponent, out ulong leftSignificand, ref flags);
        Unpack(right, out int rightExponent, out ulong rightSignificand, ref flags);
        return MultiplyFinite(sign, leftExponent, leftSignificand, rightExponent, rightSignificand, control, ref flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Float80 DivideSpecial(Float80 left, Float80 right, uint sign, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(left, right, out Float80 result, ref flags))
            return result;
        if ((left.IsInfinity && right.IsInfinity) || (left.IsZero && right.IsZero))
        {
            flags |= FloatStatus.Invalid;
            return Float80.Indefinite;
        }

        if (left.IsInfinity || right.IsInfinity)
        {
            if (left.IsDenormal || right.IsDenormal)
                flags |= FloatStatus.Denormal;
            return left.IsInfinity ? Float80.InfinityOf(sign != 0) : Float80.ZeroOf(sign != 0);
        }

        if (right.IsZero)
        {
            // Ranks above a denormal dividend, which is not reported (SDM vol. 1 4.9.2).
            flags |= FloatStatus.ZeroDivide;
            return Float80.InfinityOf(sign != 0);
        }

        if (left.IsZero)
        {
            if (right.IsDenormal)
                flags |= FloatStatus.Denormal;
            return Float80.ZeroOf(sign != 0);
        }

        Unpack(left, out int leftExponent, out ulong leftSignificand, ref flags);
        Unpack(right, out int rightExponent, out ulong rightSignificand, ref flags);
        return DivideFinite(sign, leftExponent, leftSignificand, rightExponent, rightSignificand, control, ref flags);
    }
}
