namespace Kpio.Debugger.Protocol;

/// <summary>What came from the other end.</summary>
internal enum InputKind : byte
{
    /// <summary>A packet with a right checksum.</summary>
    Packet,

    /// <summary>A packet that is damaged or too long.</summary>
    Damaged,

    /// <summary>The byte 0x03: the guest is to stop.</summary>
    Interrupt,

    /// <summary>The last packet has not arrived whole and is to be sent again.</summary>
    Resend,
}

/// <summary>
/// Takes bytes of the GDB remote serial protocol apart (GDB manual, appendix E "Overview"): <c>$data#checksum</c>, acknowledgements and
/// the interrupt. The bytes are anybody's: nothing here throws, and nothing grows beyond <see cref="PacketLimit"/>.
/// </summary>
internal sealed class PacketReader
{
    /// <summary>The longest packet that is taken, in bytes as they are sent; twice what the other end is told.</summary>
    public const int PacketLimit = 2 * Reply.PacketSize;

    private const byte Escape = (byte)'}';
    private const byte EscapeBit = 0x20;

    private readonly byte[] _data = new byte[PacketLimit];
    private int _count;
    private byte _sum;
    private byte _expected;
    private State _state;
    private bool _isDamaged;
    private bool _isEscaped;

    private enum State : byte
    {
        Between,
        Data,
        FirstDigit,
        SecondDigit,
    }

    /// <summary>Takes one byte; true when it completes something. <paramref name="packet"/> is the data of a packet, without escapes.</summary>
    public bool Take(byte value, out InputKind kind, out byte[] packet)
    {
        packet = [];
        kind = InputKind.Packet;
        switch (_state)
        {
            case State.Data:
                TakeData(value);
                return false;
            case State.FirstDigit:
                _expected = (byte)(Digit(value) << 4);
                _state = State.SecondDigit;
                return false;
            case State.SecondDigit:
                _expected |= (byte)Digit(value);
                _state = State.Between;
                kind = _isDamaged || _expected != _sum ? InputKind.Damaged : InputKind.Packet;
                if (kind == InputKind.Packet)
                    packet = _data[.._count];
                return true;
            default:
                return TakeBetween(value, out kind);
        }
    }

    private bool TakeBetween(byte value, out InputKind kind)
    {
        kind = value == (byte)'-' ? InputKind.Resend : InputKind.Interrupt;
        if (value == (byte)'$')
            Begin();
        return value is 3 or (byte)'-';
    }

    private void Begin()
    {
        _state = State.Data;
        _count = 0;
        _sum = 0;
        _isDamaged = false;
        _isEscaped = false;
    }

    private void TakeData(byte value)
    {
        if (value == (byte)'#')
        {
            _isDamaged |= _isEscaped;
            _state = State.FirstDigit;
            return;
        }

        if (value == (byte)'$')
        {
            // The beginning of another: the end of this one was lost.
            Begin();
            return;
        }

        _sum += value;
        if (value == Escape && !_isEscaped)
        {
            _isEscaped = true;
            return;
        }

        if (_count == PacketLimit)
        {
            _isDamaged = true;
            return;
        }

        _data[_count++] = _isEscaped ? (byte)(value ^ EscapeBit) : value;
        _isEscaped = false;
    }

    private int Digit(byte value)
    {
        int digit = HexText.Digit(value);
        _isDamaged |= digit < 0;
        return digit & 15;
    }
}
