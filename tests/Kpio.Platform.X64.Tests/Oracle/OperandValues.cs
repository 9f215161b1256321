using System.Buffers.Binary;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>Operands of every kind, half of them on the edges where instructions go wrong. Deterministic for a seed.</summary>
internal sealed class OperandValues(int seed)
{
    private static readonly ulong[] s_integers =
    [
        0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 0x7F, 0x80, 0x81, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000,
        0x8000_0001, 0xFFFF_FFFF, 0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0x8000_0000_0000_0001, ulong.MaxValue,
        ulong.MaxValue - 1, ulong.MaxValue - 0x7F, ulong.MaxValue - 0x80, ulong.MaxValue - 0x7FFF, ulong.MaxValue - 0x7FFF_FFFF,
    ];

    private static readonly uint[] s_singles =
    [
        0, 0x8000_0000, 0x3F80_0000, 0xBF80_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0xFFC0_0001, 0x7F80_0001, 0xFFA0_0000, 1, 0x8000_0001,
        0x007F_FFFF, 0x0080_0000, 0x7F7F_FFFF, 0xFF7F_FFFF, 0x4F00_0000, 0xCF00_0000, 0x4EFF_FFFF, 0x5F00_0000, 0x3F00_0000, 0x3FC0_0000, 0x4020_0000,
    ];

    private static readonly ulong[] s_doubles =
    [
        0, 0x8000_0000_0000_0000, 0x3FF0_0000_0000_0000, 0xBFF0_0000_0000_0000, 0x7FF0_0000_0000_0000, 0xFFF0_0000_0000_0000, 0x7FF8_0000_0000_0000,
        0xFFF8_0000_0000_0001, 0x7FF0_0000_0000_0001, 0xFFF4_0000_0000_0000, 1, 0x8000_0000_0000_0001, 0x000F_FFFF_FFFF_FFFF, 0x0010_0000_0000_0000,
        0x7FEF_FFFF_FFFF_FFFF, 0xFFEF_FFFF_FFFF_FFFF, 0x41E0_0000_0000_0000, 0xC1E0_0000_0000_0000, 0x41DF_FFFF_FFC0_0000, 0x43E0_0000_0000_0000,
        0xC3E0_0000_0000_0000, 0x3FE0_0000_0000_0000, 0x3FF8_0000_0000_0000, 0x4004_0000_0000_0000, 0x36A0_0000_0000_0000, 0x3810_0000_0000_0000,
        0x47EF_FFFF_E000_0000, 0x47EF_FFFF_F000_0000,
    ];

    private readonly Random _random = new(seed);

    public int Next(int count) => _random.Next(count);

    public int Next(int least, int beyond) => _random.Next(least, beyond);

    public bool Chance(int percent) => _random.Next(100) < percent;

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public ulong Random64() => (ulong)_random.NextInt64(long.MinValue, long.MaxValue);

    public ulong Integer() => _random.Next(4) switch
    {
        0 => s_integers[_random.Next(s_integers.Length)],
        1 => s_integers[_random.Next(s_integers.Length)] ^ (1UL << _random.Next(64)),
        2 => (ulong)(_random.NextInt64() >> _random.Next(63)),
        _ => Random64(),
    };

    /// <summary>Bytes that look like packed integers, text, or floating-point numbers of either width.</summary>
    public void FillVector(Span<byte> bytes)
    {
        switch (_random.Next(8))
        {
            case 0:
                _random.NextBytes(bytes);
                break;
            case 1:
                for (int i = 0; i < bytes.Length; i++) bytes[i] = Pick<byte>([0, 1, 0x7F, 0x80, 0xFF]);
                break;
            case 2:
                for (int i = 0; i + 1 < bytes.Length; i += 2) BinaryPrimitives.WriteUInt16LittleEndian(bytes[i..], Pick<ushort>([0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x00FF, 0x0100]));
                break;
            case 3:
                for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)_random.Next(4);
                break;
            case 4:
                for (int i = 0; i + 7 < bytes.Length; i += 8) BinaryPrimitives.WriteUInt64LittleEndian(bytes[i..], Integer());
                break;
            case 5 or 6:
                for (int i = 0; i + 7 < bytes.Length; i += 8) BinaryPrimitives.WriteUInt64LittleEndian(bytes[i..], Double());
                break;
            default:
                for (int i = 0; i + 3 < bytes.Length; i += 4) BinaryPrimitives.WriteUInt32LittleEndian(bytes[i..], Single());
                break;
        }
    }

    public uint Single() => _random.Next(4) switch
    {
        0 => s_singles[_random.Next(s_singles.Length)],
        1 => BitConverter.SingleToUInt32Bits(_random.Next(-1000, 1000) / 4f),
        2 => ((uint)_random.Next() & 0x807F_FFFF) | ((uint)_random.Next(100, 160) << 23),
        _ => (uint)Random64(),
    };

    public ulong Double() => _random.Next(4) switch
    {
        0 => s_doubles[_random.Next(s_doubles.Length)],
        1 => BitConverter.DoubleToUInt64Bits(_random.Next(-1000, 1000) / 4.0),
        2 => (Random64() & 0x800F_FFFF_FFFF_FFFF) | ((ulong)_random.Next(0x3C0, 0x440) << 52),
        _ => Random64(),
    };

    /// <summary>An 80-bit number: significand with explicit integer bit, sign and exponent; invalid encodings included.</summary>
    public (ulong Significand, ushort SignExponent) Extended()
    {
        ushort sign = (ushort)(_random.Next(2) << 15);
        ulong normal = Random64() | 0x8000_0000_0000_0000;
        return _random.Next(14) switch
        {
            0 => (0, sign),
            1 => (0x8000_0000_0000_0000, (ushort)(sign | 0x7FFF)),
            2 => (Random64() | 0xC000_0000_0000_0000, (ushort)(sign | 0x7FFF)),
            3 => ((Random64() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0001, (ushort)(sign | 0x7FFF)),
            4 => (Random64() >> _random.Next(1, 64), sign),
            5 => (Integer(), (ushort)(sign | _random.Next(0x8000))),
            6 or 7 => (0x8000_0000_0000_0000 | ((ulong)_random.Next(16) << 59), (ushort)(sign | (0x3FFF + _random.Next(-3, 8)))),
            8 => (normal, (ushort)(sign | _random.Next(0x8000))),
            9 => (normal, (ushort)(sign | _random.Next(0x7FC0, 0x7FFF))),
            10 => (normal, (ushort)(sign | _random.Next(1, 0x40))),
            11 => (normal, (ushort)(sign | (0x3FFF + _random.Next(60, 70)))),
            _ => (normal, (ushort)(sign | (0x3FFF + _random.Next(-70, 70)))),
        };
    }
}
