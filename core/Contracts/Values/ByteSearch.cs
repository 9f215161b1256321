using System.Buffers.Binary;

namespace Kpio.Contracts.Values;

/// <summary>
/// Finds a byte in a short run, such as a path: eight at a time, without the base library's vector types, whose loading costs a
/// millisecond at the first search of a start (docs/performance.md).
/// </summary>
public static class ByteSearch
{
    private const ulong Ones = 0x0101_0101_0101_0101;
    private const ulong Tops = 0x8080_8080_8080_8080;

    /// <summary>The index of the first <paramref name="value"/> in <paramref name="bytes"/>, or -1.</summary>
    public static int First(ReadOnlySpan<byte> bytes, byte value)
    {
        int i = 0;
        ulong pattern = value * Ones;
        for (; bytes.Length - i >= 8; i += 8)
        {
            // A byte of the difference that is zero borrows from its top bit.
            ulong difference = BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..]) ^ pattern;
            if (((difference - Ones) & ~difference & Tops) != 0)
                break;
        }

        for (; i < bytes.Length; i++)
        {
            if (bytes[i] == value)
                return i;
        }

        return -1;
    }

    /// <summary>The index of the last <paramref name="value"/> in <paramref name="bytes"/>, or -1.</summary>
    public static int Last(ReadOnlySpan<byte> bytes, byte value)
    {
        int i = bytes.Length - 1;
        while (i >= 0 && bytes[i] != value)
            i--;
        return i;
    }

    /// <summary>Whether <paramref name="bytes"/> are the ASCII characters of <paramref name="text"/>.</summary>
    public static bool Equals(ReadOnlySpan<byte> bytes, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (bytes.Length != text.Length)
            return false;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != text[i])
                return false;
        }

        return true;
    }
}
