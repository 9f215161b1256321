using System.Numerics;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>
/// Elementary functions in fixed point with 600 bits behind the point, by their plain series: slow, and with nothing in common with
/// the code under test.
/// </summary>
internal static class BigReference
{
    /// <summary>Bits behind the point.</summary>
    public const int Bits = 600;

    /// <summary>1.</summary>
    public static BigInteger One => BigInteger.One << Bits;

    /// <summary>The π of the processors: 66 bits.</summary>
    public static BigInteger ProcessorPi => ((new BigInteger(3) << 64) + 0x243F6A8885A308D3) << (Bits - 64);

    /// <summary>π, by Machin's formula.</summary>
    public static BigInteger Pi { get; } = (16 * ArcTangentSeries(One / 5)) - (4 * ArcTangentSeries(One / 239));

    /// <summary>ln 2.</summary>
    public static BigInteger LogarithmOfTwo { get; } = 2 * HyperbolicSeries(One / 3);

    /// <summary>A finite number of the x87.</summary>
    public static BigInteger From(Float80 value)
    {
        int shift = Bits - (Float80.Bias + 63 - Math.Max(value.Exponent, 1));
        BigInteger magnitude = shift >= 0 ? new BigInteger(value.Significand) << shift : new BigInteger(value.Significand) >> -shift;
        return value.IsNegative ? -magnitude : magnitude;
    }

    /// <summary>The product.</summary>
    public static BigInteger Multiply(BigInteger left, BigInteger right) => (left * right) >> Bits;

    /// <summary>The quotient.</summary>
    public static BigInteger Divide(BigInteger left, BigInteger right) => (left << Bits) / right;

    /// <summary>Sine and cosine of an angle less its nearest multiple of π/2, with the processors' π.</summary>
    public static (BigInteger Sine, BigInteger Cosine) SineAndCosine(BigInteger angle)
    {
        BigInteger half = ProcessorPi >> 1;
        BigInteger multiple = BigInteger.Divide(BigInteger.Abs(angle) + (half >> 1), half) * angle.Sign;
        BigInteger rest = angle - (multiple * half);
        BigInteger sine = 0, cosine = 0;
        BigInteger term = One;
        for (int power = 0; term != 0; power++)
        {
            switch (power & 3)
            {
                case 0: cosine += term; break;
                case 1: sine += term; break;
                case 2: cosine -= term; break;
                default: sine -= term; break;
            }

            term = Multiply(term, rest) / (power + 1);
        }

        return (int)(((multiple % 4) + 4) % 4) switch
        {
            0 => (sine, cosine),
            1 => (cosine, -sine),
            2 => (-sine, -cosine),
            _ => (-cosine, sine),
        };
    }

    /// <summary>The angle of a point in the first quadrant.</summary>
    public static BigInteger Angle(BigInteger y, BigInteger x)
    {
        if (y > x)
            return (Pi >> 1) - Angle(x, y);
        BigInteger tangent = Divide(y, x);
        // Halving the angle makes the series short: tan(a/2) = t / (1 + √(1 + t²)).
        int halvings = 0;
        for (; tangent > One >> 8; halvings++)
            tangent = Divide(tangent, One + SquareRoot(One + Multiply(tangent, tangent)));
        return ArcTangentSeries(tangent) << halvings;
    }

    /// <summary>2^x − 1.</summary>
    public static BigInteger PowerLessOne(BigInteger x)
    {
        BigInteger exponent = Multiply(x, LogarithmOfTwo);
        BigInteger sum = 0;
        BigInteger term = exponent;
        for (int power = 2; term != 0 && term != -1; power++)
        {
            sum += term;
            term = Multiply(term, exponent) / power;
        }

        return sum;
    }

    /// <summary>The binary logarithm.</summary>
    public static BigInteger BinaryLogarithm(BigInteger value)
    {
        int exponent = (int)value.GetBitLength() - 1 - Bits;
        BigInteger significand = exponent >= 0 ? value >> exponent : value << -exponent;
        // Nothing that matters is cut off: the operands are exact and above 2^-300.
        return (new BigInteger(exponent) << Bits) + Divide(2 * HyperbolicSeries(Divide(significand - One, significand + One)), LogarithmOfTwo);
    }

    private static BigInteger ArcTangentSeries(BigInteger tangent) => OddSeries(tangent, -1);

    private static BigInteger HyperbolicSeries(BigInteger argument) => OddSeries(argument, 1);

    private static BigInteger OddSeries(BigInteger argument, int sign)
    {
        BigInteger square = Multiply(argument, argument) * sign;
        BigInteger sum = 0;
        BigInteger power = argument;
        for (int index = 1; BigInteger.Abs(power) > 1; index += 2)
        {
            sum += power / index;
            power = Multiply(power, square);
        }

        return sum;
    }

    private static BigInteger SquareRoot(BigInteger value)
    {
        BigInteger scaled = value << Bits;
        BigInteger root = BigInteger.One << (int)((scaled.GetBitLength() + 1) / 2);
        while (true)
        {
            BigInteger next = (root + (scaled / root)) >> 1;
            if (next >= root)
                return root;
            root = next;
        }
    }
}
