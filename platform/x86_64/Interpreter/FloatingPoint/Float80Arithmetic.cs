using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

using Finite = FiniteArithmetic<Float80Rounding, Float80>;

/// <summary>
/// Add, subtract, multiply, divide and square root as the x87 does them: exact by
/// <see cref="FiniteArithmetic{TRounding,TResult}"/>, then rounded once by <see cref="Float80Rounding"/>. Normal operands take a short way; the rest is sorted out by the methods named Special.
/// </summary>
/// <remarks><c>control</c> is the x87 control word; <c>flags</c> collects <see cref="FloatStatus"/> bits and is never cleared here.</remarks>
internal static class Float80Arithmetic
{
    /// <summary>left + right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 Add(Float80 left, Float80 right, uint control, ref uint flags) =>
        left.IsNormal && right.IsNormal
            ? Finite.Add(left.SignExponent, left.Exponent, left.Significand, right.SignExponent, right.Exponent, right.Significand, control, ref flags)
            : AddSpecial(left, right, 0, control, ref flags);

    /// <summary>left − right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 Subtract(Float80 left, Float80 right, uint control, ref uint flags) =>
        left.IsNormal && right.IsNormal
            ? Finite.Add(left.SignExponent, left.Exponent, left.Significand, right.SignExponent ^ 0x8000u, right.Exponent, right.Significand, control, ref flags)
            : AddSpecial(left, right, 0x8000, control, ref flags);

    /// <summary>left × right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 Multiply(Float80 left, Float80 right, uint control, ref uint flags)
    {
        uint sign = (uint)(left.SignExponent ^ right.SignExponent) & 0x8000;
        return left.IsNormal && right.IsNormal
            ? Finite.Multiply(sign, left.Exponent, left.Significand, right.Exponent, right.Significand, control, ref flags)
            : MultiplySpecial(left, right, sign, control, ref flags);
    }

    /// <summary>left ÷ right.</summary>
    public static Float80 Divide(Float80 left, Float80 right, uint control, ref uint flags)
    {
        uint sign = (uint)(left.SignExponent ^ right.SignExponent) & 0x8000;
        return left.IsNormal && right.IsNormal
            ? Finite.Divide(sign, left.Exponent, left.Significand, right.Exponent, right.Significand, control, ref flags)
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
        return Finite.SquareRoot(exponent, significand, control, ref flags);
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
        return Finite.Add(left.SignExponent, leftExponent, leftSignificand, other.SignExponent, rightExponent, rightSignificand, control, ref flags);
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
        return Finite.Multiply(sign, leftExponent, leftSignificand, rightExponent, rightSignificand, control, ref flags);
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
        return Finite.Divide(sign, leftExponent, leftSignificand, rightExponent, rightSignificand, control, ref flags);
    }
}
