namespace Kpio.Debugger.Protocol;

/// <summary>Bytes as pairs of hexadecimal digits.</summary>
internal static class HexText
{
    /// <summary>A digit's value, or -1.</summary>
    public static int Digit(byte value) => value switch
    {
        >= (byte)'0' and <= (byte)'9' => value - '0',
        >= (byte)'a' and <= (byte)'f' => value - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
        _ => -1,
    };

    /// <summary>Decodes text into bytes; false when it is no whole number of pairs of digits or longer than the destination.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> destination, out int count)
    {
        count = 0;
        if ((text.Length & 1) != 0 || text.Length / 2 > destination.Length)
            return false;
        for (int i = 0; i < text.Length; i += 2)
        {
            int high = Digit(text[i]);
            int low = Digit(text[i + 1]);
            if (high < 0 || low < 0)
                return false;
            destination[count++] = (byte)((high << 4) | low);
        }

        return true;
    }

    /// <summary>Decodes text into bytes; null when it is no whole number of pairs of digits.</summary>
    public static byte[]? Decode(ReadOnlySpan<byte> text)
    {
        byte[] bytes = new byte[text.Length / 2];
        return TryDecode(text, bytes, out _) ? bytes : null;
    }
}
