using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Tests.FloatingPoint;

/// <summary>Operands for comparisons: half of them special or near a border of their format, and pairs that have something to do with each other.</summary>
internal sealed class FloatValues(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 random bits (SplitMix64).</summary>
    public ulong Next()
    {
        ulong mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    public int Below(int limit) => (int)(Next() % (uint)limit);

    /// <summary>A significand of 64 bits: random, sparse, dense, or with its low part at a half way point of a narrower format.</summary>
    public ulong Significand()
    {
        ulong value = Next();
        return Below(8) switch
        {
            0 => ulong.MaxValue << Below(64),
            1 => ulong.MaxValue >> Below(64),
            2 => 1UL << Below(64),
            3 => value & (ulong.MaxValue << Below(64)),
            4 => (value & (ulong.MaxValue << 40)) | (1UL << 39),
            5 => (value & (ulong.MaxValue << 11)) | (1UL << 10),
            _ => value,
        };
    }

    public Float80 Extended()
    {
        ushort sign = (ushort)(Next() & 0x8000);
        ulong integer = Float80.IntegerBit;
        ulong significand = Significand();
        switch (Below(20))
        {
            case 0:
                return new Float80(0, sign);
            case 1:
                return new Float80(integer, (ushort)(sign | 0x7FFF));
            case 2:
                return new Float80(significand | integer | Float80.QuietBit, (ushort)(sign | 0x7FFF));
            case 3:
                return new Float80((significand | integer | 1) & ~Float80.QuietBit, (ushort)(sign | 0x7FFF));
            case 4:
                return new Float80(significand & ~integer, sign);
            case 5:
                return new Float80(significand | integer, sign);
            case 6:
                return new Float80(significand & ~integer, (ushort)(sign | (Below(2) == 0 ? 0x7FFF : Below(0x7FFF))));
            case 7:
                return new Float80(significand | integer, (ushort)(sign | (0x7FFE - Below(70))));
            case 8:
                return new Float80(significand | integer, (ushort)(sign | Below(70)));
            case 9:
                return Float80Conversion.FromInteger((long)Next() >> Below(64));
            case 10:
                return Float80Conversion.FromInteger(Below(40) - 20);
            case 11:
                return new Float80(significand | integer, (ushort)(sign | Below(0x7FFF)));
            case 12:
                return Near(Float80.Bias - 127, 0xFE, sign, significand);
            case 13:
                return Near(Float80.Bias - 1023, 0x7FE, sign, significand);
            default:
                return new Float80(significand | integer, (ushort)(sign | (Float80.Bias - 70 + Below(140))));
        }
    }

    /// <summary>A value that has to do with another: itself, its opposite, a neighbour, or none of these.</summary>
    public Float80 Beside(Float80 other) => Below(12) switch
    {
        0 => other,
        1 => other.Negated(),
        2 => new Float80(other.Significand + 1, other.SignExponent),
        3 => new Float80(other.Significand - 1, (ushort)(other.SignExponent ^ 0x8000)),
        4 => new Float80(Significand() | Float80.IntegerBit, (ushort)(other.SignExponent ^ (Next() & 0x8003))),
        _ => Extended(),
    };

    public ulong Double()
    {
        ulong sign = Next() & (1UL << 63);
        ulong fraction = (Significand() << 1) >> 12;
        return sign | Below(14) switch
        {
            0 => 0,
            1 => 0x7FFUL << 52,
            2 => (0x7FFUL << 52) | (1UL << 51) | fraction,
            3 => (0x7FFUL << 52) | ((fraction & ~(1UL << 51)) | 1),
            4 => fraction,
            5 => ((ulong)Below(60) << 52) | fraction,
            6 => ((0x7FEUL - (ulong)Below(60)) << 52) | fraction,
            7 => BitConverter.DoubleToUInt64Bits((long)Next() >> Below(64)) & ~(1UL << 63),
            8 => BitConverter.DoubleToUInt64Bits(Below(100) * 0.5),
            9 => ((ulong)Below(0x7FF) << 52) | fraction,
            // Where float32 begins and ends.
            10 => ((1023UL - 126 - 25 + (ulong)Below(28)) << 52) | fraction,
            11 => ((1023UL + 126 + (ulong)Below(3)) << 52) | fraction,
            _ => ((1023UL - 60 + (ulong)Below(120)) << 52) | fraction,
        };
    }

    public uint Single()
    {
        uint sign = (uint)Next() & 0x80000000;
        uint fraction = (uint)((Significand() << 1) >> 41);
        return sign | Below(12) switch
        {
            0 => 0,
            1 => 0xFFU << 23,
            2 => (0xFFU << 23) | (1U << 22) | fraction,
            3 => (0xFFU << 23) | ((fraction & ~(1U << 22)) | 1),
            4 => fraction,
            5 => ((uint)Below(30) << 23) | fraction,
            6 => ((0xFEU - (uint)Below(30)) << 23) | fraction,
            7 => BitConverter.SingleToUInt32Bits((int)Next() >> Below(32)) & 0x7FFFFFFF,
            8 => BitConverter.SingleToUInt32Bits(Below(100) * 0.5f),
            9 => ((uint)Below(0xFF) << 23) | fraction,
            _ => ((127U - 30 + (uint)Below(60)) << 23) | fraction,
        };
    }

    public ulong DoubleBeside(ulong other) => Below(10) switch
    {
        0 => other,
        1 => other ^ (1UL << 63),
        2 => other + 1,
        3 => (other - 1) ^ (1UL << 63),
        4 => (other & (0xFFFUL << 52)) | ((Significand() << 1) >> 12),
        _ => Double(),
    };

    public uint SingleBeside(uint other) => Below(10) switch
    {
        0 => other,
        1 => other ^ (1U << 31),
        2 => other + 1,
        3 => (other - 1) ^ (1U << 31),
        4 => (other & (0x1FFU << 23)) | (uint)((Significand() << 1) >> 41),
        _ => Single(),
    };

    private Float80 Near(int lowest, int count, ushort sign, ulong significand)
    {
        int exponent = Below(2) == 0 ? lowest - 70 + Below(75) : lowest + count - 3 + Below(6);
        return new Float80(significand | Float80.IntegerBit, (ushort)(sign | exponent));
    }
}
