using System.Globalization;

namespace Kpio.Plugins.Tracing;

/// <summary>A line in the making: a character array that grows to the longest line and is used again, so that tracing allocates nothing per call.</summary>
internal sealed class LineBuffer
{
    private const string HexDigits = "0123456789abcdef";
    private char[] _characters = new char[512];

    /// <summary>How many characters there are.</summary>
    public int Length { get; private set; }

    /// <summary>The characters.</summary>
    public ReadOnlySpan<char> Text => _characters.AsSpan(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Takes characters off the end.</summary>
    public void Truncate(int length) => Length = Math.Min(Length, length);

    public LineBuffer Append(char c)
    {
        Reserve(1);
        _characters[Length++] = c;
        return this;
    }

    public LineBuffer Append(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        text.CopyTo(_characters.AsSpan(Length));
        Length += text.Length;
        return this;
    }

    /// <summary>The same character several times; nothing for a negative count.</summary>
    public LineBuffer Append(char c, int count)
    {
        if (count > 0)
        {
            Reserve(count);
            _characters.AsSpan(Length, count).Fill(c);
            Length += count;
        }

        return this;
    }

    public LineBuffer AppendDecimal(long value)
    {
        Reserve(20);
        value.TryFormat(_characters.AsSpan(Length), out int written, default, CultureInfo.InvariantCulture);
        Length += written;
        return this;
    }

    public LineBuffer AppendDecimal(ulong value)
    {
        Reserve(20);
        value.TryFormat(_characters.AsSpan(Length), out int written, default, CultureInfo.InvariantCulture);
        Length += written;
        return this;
    }

    /// <summary>A decimal number with zeros in front up to a width.</summary>
    public LineBuffer AppendDecimal(long value, int width)
    {
        int start = Length;
        AppendDecimal(value);
        int missing = width - (Length - start);
        if (missing > 0)
        {
            Append('0', missing);
            _characters.AsSpan(start, Length - missing - start).CopyTo(_characters.AsSpan(start + missing));
            _characters.AsSpan(start, missing).Fill('0');
        }

        return this;
    }

    /// <summary>0x and the digits, for every value.</summary>
    public LineBuffer AppendHex(ulong value)
    {
        Append("0x");
        return AppendHexDigits(value);
    }

    /// <summary>As C's <c>%#x</c>: 0 has no prefix.</summary>
    public LineBuffer AppendAlternateHex(ulong value) => value == 0 ? Append('0') : AppendHex(value);

    /// <summary>As C's <c>%#03o</c>: a 0 in front, and three digits at least.</summary>
    public LineBuffer AppendOctal(ulong value)
    {
        Reserve(24);
        int digits = 1;
        for (ulong rest = value >> 3; rest != 0; rest >>= 3)
            digits++;
        int width = Math.Max(3, value == 0 ? 1 : digits + 1);
        for (int i = width - 1; i >= 0; i--)
            _characters[Length++] = (char)('0' + (i * 3 < 64 ? (int)(value >> (i * 3)) & 7 : 0));
        return this;
    }

    /// <summary>A byte as two hexadecimal digits.</summary>
    public LineBuffer AppendHexByte(byte value)
    {
        Reserve(2);
        _characters[Length++] = HexDigits[value >> 4];
        _characters[Length++] = HexDigits[value & 15];
        return this;
    }

    /// <summary>ASCII bytes as characters.</summary>
    public LineBuffer AppendAscii(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        foreach (byte b in bytes)
            _characters[Length++] = (char)b;
        return this;
    }

    /// <summary>The last character, or NUL.</summary>
    public char Last => Length > 0 ? _characters[Length - 1] : '\0';

    private LineBuffer AppendHexDigits(ulong value)
    {
        Reserve(16);
        int digits = 1;
        for (ulong rest = value >> 4; rest != 0; rest >>= 4)
            digits++;
        for (int i = digits - 1; i >= 0; i--)
            _characters[Length++] = HexDigits[(int)(value >> (i * 4)) & 15];
        return this;
    }

    private void Reserve(int count)
    {
        if (Length + count > _characters.Length)
            Array.Resize(ref _characters, Math.Max(_characters.Length * 2, Length + count));
    }
}
