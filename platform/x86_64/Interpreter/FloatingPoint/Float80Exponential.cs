namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// F2XM1, FYL2X and FYL2XP1, with more than 110 good bits before the rounding: the error is below 0.5 + 2^-40 units in the last
/// place. Beyond the ranges that the manual defines, F2XM1 returns its operand and FYL2XP1 the logarithm all the same where there
/// is one. RC is obeyed, PC is not.
/// </summary>
internal static class Float80Exponential
{
    private const int ExponentialTerms = 33;

    private const int LogarithmTerms = 27;

    /// <summary>√2 × 2^63.</summary>
    private const ulong SquareRootOfTwo = 0xB504F333F9DE6484;

    private static WideFloat NaturalLogarithmOfTwo => new(false, -1, new UInt128(0xB17217F7D1CF79AB, 0xC9E3B39803F2F6AF));

    /// <summary>2 / ln 2.</summary>
    private static WideFloat TwiceBinaryLogarithmOfE => new(false, 1, new UInt128(0xB8AA3B295C17F0BB, 0xBE87FED0691D3E89));

    /// <summary>F2XM1: 2^x − 1.</summary>
    public static Float80 PowerLessOne(Float80 x, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(x, out Float80 result, ref flags))
            return result;
        if (x.IsInfinity)
            return x.IsNegative ? Float80.One.Negated() : x;
        if (x.IsZero)
            return x;
        if (x.IsDenormal)
            flags |= FloatStatus.Denormal;
        if (x.Exponent >= Float80.Bias)
        {
            // 2^-1 − 1 is −1/2, 2^1 − 1 is 1. The processors call that inexact all the same.
            flags |= FloatStatus.Inexact;
            return x == Float80.One.Negated() ? new Float80(Float80.IntegerBit, 0x8000 | (Float80.Bias - 1)) : x;
        }

        WideFloat power = WideFloat.FromFloat80(x).Times(NaturalLogarithmOfTwo);
        UInt128 fraction = power.ToFraction();
        UInt128 series = power.Negative
            ? WideSeries.Alternating(WideSeries.Exponential, ExponentialTerms, fraction)
            : WideSeries.Rising(WideSeries.Exponential, ExponentialTerms, fraction);
        return power.TimesFixed(series).Round(control, ref flags);
    }

    /// <summary>FYL2X: y × log2 x.</summary>
    public static Float80 TimesLogarithm(Float80 y, Float80 x, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(y, x, out Float80 result, ref flags))
            return result;
        if (x.IsNegative && !x.IsZero)
            return Invalid(ref flags);
        if (x.IsZero)
        {
            if (y.IsZero)
                return Invalid(ref flags);
            if (!y.IsInfinity)
                flags |= FloatStatus.ZeroDivide;
            return Float80.InfinityOf(!y.IsNegative);
        }

        bool one = x == Float80.One;
        bool below = x.Exponent < Float80.Bias;
        if (x.IsInfinity ? y.IsZero : y.IsInfinity && one)
            return Invalid(ref flags);
        if (x.IsDenormal || y.IsDenormal)
            flags |= FloatStatus.Denormal;
        if (x.IsInfinity || y.IsInfinity)
            return Float80.InfinityOf(y.IsNegative != below);
        if (y.IsZero || one)
            return Float80.ZeroOf(y.IsNegative != below);
        WideFloat operand = WideFloat.FromFloat80(x);
        if (operand.Significand == WideFloat.One.Significand)
        {
            // A power of two: the product of y and an integer, which the processors call inexact even when it is not.
            flags |= FloatStatus.Inexact;
            Float80 power = Float80Conversion.FromInteger(operand.Exponent);
            Float80 product = Float80Arithmetic.Multiply(y, power, control | 0x0300, ref flags);
            if (product.IsDenormal)
                flags |= FloatStatus.Underflow;
            return product;
        }

        return WideFloat.FromFloat80(y).Times(LogarithmOf(operand)).Round(control, ref flags);
    }

    /// <summary>FYL2XP1: y × log2(x + 1).</summary>
    public static Float80 TimesLogarithmOfSuccessor(Float80 y, Float80 x, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(y, x, out Float80 result, ref flags))
            return result;
        // x ≤ −1 has no logarithm.
        if (x.IsNegative && x.Exponent >= Float80.Bias)
            return Invalid(ref flags);
        if (x.IsZero ? y.IsInfinity : x.IsInfinity && y.IsZero)
            return Invalid(ref flags);
        if (x.IsDenormal || y.IsDenormal)
            flags |= FloatStatus.Denormal;
        bool negative = x.IsNegative != y.IsNegative;
        if (x.IsInfinity || y.IsInfinity)
            return Float80.InfinityOf(negative);
        if (x.IsZero || y.IsZero)
            return Float80.ZeroOf(negative);
        WideFloat operand = WideFloat.FromFloat80(x);
        WideFloat sum = operand.Plus(WideFloat.One);
        // log2(1 + x) = 2 atanh(x / (2 + x)) / ln 2 keeps every digit of a small x.
        WideFloat logarithm = x.Exponent < Float80.Bias - 2
            ? HyperbolicOf(operand.Over(sum.Plus(WideFloat.One)))
            : LogarithmOf(sum);
        return WideFloat.FromFloat80(y).Times(logarithm).Round(control, ref flags);
    }

    private static Float80 Invalid(ref uint flags)
    {
        flags |= FloatStatus.Invalid;
        return Float80.Indefinite;
    }

    /// <summary>The binary logarithm: the exponent plus that of a significand within √½ and √2.</summary>
    private static WideFloat LogarithmOf(WideFloat value)
    {
        int exponent = value.Exponent;
        bool upper = (ulong)(value.Significand >> 64) > SquareRootOfTwo;
        if (upper)
            exponent++;
        WideFloat significand = new(false, upper ? -1 : 0, value.Significand);
        WideFloat difference = significand.Plus(WideFloat.One.Negated());
        WideFloat fraction = difference.Significand == 0
            ? difference
            : HyperbolicOf(difference.Over(significand.Plus(WideFloat.One)));
        return WideFloat.FromInteger(exponent < 0, (UInt128)Math.Abs(exponent), 0).Plus(fraction);
    }

    /// <summary>2 atanh(s) / ln 2 for |s| of at most 0.18.</summary>
    private static WideFloat HyperbolicOf(WideFloat argument)
    {
        UInt128 fraction = argument.ToFraction();
        UInt128 series = WideSeries.Rising(WideSeries.Odd, LogarithmTerms, WideFloat.MultiplyHigh(fraction, fraction));
        return argument.TimesFixed(series).Times(TwiceBinaryLogarithmOfE);
    }
}
