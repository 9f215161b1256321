namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// FSIN, FCOS, FSINCOS, FPTAN and FPATAN. Operands are reduced exactly by multiples of π/2, with the π of 66 bits that the
/// processors have (SDM vol. 1 8.3.8): so the results are those of the processors for large operands too, where a better π would
/// give others. What follows has more than 110 good bits, so that the error against the function of the reduced operand is below
/// 0.5 + 2^-40 units in the last place. RC is obeyed, PC is not.
/// </summary>
internal static class Float80Trigonometry
{
    private const int SineTerms = 17;

    private const int ArcTangentTerms = 11;

    /// <summary>From this exponent on FSIN and its family leave their operand alone and set C2: 2^63.</summary>
    private const int LargestExponent = Float80.Bias + 63;

    /// <summary>Below this, operands are their own reduction: 1/2.</summary>
    private const int ReducedExponent = Float80.Bias - 1;

    private const int TableStepBits = 6;

    /// <summary>π/2 × 2^65, cut off: the processors' π.</summary>
    private static UInt128 HalfPiOfProcessor => new(3, 0x243F6A8885A308D3);

    private static WideFloat Pi => new(false, 1, new UInt128(0xC90FDAA22168C234, 0xC4C6628B80DC1CD1));

    /// <summary>Whether an operand is finite and too large.</summary>
    public static bool IsOutOfRange(Float80 value) => value.Exponent is >= LargestExponent and < Float80.ExponentOfSpecials && !value.IsUnsupported;

    /// <summary>The sine of an operand that is not out of range.</summary>
    public static Float80 Sine(Float80 value, uint control, ref uint flags)
    {
        if (TryEasy(value, Float80.ZeroOf(value.IsNegative), out Float80 result, ref flags))
            return result;
        int quadrant = Reduce(value, out WideFloat angle);
        WideFloat sine = (quadrant & 1) == 0 ? SineOf(angle) : CosineOf(angle);
        return (quadrant >= 2 ? sine.Negated() : sine).Round(control, ref flags);
    }

    /// <summary>The cosine.</summary>
    public static Float80 Cosine(Float80 value, uint control, ref uint flags)
    {
        if (TryEasy(value, Float80.One, out Float80 result, ref flags))
            return result;
        int quadrant = Reduce(value, out WideFloat angle);
        WideFloat cosine = (quadrant & 1) == 0 ? CosineOf(angle) : SineOf(angle);
        return (quadrant is 1 or 2 ? cosine.Negated() : cosine).Round(control, ref flags);
    }

    /// <summary>The tangent.</summary>
    public static Float80 Tangent(Float80 value, uint control, ref uint flags)
    {
        if (TryEasy(value, Float80.ZeroOf(value.IsNegative), out Float80 result, ref flags))
            return result;
        int quadrant = Reduce(value, out WideFloat angle);
        WideFloat sine = SineOf(angle);
        WideFloat cosine = CosineOf(angle);
        // The sine of a tiny angle was made smaller than the angle; its tangent is larger.
        if (sine.Exponent < -40 && (quadrant & 1) == 0)
            return angle.Round(control, ref flags);
        WideFloat tangent = (quadrant & 1) == 0 ? sine.Over(cosine) : cosine.Over(sine).Negated();
        return tangent.Round(control, ref flags);
    }

    /// <summary>FPATAN: the angle of the point (<paramref name="x"/>, <paramref name="y"/>).</summary>
    public static Float80 ArcTangent(Float80 y, Float80 x, uint control, ref uint flags)
    {
        if (Float80NaN.TryPropagate(y, x, out Float80 result, ref flags))
            return result;
        if (y.IsDenormal || x.IsDenormal)
            flags |= FloatStatus.Denormal;
        WideFloat angle;
        if (y.IsZero || (x.IsInfinity && !y.IsInfinity))
        {
            if (!x.IsNegative)
                return Float80.ZeroOf(y.IsNegative);
            angle = Pi;
        }
        else if (y.IsInfinity && x.IsInfinity)
        {
            angle = Pi with { Exponent = -1 };
            if (x.IsNegative)
                angle = Pi.Plus(angle.Negated());
        }
        else if (y.IsInfinity || x.IsZero)
        {
            angle = Pi with { Exponent = 0 };
        }
        else
        {
            angle = AngleOf(WideFloat.FromFloat80(y.Magnitude()), WideFloat.FromFloat80(x.Magnitude()));
            if (x.IsNegative)
                angle = Pi.Plus(angle.Negated());
        }

        return (y.IsNegative ? angle.Negated() : angle).Round(control, ref flags);
    }

    private static bool TryEasy(Float80 value, Float80 atZero, out Float80 result, ref uint flags)
    {
        if (Float80NaN.TryPropagate(value, out result, ref flags))
            return true;
        if (value.IsInfinity)
        {
            flags |= FloatStatus.Invalid;
            result = Float80.Indefinite;
            return true;
        }

        result = atZero;
        if (value.IsDenormal)
            flags |= FloatStatus.Denormal;
        return value.IsZero;
    }

    /// <summary>The operand less the nearest multiple of π/2, exactly, and which multiple it was, modulo 4.</summary>
    private static int Reduce(Float80 value, out WideFloat angle)
    {
        if (value.Exponent < ReducedExponent)
        {
            angle = WideFloat.FromFloat80(value);
            return 0;
        }

        // In units of 2^-65 both are integers.
        UInt128 scaled = (UInt128)value.Significand << (value.Exponent - Float80.Bias + 2);
        (UInt128 quotient, UInt128 remainder) = UInt128.DivRem(scaled, HalfPiOfProcessor);
        bool negative = value.IsNegative;
        int quadrant = (int)(ulong)quotient & 3;
        bool beyond = remainder > HalfPiOfProcessor >> 1;
        if (beyond)
        {
            remainder = HalfPiOfProcessor - remainder;
            quadrant++;
        }

        angle = WideFloat.FromInteger(negative != beyond, remainder, -65);
        return (negative ? -quadrant : quadrant) & 3;
    }

    /// <summary>The sine of an angle within ±π/4.</summary>
    private static WideFloat SineOf(WideFloat angle)
    {
        UInt128 fraction = angle.ToFraction();
        UInt128 series = WideSeries.Alternating(WideSeries.Sine, SineTerms, WideFloat.MultiplyHigh(fraction, fraction));
        WideFloat sine = angle.TimesFixed(series);
        return series == WideSeries.One ? sine.Below() : sine;
    }

    private static WideFloat CosineOf(WideFloat angle)
    {
        UInt128 fraction = angle.ToFraction();
        UInt128 series = WideSeries.Alternating(WideSeries.Cosine, SineTerms, WideFloat.MultiplyHigh(fraction, fraction));
        WideFloat cosine = WideFloat.FromInteger(false, series, -127);
        return series == WideSeries.One ? cosine.Below() : cosine;
    }

    /// <summary>The angle in the first quadrant of a point with positive coordinates.</summary>
    private static WideFloat AngleOf(WideFloat y, WideFloat x)
    {
        bool steep = y.Exponent > x.Exponent || (y.Exponent == x.Exponent && y.Significand > x.Significand);
        WideFloat angle = steep ? FlatAngleOf(x, y) : FlatAngleOf(y, x);
        return steep ? (Pi with { Exponent = 0 }).Plus(angle.Negated()) : angle;
    }

    /// <summary>The same below the diagonal: atan t = atan c + atan((t − c) / (1 + t c)) with c the multiple of 1/64 next to t.</summary>
    private static WideFloat FlatAngleOf(WideFloat y, WideFloat x)
    {
        int distance = x.Exponent - y.Exponent;
        if (distance <= TableStepBits + 1)
        {
            // Coordinates as integers: at most 72 and 64 bits.
            UInt128 height = y.Significand >> 64;
            UInt128 width = (x.Significand >> 64) << distance;
            uint step = (uint)((height << (TableStepBits + 1)) / width + 1) >> 1;
            if (step != 0)
            {
                UInt128 scaled = height << TableStepBits;
                UInt128 reference = width * step;
                bool negative = scaled < reference;
                WideFloat numerator = WideFloat.FromInteger(negative, negative ? reference - scaled : scaled - reference, 0);
                WideFloat denominator = WideFloat.FromInteger(false, (width << TableStepBits) + height * step, 0);
                WideFloat offset = numerator.Significand == 0 ? numerator : ArcTangentOf(numerator.Over(denominator));
                return WideFloat.FromInteger(false, WideSeries.At(WideSeries.ArcTangents, (int)step), -127).Plus(offset);
            }
        }

        return ArcTangentOf(y.Over(x));
    }

    /// <summary>The arc tangent of a number of at most 1/128.</summary>
    private static WideFloat ArcTangentOf(WideFloat tangent)
    {
        UInt128 fraction = tangent.ToFraction();
        UInt128 series = WideSeries.Alternating(WideSeries.Odd, ArcTangentTerms, WideFloat.MultiplyHigh(fraction, fraction));
        WideFloat angle = tangent.TimesFixed(series);
        return series == WideSeries.One ? angle.Below() : angle;
    }
}
