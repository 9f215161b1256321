using System.Numerics;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>
/// The transcendental functions against <see cref="BigReference"/>: with rounding to nearest the result is the nearest number, up to
/// 2^-30 of a unit in the last place. Needs no oracle, so it holds the results fast on every host. The seeds are 0xACC0 and up.
/// </summary>
public sealed class TranscendentalAccuracyTests
{
    private const int Cases = 1_500;

    /// <summary>All masked, 64 bits, to nearest.</summary>
    private const uint Control = 0x037F;

    [Fact]
    public void Sine() => Check(0xACC0, Angle, x => BigReference.SineAndCosine(x).Sine, Float80Trigonometry.Sine);

    [Fact]
    public void Cosine() => Check(0xACC1, Angle, x => BigReference.SineAndCosine(x).Cosine, Float80Trigonometry.Cosine);

    [Fact]
    public void Tangent() => Check(
        0xACC2,
        Angle,
        x =>
        {
            (BigInteger sine, BigInteger cosine) = BigReference.SineAndCosine(x);
            return BigReference.Divide(sine, cosine);
        },
        Float80Trigonometry.Tangent);

    [Fact]
    public void Arc_tangent()
    {
        var random = new FloatValues(0xACC3);
        for (int number = 0; number < Cases; number++)
        {
            Float80 y = Value(random, -40, 80);
            Float80 x = Value(random, -40, 80);
            BigInteger angle = BigReference.Angle(BigInteger.Abs(BigReference.From(y)), BigInteger.Abs(BigReference.From(x)));
            if (x.IsNegative)
                angle = BigReference.Pi - angle;
            uint flags = 0;
            AssertNearest(y.IsNegative ? -angle : angle, Float80Trigonometry.ArcTangent(y, x, Control, ref flags), $"{y} {x}");
        }
    }

    [Fact]
    public void Power_less_one() => Check(0xACC4, random => Value(random, -80, 80), BigReference.PowerLessOne, Float80Exponential.PowerLessOne);

    [Fact]
    public void Logarithm()
    {
        var random = new FloatValues(0xACC5);
        for (int number = 0; number < Cases; number++)
        {
            Float80 y = Value(random, -20, 40);
            // Half of them close to 1, where the digits of the logarithm are those of the difference.
            Float80 x = random.Below(2) == 0
                ? Value(random, -100, 200).Magnitude()
                : new Float80(random.Below(2) == 0 ? (random.Next() >> random.Below(64)) | Float80.IntegerBit : ~(random.Next() >> random.Below(64)) | Float80.IntegerBit, (ushort)(Float80.Bias - random.Below(2)));
            if (x.Significand == Float80.IntegerBit)
                continue;
            BigInteger expected = BigReference.Multiply(BigReference.From(y), BigReference.BinaryLogarithm(BigReference.From(x)));
            uint flags = 0;
            AssertNearest(expected, Float80Exponential.TimesLogarithm(y, x, Control, ref flags), $"{y} {x}");
        }
    }

    [Fact]
    public void Logarithm_of_successor()
    {
        var random = new FloatValues(0xACC6);
        for (int number = 0; number < Cases; number++)
        {
            Float80 y = Value(random, -20, 40);
            Float80 x = Value(random, -90, 89);
            BigInteger expected = BigReference.Multiply(
                BigReference.From(y), BigReference.BinaryLogarithm(BigReference.One + BigReference.From(x)));
            uint flags = 0;
            AssertNearest(expected, Float80Exponential.TimesLogarithmOfSuccessor(y, x, Control, ref flags), $"{y} {x}");
        }
    }

    [Theory]
    [InlineData(0x0B7F)] // up
    [InlineData(0x077F)] // down
    [InlineData(0x0F7F)] // toward zero
    public void Tiny_operands_are_rounded_to_the_right_side(int control)
    {
        // sin x and atan x lie just below x, tan x just above.
        Float80 tiny = new(0x9000000000000001, Float80.Bias - 200);
        Float80 below = new(0x9000000000000000, Float80.Bias - 200);
        Float80 above = new(0x9000000000000002, Float80.Bias - 200);
        bool up = control == 0x0B7F;
        uint flags = 0;
        Assert.Equal(up ? tiny : below, Float80Trigonometry.Sine(tiny, (uint)control, ref flags));
        Assert.Equal(up ? tiny : below, Float80Trigonometry.ArcTangent(tiny, Float80.One, (uint)control, ref flags));
        Assert.Equal(up ? above : tiny, Float80Trigonometry.Tangent(tiny, (uint)control, ref flags));
        Assert.Equal(
            up ? Float80.One : new Float80(ulong.MaxValue, Float80.Bias - 1), Float80Trigonometry.Cosine(tiny, (uint)control, ref flags));
        Assert.Equal(FloatStatus.Inexact, flags & FloatStatus.All);
    }

    [Fact]
    public void Series_have_the_coefficients_that_they_say()
    {
        BigInteger factorial = 1;
        for (int n = 0; n <= 33; n++)
        {
            factorial *= Math.Max(n, 1);
            BigInteger expected = BigReference.One / factorial;
            if (n % 2 == 1)
                AssertCoefficient(expected, WideSeries.Sine, n / 2);
            else if (n < 33)
                AssertCoefficient(expected, WideSeries.Cosine, n / 2);
            if (n > 0)
                AssertCoefficient(expected, WideSeries.Exponential, n - 1);
        }

        for (int k = 0; k < 27; k++)
            AssertCoefficient(BigReference.One / (2 * k + 1), WideSeries.Odd, k);
        for (int step = 1; step <= 64; step++)
            AssertCoefficient(BigReference.Angle(step, 64), WideSeries.ArcTangents, step);
    }

    private static void AssertCoefficient(BigInteger expected, ReadOnlySpan<ulong> table, int index)
    {
        BigInteger rounded = (expected + (BigInteger.One << (BigReference.Bits - 128))) >> (BigReference.Bits - 127);
        Assert.Equal(rounded, (BigInteger)WideSeries.At(table, index));
    }

    private delegate Float80 Function(Float80 value, uint control, ref uint flags);

    private static void Check(ulong seed, Func<FloatValues, Float80> make, Func<BigInteger, BigInteger> reference, Function function)
    {
        var random = new FloatValues(seed);
        for (int number = 0; number < Cases; number++)
        {
            Float80 value = make(random);
            uint flags = 0;
            Float80 result = function(value, Control, ref flags);
            AssertNearest(reference(BigReference.From(value)), result, value.ToString());
            Assert.Equal(FloatStatus.Inexact, flags & FloatStatus.All);
        }
    }

    private static void AssertNearest(BigInteger expected, Float80 result, string operands)
    {
        // In units of the result's last place.
        int unit = BigReference.Bits - (Float80.Bias + 63 - result.Exponent);
        Assert.True(unit > 40, $"The reference has too few digits for {operands} -> {result}.");
        BigInteger error = BigInteger.Abs(BigReference.From(result) - expected);
        BigInteger bound = (BigInteger.One << (unit - 1)) + (BigInteger.One << (unit - 30));
        Assert.True(error <= bound, $"{operands} -> {result}: off by {(double)(error >> (unit - 40)) / Math.Pow(2, 40)} units");
    }

    private static Float80 Angle(FloatValues random) => random.Below(2) == 0 ? Value(random, -60, 122) : Value(random, -3, 8);

    private static Float80 Value(FloatValues random, int lowest, int count) => new(
        random.Significand() | Float80.IntegerBit, (ushort)((int)(random.Next() & 0x8000) | (Float80.Bias + lowest + random.Below(count))));
}
