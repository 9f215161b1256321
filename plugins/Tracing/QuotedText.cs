namespace Kpio.Plugins.Tracing;

/// <summary>
/// Bytes in quotation marks as strace(1) prints them: the C escapes it has letters for, others in octal with as few digits as the
/// next byte allows, or every byte in hexadecimal for data that is no text.
/// </summary>
internal static class QuotedText
{
    /// <summary>How many bytes of a string are shown before "...": strace's -s.</summary>
    public const int Limit = 32;

    /// <summary>Appends all the bytes in quotation marks.</summary>
    public static void AppendQuoted(this LineBuffer line, ReadOnlySpan<byte> bytes, bool hexadecimal = false)
    {
        line.Append('"');
        for (int i = 0; i < bytes.Length; i++)
        {
            byte b = bytes[i];
            if (hexadecimal)
                line.Append("\\x").AppendHexByte(b);
            else
                AppendEscaped(line, b, i + 1 < bytes.Length ? bytes[i + 1] : (byte)0);
        }

        line.Append('"');
    }

    private static void AppendEscaped(LineBuffer line, byte b, byte next)
    {
        switch (b)
        {
            case (byte)'"' or (byte)'\\':
                line.Append('\\').Append((char)b);
                break;
            case (byte)'\f':
                line.Append("\\f");
                break;
            case (byte)'\n':
                line.Append("\\n");
                break;
            case (byte)'\r':
                line.Append("\\r");
                break;
            case (byte)'\t':
                line.Append("\\t");
                break;
            case (byte)'\v':
                line.Append("\\v");
                break;
            case >= 0x20 and < 0x7F:
                line.Append((char)b);
                break;
            default:
                line.Append('\\');
                bool nextIsDigit = next is >= (byte)'0' and <= (byte)'7';
                if (nextIsDigit || b >= 64)
                    line.Append((char)('0' + (b >> 6)));
                if (nextIsDigit || b >= 8)
                    line.Append((char)('0' + ((b >> 3) & 7)));
                line.Append((char)('0' + (b & 7)));
                break;
        }
    }
}
