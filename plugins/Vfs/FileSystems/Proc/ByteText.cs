using System.Globalization;
using System.Text;

namespace Kpio.Plugins.Vfs.FileSystems.Proc;

/// <summary>Text as bytes: paths in /proc's files are bytes, not characters.</summary>
internal sealed class ByteText
{
    private byte[] _bytes = new byte[256];
    private int _length;

    public int Length => _length;

    public ByteText Add(string text)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
        return this;
    }

    public ByteText Add(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(_length));
        _length += bytes.Length;
        return this;
    }

    public ByteText Add(long number) => Add(number.ToString(CultureInfo.InvariantCulture));

    public ByteText AddUnsigned(ulong number) => Add(number.ToString(CultureInfo.InvariantCulture));

    public ByteText AddHex(ulong number, int digits) => Add(number.ToString("x" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));

    /// <summary>Fills with spaces up to a column of the line that starts at <paramref name="lineStart"/>.</summary>
    public ByteText Pad(int lineStart, int column)
    {
        while (_length - lineStart < column)
            Add(" "u8);
        return this;
    }

    /// <summary>A name with what would break the line as octal escapes, as /proc/mounts writes it (getmntent(3)).</summary>
    public ByteText AddEscaped(ReadOnlySpan<byte> name)
    {
        foreach (byte b in name)
        {
            if (b is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\\')
                Add("\\" + Convert.ToString(b, 8).PadLeft(3, '0'));
            else
                Add([b]);
        }

        return this;
    }

    public byte[] ToArray() => _bytes[.._length];

    private void Reserve(int count)
    {
        if (_length + count > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
    }
}
