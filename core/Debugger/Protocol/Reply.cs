using System.Globalization;
using System.Text;

namespace Kpio.Debugger.Protocol;

/// <summary>A packet that is being made. Everything but <see cref="Binary"/> takes text without the protocol's own characters.</summary>
internal sealed class Reply
{
    /// <summary>The longest packet that the other end is told of, in bytes.</summary>
    public const int PacketSize = 0x4000;

    private const string Digits = "0123456789abcdef";

    private byte[] _data = new byte[256];
    private int _count;

    /// <summary>The bytes so far.</summary>
    public ReadOnlySpan<byte> Data => _data.AsSpan(0, _count);

    /// <summary>Empties it: an empty packet says that a request is not known.</summary>
    public Reply Clear()
    {
        _count = 0;
        return this;
    }

    public Reply Text(string text)
    {
        foreach (char c in text)
            Byte((byte)c);
        return this;
    }

    public Reply Ok() => Clear().Text("OK");

    /// <summary>An error; gdb shows the number only.</summary>
    public Reply Error(int number = 1) => Clear().Text(string.Create(CultureInfo.InvariantCulture, $"E{number & 0xFF:x2}"));

    /// <summary>A number in hexadecimal digits, as short as can be.</summary>
    public Reply Number(ulong value) => Text(value.ToString("x", CultureInfo.InvariantCulture));

    public Reply Number(int value) => value < 0 ? Text("-").Number((ulong)-(long)value) : Number((ulong)value);

    /// <summary>Two digits.</summary>
    public Reply Pair(byte value)
    {
        Byte((byte)Digits[value >> 4]);
        Byte((byte)Digits[value & 15]);
        return this;
    }

    /// <summary>Bytes as pairs of digits.</summary>
    public Reply Hex(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
            Pair(value);
        return this;
    }

    public Reply HexText(string text) => Hex(Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes as they are, with the protocol's own characters escaped.</summary>
    public Reply Binary(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            if (value is (byte)'#' or (byte)'$' or (byte)'}' or (byte)'*')
            {
                Byte((byte)'}');
                Byte((byte)(value ^ 0x20));
            }
            else
            {
                Byte(value);
            }
        }

        return this;
    }

    /// <summary>A thread as the other end names it.</summary>
    public Reply Thread(int pid, int tid, bool isMultiprocess)
    {
        if (isMultiprocess)
            Text("p").Number(pid).Text(".");
        return Number(tid);
    }

    /// <summary>The packet as it is sent: <c>$data#checksum</c>.</summary>
    public byte[] Frame()
    {
        byte[] frame = new byte[_count + 4];
        frame[0] = (byte)'$';
        byte sum = 0;
        for (int i = 0; i < _count; i++)
        {
            frame[i + 1] = _data[i];
            sum += _data[i];
        }

        frame[^3] = (byte)'#';
        frame[^2] = (byte)Digits[sum >> 4];
        frame[^1] = (byte)Digits[sum & 15];
        return frame;
    }

    private void Byte(byte value)
    {
        if (_count == _data.Length)
            Array.Resize(ref _data, _count * 2);
        _data[_count++] = value;
    }
}
