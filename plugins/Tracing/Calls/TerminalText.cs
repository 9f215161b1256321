namespace Kpio.Plugins.Tracing.Calls;

/// <summary>Terminal attributes as strace abbreviates them (termios(3)): the flags without the control characters.</summary>
internal static class TerminalText
{
    private static readonly (string Name, ulong Value)[] Input =
    [
        ("IGNBRK", 1), ("BRKINT", 2), ("IGNPAR", 4), ("PARMRK", 8), ("INPCK", 0x10), ("ISTRIP", 0x20), ("INLCR", 0x40), ("IGNCR", 0x80),
        ("ICRNL", 0x100), ("IUCLC", 0x200), ("IXON", 0x400), ("IXANY", 0x800), ("IXOFF", 0x1000), ("IMAXBEL", 0x2000), ("IUTF8", 0x4000),
    ];

    private static readonly (string Name, ulong Value)[] Output =
    [
        ("OPOST", 1), ("OLCUC", 2), ("ONLCR", 4), ("OCRNL", 8), ("ONOCR", 0x10), ("ONLRET", 0x20), ("OFILL", 0x40), ("OFDEL", 0x80),
    ];

    private static readonly (string Name, ulong Value)[] Control =
    [
        ("CSTOPB", 0x40), ("CREAD", 0x80), ("PARENB", 0x100), ("PARODD", 0x200), ("HUPCL", 0x400), ("CLOCAL", 0x800),
        ("CMSPAR", 0x4000_0000), ("CRTSCTS", 0x8000_0000),
    ];

    private static readonly (string Name, ulong Value)[] Local =
    [
        ("ISIG", 1), ("ICANON", 2), ("XCASE", 4), ("ECHO", 8), ("ECHOE", 0x10), ("ECHOK", 0x20), ("ECHONL", 0x40), ("NOFLSH", 0x80),
        ("TOSTOP", 0x100), ("IEXTEN", 0x8000), ("ECHOCTL", 0x200), ("ECHOPRT", 0x400), ("ECHOKE", 0x800), ("FLUSHO", 0x1000),
        ("PENDIN", 0x4000), ("EXTPROC", 0x1_0000),
    ];

    private static readonly int[] Speeds =
        [0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400];

    private static readonly int[] HighSpeeds =
        [0, 57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000];

    public static void Write(Call call, ReadOnlySpan<byte> bytes)
    {
        LineBuffer line = call.Line.Append("{c_iflag=");
        AppendFlags(line, ValueFormats.Unsigned(bytes[..4]), Input);

        ulong output = ValueFormats.Unsigned(bytes.Slice(4, 4));
        line.Append(", c_oflag=NL").AppendDecimal(output >> 8 & 1).Append("|CR").AppendDecimal(output >> 9 & 3).Append("|TAB")
            .AppendDecimal(output >> 11 & 3).Append("|BS").AppendDecimal(output >> 13 & 1).Append("|VT").AppendDecimal(output >> 14 & 1)
            .Append("|FF").AppendDecimal(output >> 15 & 1).Append('|');
        AppendFlags(line, output & 0xFF, Output);

        ulong control = ValueFormats.Unsigned(bytes.Slice(8, 4));
        int[] speeds = (control & 0x1000) == 0 ? Speeds : HighSpeeds;
        line.Append(", c_cflag=B").AppendDecimal((long)speeds[control & 0xF]).Append("|CS").AppendDecimal(5 + (control >> 4 & 3)).Append('|');
        AppendFlags(line, control & ~0x100FUL & ~0x30UL, Control);

        line.Append(", c_lflag=");
        AppendFlags(line, ValueFormats.Unsigned(bytes.Slice(12, 4)), Local);
        line.Append(", ...}");
    }

    /// <summary>Names joined by '|'; nothing at all for no flag.</summary>
    private static void AppendFlags(LineBuffer line, ulong flags, (string Name, ulong Value)[] names)
    {
        bool any = false;
        foreach ((string name, ulong value) in names)
        {
            if ((flags & value) == 0)
                continue;
            if (any)
                line.Append('|');
            line.Append(name);
            any = true;
            flags &= ~value;
        }

        if (flags != 0)
        {
            if (any)
                line.Append('|');
            line.AppendHex(flags);
        }
    }
}
