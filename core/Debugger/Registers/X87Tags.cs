using System.Buffers.Binary;

namespace Kpio.Debugger.Registers;

/// <summary>The x87 tag word: FXSAVE keeps one bit a register, empty or not; FSTENV and debuggers show two (SDM vol. 1 8.1.7, 10.5.1).</summary>
internal static class X87Tags
{
    private const int StatusWord = 2;
    private const int TagByte = 4;
    private const int StackOffset = 32;
    private const int Valid = 0;
    private const int Zero = 1;
    private const int Special = 2;
    private const int Empty = 3;

    /// <summary>The full tag word of an FXSAVE image.</summary>
    public static uint ToFull(ReadOnlySpan<byte> image)
    {
        int top = (BinaryPrimitives.ReadUInt16LittleEndian(image[StatusWord..]) >> 11) & 7;
        uint tags = 0;
        for (int register = 0; register < 8; register++)
        {
            bool isUsed = (image[TagByte] >> register & 1) != 0;
            int position = (register - top) & 7;
            int tag = isUsed ? Classify(image.Slice(StackOffset + (position * 16), 10)) : Empty;
            tags |= (uint)tag << (register * 2);
        }

        return tags;
    }

    /// <summary>The bits of a full tag word that FXSAVE keeps.</summary>
    public static byte ToAbridged(uint tags)
    {
        byte used = 0;
        for (int register = 0; register < 8; register++)
        {
            if ((tags >> (register * 2) & 3) != Empty)
                used |= (byte)(1 << register);
        }

        return used;
    }

    private static int Classify(ReadOnlySpan<byte> value)
    {
        ulong significand = BinaryPrimitives.ReadUInt64LittleEndian(value);
        int exponent = BinaryPrimitives.ReadUInt16LittleEndian(value[8..]) & 0x7FFF;
        return exponent switch
        {
            0x7FFF => Special,
            0 => significand == 0 ? Zero : Special,
            _ => significand >> 63 != 0 ? Valid : Special,
        };
    }
}
