namespace Kpio.Plugins.Vfs.Terminals;

// The way to the screen: output processing, and the echo of what was typed.
internal sealed partial class LineDiscipline
{
    /// <summary>So much echo is not kept back until a piece of input is processed as a whole.</summary>
    private const int EchoCommitted = 256;

    /// <summary>Writes what a program writes; answers how many of its bytes were taken, 0 when the line takes none now.</summary>
    public int Write(ReadOnlySpan<byte> source)
    {
        FlushEcho();
        return Settings.Has(OutputModes.OPOST) ? WriteProcessed(source) : _line.Send(source);
    }

    /// <summary>Shows the echo that is there, as far as there is room.</summary>
    public void FlushEcho()
    {
        while (_echo.Count > 0)
        {
            (EchoKind kind, byte value) = _echo.First;
            if (!ShowEntry(kind, value))
                return;
            _echo.Drop();
        }
    }

    private int WriteProcessed(ReadOnlySpan<byte> source)
    {
        int room = _line.Room;
        int done = 0;
        while (done < source.Length)
        {
            // A piece of processed output goes out in one; one byte makes at most eight.
            Span<byte> target = _processed;
            int used = 0;
            int most = Math.Min(room, target.Length);
            for (; done < source.Length; done++)
            {
                int made = Process(source[done], target[used..most]);
                if (made < 0)
                    break;
                used += made;
            }

            if (used > 0)
                _line.Send(target[..used]);
            room -= used;
            if (used == 0)
                break;
        }

        return done;
    }

    /// <summary>One byte through output processing (OPOST): what it becomes is written to <paramref name="target"/>; -1 when that has no room for it.</summary>
    private int Process(byte value, Span<byte> target)
    {
        if (target.IsEmpty)
            return -1;
        switch (value)
        {
            case (byte)'\n':
                if (Settings.Has(OutputModes.ONLRET))
                    _column = 0;
                if (Settings.Has(OutputModes.ONLCR))
                {
                    if (target.Length < 2)
                        return -1;
                    _canonicalColumn = _column = 0;
                    "\r\n"u8.CopyTo(target);
                    return 2;
                }

                _canonicalColumn = _column;
                break;
            case (byte)'\r':
                if (Settings.Has(OutputModes.ONOCR) && _column == 0)
                    return 0;
                if (Settings.Has(OutputModes.OCRNL))
                {
                    value = (byte)'\n';
                    if (Settings.Has(OutputModes.ONLRET))
                        _canonicalColumn = _column = 0;
                    break;
                }

                _canonicalColumn = _column = 0;
                break;
            case (byte)'\t':
                int spaces = 8 - (_column & 7);
                if ((Settings.Output & OutputModes.XTABS) == OutputModes.XTABS)
                {
                    if (target.Length < spaces)
                        return -1;
                    _column += spaces;
                    target[..spaces].Fill((byte)' ');
                    return spaces;
                }

                _column += spaces;
                break;
            case (byte)'\b':
                if (_column > 0)
                    _column--;
                break;
            default:
                if (IsControl(value))
                    break;
                if (Settings.Has(OutputModes.OLCUC))
                    value = ToUpper(value);
                if (!IsContinuation(value))
                    _column++;
                break;
        }

        target[0] = value;
        return 1;
    }

    private bool ShowEntry(EchoKind kind, byte value)
    {
        Span<byte> target = stackalloc byte[8];
        int room = _line.Room;
        switch (kind)
        {
            case EchoKind.SetCanonicalColumn:
                _canonicalColumn = _column;
                return true;
            case EchoKind.MoveBackColumn:
                if (_column > 0)
                    _column--;
                return true;
            case EchoKind.EraseTab:
                int taken = (value & 0x80) == 0 ? value + _canonicalColumn : value;
                int back = 8 - (taken & 7);
                if (room < back)
                    return false;
                _column = Math.Max(0, _column - back);
                target[..back].Fill((byte)'\b');
                _line.Send(target[..back]);
                return true;
            case EchoKind.Control:
                if (room < 2)
                    return false;
                target[0] = (byte)'^';
                target[1] = (byte)(value ^ 0x40);
                _column += 2;
                _line.Send(target[..2]);
                return true;
            case EchoKind.Raw:
                if (room < 1)
                    return false;
                target[0] = value;
                _column++;
                _line.Send(target[..1]);
                return true;
            default:
                int made = 1;
                target[0] = value;
                if (Settings.Has(OutputModes.OPOST))
                    made = Process(value, target[..Math.Min(room, target.Length)]);
                else if (room < 1)
                    made = -1;
                if (made > 0)
                    _line.Send(target[..made]);
                return made >= 0;
        }
    }

    private void CommitEcho()
    {
        if (_echo.Count >= EchoCommitted)
            FlushEcho();
    }

    /// <summary>Shows a byte of the line that is being typed.</summary>
    private void ShowStoredByte(byte value)
    {
        if (_buffer.CanonicalHead == _buffer.Head)
            _echo.Add(EchoKind.SetCanonicalColumn, 0);
        Show(value);
        CommitEcho();
    }

    private void Show(byte value)
    {
        if (value == 0xFF)
            _echo.Add(EchoKind.Raw, value);
        else if (Settings.Has(LocalModes.ECHOCTL) && IsControl(value) && value != '\t')
            _echo.Add(EchoKind.Control, value);
        else
            _echo.Add(EchoKind.Byte, value);
    }

    private void ShowRaw(byte value) => _echo.Add(value == 0xFF ? EchoKind.Raw : EchoKind.Byte, value);

    /// <summary>The kernel's toupper: Latin-1.</summary>
    private static byte ToUpper(byte value) =>
        value is >= (byte)'a' and <= (byte)'z' or (>= 0xE0 and <= 0xFE and not 0xF7) ? (byte)(value - 0x20) : value;
}
