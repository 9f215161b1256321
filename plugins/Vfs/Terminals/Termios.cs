using System.Buffers.Binary;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>A terminal's settings (termios(3)): the kernel's struct ktermios, and the three forms in which programs see it.</summary>
internal sealed class Termios
{
    /// <summary>The size of struct termios: four words of modes, the line discipline, 19 characters.</summary>
    public const int Size = 36;

    /// <summary>The size of struct termios2: the two speeds behind it.</summary>
    public const int Size2 = 44;

    /// <summary>The size of struct termio, the System V form with 16-bit modes and 8 characters.</summary>
    public const int SizeOld = 18;

    private const int CharacterCount = 19;
    private const int OldCharacterCount = 8;
    private const int InputSpeedShift = 16;

    private static readonly int[] BaudRates =
    [
        0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000,
        576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
    ];

    private readonly byte[] _characters = new byte[CharacterCount];

    /// <summary>The settings of a terminal that was just made (drivers/tty/tty_io.c, tty_std_termios; pty.c).</summary>
    public Termios() => Reset();

    public InputModes Input { get; private set; }

    public OutputModes Output { get; private set; }

    public ControlModes Control { get; private set; }

    public LocalModes Local { get; private set; }

    public byte Line { get; private set; }

    public uint InputSpeed { get; private set; }

    public uint OutputSpeed { get; private set; }

    public byte this[ControlCharacter index] => _characters[(int)index];

    public bool Has(InputModes mode) => (Input & mode) != 0;

    public bool Has(OutputModes mode) => (Output & mode) != 0;

    public bool Has(LocalModes mode) => (Local & mode) != 0;

    public void Reset()
    {
        Input = InputModes.ICRNL | InputModes.IXON;
        Output = OutputModes.OPOST | OutputModes.ONLCR;
        Control = ControlModes.B38400 | ControlModes.CS8 | ControlModes.CREAD;
        Local = LocalModes.ISIG | LocalModes.ICANON | LocalModes.ECHO | LocalModes.ECHOE | LocalModes.ECHOK
            | LocalModes.ECHOCTL | LocalModes.ECHOKE | LocalModes.IEXTEN;
        Line = 0;
        InputSpeed = OutputSpeed = 38400;
        _characters.AsSpan().Clear();
        "\u0003\u001c\u007f\u0015\u0004\0\u0001\0\u0011\u0013\u001a\0\u0012\u000f\u0017\u0016\0"u8.CopyTo(_characters);
    }

    public void CopyTo(Termios other)
    {
        Span<byte> bytes = stackalloc byte[Size2];
        Write(bytes);
        other.Read(bytes);
    }

    /// <summary>Writes struct termios2, or its first part, struct termios, where there is no room for more.</summary>
    public void Write(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)Input);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], (uint)Output);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], (uint)Control);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], (uint)Local);
        target[16] = Line;
        _characters.CopyTo(target[17..]);
        if (target.Length < Size2)
            return;
        BinaryPrimitives.WriteUInt32LittleEndian(target[36..], InputSpeed);
        BinaryPrimitives.WriteUInt32LittleEndian(target[40..], OutputSpeed);
    }

    /// <summary>Writes struct termio.</summary>
    public void WriteOld(Span<byte> target)
    {
        target[..SizeOld].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)Input);
        BinaryPrimitives.WriteUInt16LittleEndian(target[2..], (ushort)Output);
        BinaryPrimitives.WriteUInt16LittleEndian(target[4..], (ushort)Control);
        BinaryPrimitives.WriteUInt16LittleEndian(target[6..], (ushort)Local);
        target[8] = Line;
        _characters.AsSpan(0, OldCharacterCount).CopyTo(target[9..]);
    }

    /// <summary>Takes over struct termios2 as it is.</summary>
    public void Read(ReadOnlySpan<byte> source)
    {
        Input = (InputModes)BinaryPrimitives.ReadUInt32LittleEndian(source);
        Output = (OutputModes)BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        Control = (ControlModes)BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        Local = (LocalModes)BinaryPrimitives.ReadUInt32LittleEndian(source[12..]);
        Line = source[16];
        source.Slice(17, CharacterCount).CopyTo(_characters);
        if (source.Length < Size2)
            return;
        InputSpeed = BinaryPrimitives.ReadUInt32LittleEndian(source[36..]);
        OutputSpeed = BinaryPrimitives.ReadUInt32LittleEndian(source[40..]);
    }

    /// <summary>Takes over struct termio: what it has no room for stays.</summary>
    public void ReadOld(ReadOnlySpan<byte> source)
    {
        const uint Kept = 0xFFFF_0000;
        Input = (InputModes)(((uint)Input & Kept) | BinaryPrimitives.ReadUInt16LittleEndian(source));
        Output = (OutputModes)(((uint)Output & Kept) | BinaryPrimitives.ReadUInt16LittleEndian(source[2..]));
        Control = (ControlModes)(((uint)Control & Kept) | BinaryPrimitives.ReadUInt16LittleEndian(source[4..]));
        Local = (LocalModes)(((uint)Local & Kept) | BinaryPrimitives.ReadUInt16LittleEndian(source[6..]));
        Line = source[8];
        source.Slice(9, OldCharacterCount).CopyTo(_characters);
    }

    /// <summary>What a terminal without a line of hardware makes of new settings: the speeds from their codes, 8 bits, no parity (pty_set_termios).</summary>
    public void Settle()
    {
        OutputSpeed = SpeedOf((uint)Control & (uint)ControlModes.CBAUD, OutputSpeed);
        uint input = ((uint)Control >> InputSpeedShift) & (uint)ControlModes.CBAUD;
        InputSpeed = input == 0 ? OutputSpeed : SpeedOf(input, InputSpeed);
        Control = (Control & ~(ControlModes.CSIZE | ControlModes.PARENB)) | ControlModes.CS8 | ControlModes.CREAD;
    }

    /// <summary>Sets or clears CLOCAL (TIOCSSOFTCAR).</summary>
    public void SetLocalLine(bool isLocal) => Control = isLocal ? Control | ControlModes.CLOCAL : Control & ~ControlModes.CLOCAL;

    private static uint SpeedOf(uint code, uint other)
    {
        if (code == (uint)ControlModes.BOTHER)
            return other;
        uint index = (code & (uint)ControlModes.CBAUDEX) != 0 ? (code & ~(uint)ControlModes.CBAUDEX) + 15 : code;
        return index < BaudRates.Length ? (uint)BaudRates[index] : 0;
    }
}
