using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// The operations of SSE on one element, exact under every setting of MXCSR: the slow way, taken when <see cref="SseArithmetic"/>
/// cannot leave the work to the host. <c>mxcsr</c> is only read; <c>flags</c> collects <see cref="FloatStatus"/> bits (and
/// <see cref="FloatStatus.RoundedUp"/>, which SSE has no place for).
/// </summary>
internal static class SseSoftFloat<TFormat>
    where TFormat : struct, IFloatFormat
{
    /// <summary>ADDSS, ADDSD and an element of the packed forms; with <paramref name="turn"/> = sign bit, SUB.</summary>
    public static ulong Add(ulong left, ulong right, ulong turn, uint mxcsr, ref uint flags)
    {
        if (SseFormat<TFormat>.TryUnpackNormal(left, out int leftExponent, out ulong leftSignificand)
            && SseFormat<TFormat>.TryUnpackNormal(right, out int rightExponent, out ulong rightSignificand))
        {
            return FiniteArithmetic<SseFormat<TFormat>, ulong>.Add(
                SseFormat<TFormat>.Sign(left), leftExponent, leftSignificand,
                SseFormat<TFormat>.Sign(right ^ turn), rightExponent, rightSignificand, mxcsr, ref flags);
        }

        return AddSpecial(left, right, turn, mxcsr, ref flags);
    }

    /// <summary>MUL.</summary>
    public static ulong Multiply(ulong left, ulong right, uint mxcsr, ref uint flags)
    {
        if (SseFormat<TFormat>.TryUnpackNormal(left, out int leftExponent, out ulong leftSignificand)
            && SseFormat<TFormat>.TryUnpackNormal(right, out int rightExponent, out ulong rightSignificand))
        {
            return FiniteArithmetic<SseFormat<TFormat>, ulong>.Multiply(
                SseFormat<TFormat>.Sign(left ^ right), leftExponent, leftSignificand, rightExponent, rightSignificand, mxcsr, ref flags);
        }

        return MultiplySpecial(left, right, mxcsr, ref flags);
    }

    /// <summary>DIV.</summary>
    public static ulong Divide(ulong left, ulong right, uint mxcsr, ref uint flags)
    {
        if (SseFormat<TFormat>.TryUnpackNormal(left, out int leftExponent, out ulong leftSignificand)
            && SseFormat<TFormat>.TryUnpackNormal(right, out int rightExponent, out ulong rightSignificand))
        {
            return FiniteArithmetic<SseFormat<TFormat>, ulong>.Divide(
                SseFormat<TFormat>.Sign(left ^ right), leftExponent, leftSignificand, rightExponent, rightSignificand, mxcsr, ref flags);
        }

        return DivideSpecial(left, right, mxcsr, ref flags);
    }

    /// <summary>SQRT.</summary>
    public static ulong SquareRoot(ulong operand, uint mxcsr, ref uint flags)
    {
        operand = SseFormat<TFormat>.Operand(operand, mxcsr);
        if (SseFormat<TFormat>.IsNaN(operand))
            return SseFormat<TFormat>.Propagate(operand, operand, ref flags);
        if (SseFormat<TFormat>.IsZero(operand))
            return operand;
        if (SseFormat<TFormat>.IsNegative(operand))
        {
            flags |= FloatStatus.Invalid;
            return SseFormat<TFormat>.Indefinite;
        }

        if (SseFormat<TFormat>.IsInfinity(operand))
            return operand;
        NoteDenormals(operand, operand, ref flags);
        SseFormat<TFormat>.Unpack(operand, out int exponent, out ulong significand);
        return FiniteArithmetic<SseFormat<TFormat>, ulong>.SquareRoot(exponent, significand, mxcsr, ref flags);
    }

    /// <summary>MIN, or MAX with <paramref name="largest"/>: the second operand when either is a NaN or both are zeros.</summary>
    public static ulong Extreme(ulong left, ulong right, bool largest, uint mxcsr, ref uint flags)
    {
        left = SseFormat<TFormat>.Operand(left, mxcsr);
        right = SseFormat<TFormat>.Operand(right, mxcsr);
        FloatRelation relation = CompareOperands(left, right, false, ref flags);
        return relation == (largest ? FloatRelation.Greater : FloatRelation.Less) ? left : right;
    }

    /// <summary>A comparison. A quiet NaN is invalid unless <paramref name="quiet"/>, a signalling one always.</summary>
    public static FloatRelation Compare(ulong left, ulong right, bool quiet, uint mxcsr, ref uint flags) =>
        CompareOperands(SseFormat<TFormat>.Operand(left, mxcsr), SseFormat<TFormat>.Operand(right, mxcsr), quiet, ref flags);

    /// <summary>Whether a predicate of CMPPS (0…7) holds: equal, less, less or equal, unordered, and their opposites.</summary>
    public static bool Holds(ulong left, ulong right, int predicate, uint mxcsr, ref uint flags)
    {
        // Less and less-or-equal, and their opposites, take offence at quiet NaNs.
        bool quiet = (predicate & 3) is 0 or 3;
        FloatRelation relation = Compare(left, right, quiet, mxcsr, ref flags);
        bool holds = (predicate & 3) switch
        {
            0 => relation == FloatRelation.Equal,
            1 => relation == FloatRelation.Less,
            2 => relation is FloatRelation.Less or FloatRelation.Equal,
            _ => relation == FloatRelation.Unordered,
        };
        return holds != ((predicate & 4) != 0);
    }

    /// <summary>ROUNDSS and the like: bits 0 and 1 of the immediate are the mode, bit 2 takes MXCSR's, bit 3 keeps PE from being set.</summary>
    public static ulong RoundToIntegral(ulong operand, byte immediate, uint mxcsr, ref uint flags)
    {
        operand = SseFormat<TFormat>.Operand(operand, mxcsr);
        if (SseFormat<TFormat>.IsNaN(operand))
            return SseFormat<TFormat>.Propagate(operand, operand, ref flags);
        if (SseFormat<TFormat>.IsInfinity(operand) || SseFormat<TFormat>.IsZero(operand))
            return operand;
        SseFormat<TFormat>.Unpack(operand, out int exponent, out ulong high);
        if (exponent >= Float80.Bias + TFormat.FractionBits)
            return operand;
        uint mode = (immediate & 4) != 0 ? Mxcsr.RoundingMode(mxcsr) : immediate & 3u;
        uint rounding = 0;
        ulong low = 0;
        FloatRounding.ShiftRightSticky(ref high, ref low, Float80.Bias + 63 - exponent);
        ulong magnitude = FloatRounding.Round(high, low, 0, mode, SseFormat<TFormat>.IsNegative(operand), ref rounding);
        if ((immediate & 8) == 0)
            flags |= rounding;
        ulong sign = operand & SseFormat<TFormat>.SignBit;
        uint exact = 0;
        return magnitude == 0 ? sign : FromMagnitude(SseFormat<TFormat>.Sign(sign), magnitude, mxcsr, ref exact);
    }

    /// <summary>The number nearest to a signed integer.</summary>
    public static ulong FromInteger(long value, uint mxcsr, ref uint flags)
    {
        if (value == 0)
            return 0;
        return FromMagnitude(value < 0 ? 0x8000u : 0, value < 0 ? 0 - (ulong)value : (ulong)value, mxcsr, ref flags);
    }

    /// <summary>The integer of 32 or 64 bits; what does not fit is invalid and gives the integer indefinite, the sign bit alone.</summary>
    public static long ToInteger(ulong operand, int bits, uint mode, uint mxcsr, ref uint flags)
    {
        operand = SseFormat<TFormat>.Operand(operand, mxcsr);
        if (SseFormat<TFormat>.IsZero(operand))
            return 0;
        Float80 value = Float80.Indefinite;
        if (!SseFormat<TFormat>.IsNaN(operand) && !SseFormat<TFormat>.IsInfinity(operand))
        {
            SseFormat<TFormat>.Unpack(operand, out int exponent, out ulong significand);
            value = new Float80(significand, (ushort)(SseFormat<TFormat>.Sign(operand) | (uint)exponent));
        }

        return Float80Conversion.ToInteger(value, bits, mode, ref flags);
    }

    /// <summary>To the other format: CVTSS2SD, CVTSD2SS.</summary>
    public static ulong ConvertTo<TTarget>(ulong operand, uint mxcsr, ref uint flags)
        where TTarget : struct, IFloatFormat
    {
        operand = SseFormat<TFormat>.Operand(operand, mxcsr);
        ulong sign = SseFormat<TFormat>.IsNegative(operand) ? SseFormat<TTarget>.SignBit : 0;
        if (SseFormat<TFormat>.IsNaN(operand))
        {
            ulong payload = SseFormat<TFormat>.Propagate(operand, operand, ref flags) << (64 - TFormat.FractionBits);
            return sign | SseFormat<TTarget>.Infinity | (payload >> (64 - TTarget.FractionBits));
        }

        if (SseFormat<TFormat>.IsInfinity(operand))
            return sign | SseFormat<TTarget>.Infinity;
        if (SseFormat<TFormat>.IsZero(operand))
            return sign;
        NoteDenormals(operand, operand, ref flags);
        SseFormat<TFormat>.Unpack(operand, out int exponent, out ulong significand);
        return SseFormat<TTarget>.Pack(SseFormat<TFormat>.Sign(operand), exponent, significand, 0, mxcsr, ref flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong AddSpecial(ulong left, ulong right, ulong turn, uint mxcsr, ref uint flags)
    {
        left = SseFormat<TFormat>.Operand(left, mxcsr);
        right = SseFormat<TFormat>.Operand(right, mxcsr);
        if (SseFormat<TFormat>.IsNaN(left) || SseFormat<TFormat>.IsNaN(right))
            return SseFormat<TFormat>.Propagate(left, right, ref flags);
        ulong other = right ^ turn;
        if (SseFormat<TFormat>.IsInfinity(left) && SseFormat<TFormat>.IsInfinity(other) && left != other)
        {
            flags |= FloatStatus.Invalid;
            return SseFormat<TFormat>.Indefinite;
        }

        NoteDenormals(left, right, ref flags);
        if (SseFormat<TFormat>.IsInfinity(left))
            return left;
        if (SseFormat<TFormat>.IsInfinity(other))
            return other;
        if (SseFormat<TFormat>.IsZero(left) && SseFormat<TFormat>.IsZero(other))
            return left == other ? left : SseFormat<TFormat>.Zero(Mxcsr.RoundingMode(mxcsr) == FloatRounding.Down);
        if (SseFormat<TFormat>.IsZero(left) || SseFormat<TFormat>.IsZero(other))
            return Repack(SseFormat<TFormat>.IsZero(left) ? other : left, mxcsr, ref flags);
        SseFormat<TFormat>.Unpack(left, out int leftExponent, out ulong leftSignificand);
        SseFormat<TFormat>.Unpack(other, out int rightExponent, out ulong rightSignificand);
        return FiniteArithmetic<SseFormat<TFormat>, ulong>.Add(
            SseFormat<TFormat>.Sign(left), leftExponent, leftSignificand,
            SseFormat<TFormat>.Sign(other), rightExponent, rightSignificand, mxcsr, ref flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong MultiplySpecial(ulong left, ulong right, uint mxcsr, ref uint flags)
    {
        left = SseFormat<TFormat>.Operand(left, mxcsr);
        right = SseFormat<TFormat>.Operand(right, mxcsr);
        if (SseFormat<TFormat>.IsNaN(left) || SseFormat<TFormat>.IsNaN(right))
            return SseFormat<TFormat>.Propagate(left, right, ref flags);
        ulong sign = (left ^ right) & SseFormat<TFormat>.SignBit;
        bool infinite = SseFormat<TFormat>.IsInfinity(left) || SseFormat<TFormat>.IsInfinity(right);
        bool zero = SseFormat<TFormat>.IsZero(left) || SseFormat<TFormat>.IsZero(right);
        if (infinite && zero)
        {
            flags |= FloatStatus.Invalid;
            return SseFormat<TFormat>.Indefinite;
        }

        NoteDenormals(left, right, ref flags);
        if (infinite)
            return sign | SseFormat<TFormat>.Infinity;
        if (zero)
            return sign;
        SseFormat<TFormat>.Unpack(left, out int leftExponent, out ulong leftSignificand);
        SseFormat<TFormat>.Unpack(right, out int rightExponent, out ulong rightSignificand);
        return FiniteArithmetic<SseFormat<TFormat>, ulong>.Multiply(
            SseFormat<TFormat>.Sign(sign), leftExponent, leftSignificand, rightExponent, rightSignificand, mxcsr, ref flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong DivideSpecial(ulong left, ulong right, uint mxcsr, ref uint flags)
    {
        left = SseFormat<TFormat>.Operand(left, mxcsr);
        right = SseFormat<TFormat>.Operand(right, mxcsr);
        if (SseFormat<TFormat>.IsNaN(left) || SseFormat<TFormat>.IsNaN(right))
            return SseFormat<TFormat>.Propagate(left, right, ref flags);
        ulong sign = (left ^ right) & SseFormat<TFormat>.SignBit;
        bool leftInfinite = SseFormat<TFormat>.IsInfinity(left);
        bool rightInfinite = SseFormat<TFormat>.IsInfinity(right);
        bool leftZero = SseFormat<TFormat>.IsZero(left);
        bool rightZero = SseFormat<TFormat>.IsZero(right);
        if ((leftInfinite && rightInfinite) || (leftZero && rightZero))
        {
            flags |= FloatStatus.Invalid;
            return SseFormat<TFormat>.Indefinite;
        }

        if (rightZero && !leftInfinite)
        {
            // Ranks above a denormal dividend, which is not reported (SDM vol. 1 4.9.2).
            flags |= FloatStatus.ZeroDivide;
            return sign | SseFormat<TFormat>.Infinity;
        }

        NoteDenormals(left, right, ref flags);
        if (leftInfinite)
            return sign | SseFormat<TFormat>.Infinity;
        if (rightInfinite || leftZero)
            return sign;
        SseFormat<TFormat>.Unpack(left, out int leftExponent, out ulong leftSignificand);
        SseFormat<TFormat>.Unpack(right, out int rightExponent, out ulong rightSignificand);
        return FiniteArithmetic<SseFormat<TFormat>, ulong>.Divide(
            SseFormat<TFormat>.Sign(sign), leftExponent, leftSignificand, rightExponent, rightSignificand, mxcsr, ref flags);
    }

    private static FloatRelation CompareOperands(ulong left, ulong right, bool quiet, ref uint flags)
    {
        if (SseFormat<TFormat>.IsNaN(left) || SseFormat<TFormat>.IsNaN(right))
        {
            if (!quiet || SseFormat<TFormat>.IsSignalingNaN(left) || SseFormat<TFormat>.IsSignalingNaN(right))
                flags |= FloatStatus.Invalid;
            return FloatRelation.Unordered;
        }

        NoteDenormals(left, right, ref flags);
        if (left == right || (SseFormat<TFormat>.IsZero(left) && SseFormat<TFormat>.IsZero(right)))
            return FloatRelation.Equal;
        bool leftNegative = SseFormat<TFormat>.IsNegative(left);
        if (leftNegative != SseFormat<TFormat>.IsNegative(right))
            return leftNegative ? FloatRelation.Less : FloatRelation.Greater;
        return (left < right) != leftNegative ? FloatRelation.Less : FloatRelation.Greater;
    }

    private static void NoteDenormals(ulong left, ulong right, ref uint flags)
    {
        if (SseFormat<TFormat>.IsDenormal(left) || SseFormat<TFormat>.IsDenormal(right))
            flags |= FloatStatus.Denormal;
    }

    private static ulong FromMagnitude(uint sign, ulong magnitude, uint mxcsr, ref uint flags)
    {
        int shift = System.Numerics.BitOperations.LeadingZeroCount(magnitude);
        return SseFormat<TFormat>.Pack(sign, Float80.Bias + 63 - shift, magnitude << shift, 0, mxcsr, ref flags);
    }

    /// <summary>A number plus zero: a denormal is still a result that may underflow.</summary>
    private static ulong Repack(ulong bits, uint mxcsr, ref uint flags)
    {
        SseFormat<TFormat>.Unpack(bits, out int exponent, out ulong significand);
        return SseFormat<TFormat>.Pack(SseFormat<TFormat>.Sign(bits), exponent, significand, 0, mxcsr, ref flags);
    }
}
