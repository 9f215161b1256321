using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// A number in the double extended-precision format (SDM vol. 1 4.2.2): sign and 15-bit biased exponent, and a 64-bit significand
/// with an explicit integer bit. Every bit pattern is a value of this type, the ones that the processor refuses included.
/// </summary>
/// <param name="significand">Bits 0…63.</param>
/// <param name="signExponent">Bits 64…79.</param>
internal readonly struct Float80(ulong significand, ushort signExponent) : IEquatable<Float80>
{
    /// <summary>The exponent of 1.0 as it is stored.</summary>
    public const int Bias = 16383;

    /// <summary>The exponent of infinities and NaNs.</summary>
    public const int ExponentOfSpecials = 0x7FFF;

    /// <summary>The largest exponent of a finite number.</summary>
    public const int LargestExponent = 0x7FFE;

    /// <summary>The integer bit.</summary>
    public const ulong IntegerBit = 1UL << 63;

    /// <summary>The bit that makes a NaN quiet.</summary>
    public const ulong QuietBit = 1UL << 62;

    /// <summary>Bits 0…63.</summary>
    public readonly ulong Significand = significand;

    /// <summary>Bits 64…79: the sign in bit 15, then the biased exponent.</summary>
    public readonly ushort SignExponent = signExponent;

    /// <summary>The real indefinite: the result of a masked invalid operation.</summary>
    public static Float80 Indefinite
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(IntegerBit | QuietBit, 0xFFFF);
    }

    /// <summary>+0.</summary>
    public static Float80 Zero => default;

    /// <summary>1.</summary>
    public static Float80 One => new(IntegerBit, Bias);

    /// <summary>The biased exponent.</summary>
    public int Exponent
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => SignExponent & 0x7FFF;
    }

    /// <summary>Whether the sign bit is set.</summary>
    public bool IsNegative
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (SignExponent & 0x8000) != 0;
    }

    /// <summary>A finite number with its integer bit set and an exponent above zero: what the fast ways of the operations take.</summary>
    public bool IsNormal
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)(Exponent - 1) < LargestExponent && (long)Significand < 0;
    }

    /// <summary>Zero of either sign.</summary>
    public bool IsZero => Exponent == 0 && Significand == 0;

    /// <summary>A denormal or a pseudo-denormal (exponent zero with the integer bit set, worth what exponent one is worth).</summary>
    public bool IsDenormal => Exponent == 0 && Significand != 0;

    /// <summary>Infinity of either sign.</summary>
    public bool IsInfinity => Exponent == ExponentOfSpecials && Significand == IntegerBit;

    /// <summary>A NaN that the processor knows: with its integer bit set.</summary>
    public bool IsNaN => Exponent == ExponentOfSpecials && Significand > IntegerBit;

    /// <summary>A signalling NaN.</summary>
    public bool IsSignalingNaN => IsNaN && (Significand & QuietBit) == 0;

    /// <summary>A pattern that raises the invalid-operation exception: unnormals, pseudo-infinities and pseudo-NaNs (SDM vol. 1 8.2.2).</summary>
    public bool IsUnsupported => Exponent != 0 && (long)Significand >= 0;

    /// <summary>Zero with the sign.</summary>
    public static Float80 ZeroOf(bool negative) => new(0, (ushort)(negative ? 0x8000 : 0));

    /// <summary>Infinity with the sign.</summary>
    public static Float80 InfinityOf(bool negative) => new(IntegerBit, (ushort)(negative ? 0xFFFF : 0x7FFF));

    /// <summary>The NaN made quiet.</summary>
    public Float80 Quieted() => new(Significand | QuietBit, SignExponent);

    /// <summary>The number with its sign bit turned.</summary>
    public Float80 Negated() => new(Significand, (ushort)(SignExponent ^ 0x8000));

    /// <summary>The number with its sign bit clear.</summary>
    public Float80 Magnitude() => new(Significand, (ushort)(SignExponent & 0x7FFF));

    public static bool operator ==(Float80 left, Float80 right) => left.Equals(right);

    public static bool operator !=(Float80 left, Float80 right) => !left.Equals(right);

    /// <summary>Whether the bits are the same.</summary>
    public bool Equals(Float80 other) => Significand == other.Significand && SignExponent == other.SignExponent;

    public override bool Equals(object? obj) => obj is Float80 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Significand, SignExponent);

    /// <summary>Sign and exponent, then significand, in hexadecimal.</summary>
    public override string ToString() => $"{SignExponent:X4}:{Significand:X16}";
}
