using Kpio.Contracts.Process;

namespace Kpio.Plugins.Vfs.Terminals;

// The way of what was typed: special characters act, the rest is stored and shown.
internal sealed partial class LineDiscipline
{
    /// <summary>
    /// How many bytes can be received now. A canonical line that fills the buffer takes one more again and again, so that its end can be
    /// typed: the byte before is lost.
    /// </summary>
    private int InputRoom
    {
        get
        {
            int room = LineBuffer.Size - _buffer.Count;
            if (Settings.Has(InputModes.PARMRK))
                room = (room + 2) / 3;
            return room - 1;
        }
    }

    /// <summary>Takes bytes from the line; answers how many. Fewer than there are when nobody has read what came before.</summary>
    public int Receive(ReadOnlySpan<byte> bytes)
    {
        int done = 0;
        while (done < bytes.Length)
        {
            int room = InputRoom;
            if (room <= 0)
            {
                bool isOneLine = _isCanonical && _buffer.CanonicalHead == _buffer.Tail;
                if (!isOneLine)
                    break;
                if (room < 0)
                    _buffer.Head--;
                room = 1;
            }

            ReadOnlySpan<byte> piece = bytes.Slice(done, Math.Min(room, bytes.Length - done));
            ReceivePiece(piece);
            done += piece.Length;
        }

        return done;
    }

    private void ReceivePiece(ReadOnlySpan<byte> piece)
    {
        bool changesBytes = Settings.Has(InputModes.ISTRIP) || (Settings.Has(InputModes.IUCLC) && Settings.Has(LocalModes.IEXTEN));
        if (_isRaw || (Settings.Has(LocalModes.EXTPROC) && !changesBytes))
        {
            foreach (byte value in piece)
                _buffer.Add(value);
        }
        else
        {
            foreach (byte value in piece)
                ReceiveByte(value);
            FlushEcho();
        }

        if (IsByLines)
            return;
        _buffer.CommittedHead = _buffer.Head;
        if (_buffer.Count > 0)
            _line.InputCame();
    }

    private void ReceiveByte(byte value)
    {
        bool isLiteral = _nextIsLiteral;
        _nextIsLiteral = false;
        if (Settings.Has(InputModes.ISTRIP))
            value &= 0x7F;
        if (Settings.Has(InputModes.IUCLC) && Settings.Has(LocalModes.IEXTEN))
            value = ToLower(value);
        if (isLiteral)
            ReceiveOrdinary(value);
        else if (Settings.Has(LocalModes.EXTPROC))
            _buffer.Add(value);
        else if (_isSpecial[value])
            ReceiveSpecial(value);
        else
            ReceiveOrdinary(value);
    }

    private void ReceiveOrdinary(byte value)
    {
        StartOnAnyKey();
        if (Settings.Has(LocalModes.ECHO))
        {
            FinishErasing();
            ShowStoredByte(value);
        }

        Store(value);
    }

    private void ReceiveSpecial(byte value)
    {
        if (Settings.Has(InputModes.IXON) && ControlFlow(value))
            return;
        if (Settings.Has(LocalModes.ISIG) && SignalOf(value) is var signal and not Signal.None)
        {
            ReceiveSignal(signal, value);
            return;
        }

        StartOnAnyKey();
        if (value == '\r')
        {
            if (Settings.Has(InputModes.IGNCR))
                return;
            if (Settings.Has(InputModes.ICRNL))
                value = (byte)'\n';
        }
        else if (value == '\n' && Settings.Has(InputModes.INLCR))
        {
            value = (byte)'\r';
        }

        if (_isCanonical && ReceiveEditing(value))
            return;
        if (Settings.Has(LocalModes.ECHO))
        {
            FinishErasing();
            if (value == '\n')
                ShowRaw(value);
            else
                ShowStoredByte(value);
            CommitEcho();
        }

        Store(value);
    }

    /// <summary>What edits and ends lines; false for what is a part of them.</summary>
    private bool ReceiveEditing(byte value)
    {
        bool isExtended = Settings.Has(LocalModes.IEXTEN);
        bool shows = Settings.Has(LocalModes.ECHO);
        if (value == Settings[ControlCharacter.VERASE]
            || value == Settings[ControlCharacter.VKILL]
            || (value == Settings[ControlCharacter.VWERASE] && isExtended))
        {
            Erase(value);
            CommitEcho();
            return true;
        }

        if (value == Settings[ControlCharacter.VLNEXT] && isExtended)
        {
            _nextIsLiteral = true;
            if (shows)
            {
                FinishErasing();
                if (Settings.Has(LocalModes.ECHOCTL))
                {
                    ShowRaw((byte)'^');
                    ShowRaw((byte)'\b');
                    CommitEcho();
                }
            }

            return true;
        }

        if (value == Settings[ControlCharacter.VREPRINT] && shows && isExtended)
        {
            FinishErasing();
            Show(value);
            ShowRaw((byte)'\n');
            for (long at = _buffer.CanonicalHead; at < _buffer.Head; at++)
                Show(_buffer[at]);
            CommitEcho();
            return true;
        }

        if (value == '\n')
        {
            if (shows || Settings.Has(LocalModes.ECHONL))
            {
                ShowRaw(value);
                CommitEcho();
            }

            EndLine(value);
            return true;
        }

        if (value == Settings[ControlCharacter.VEOF])
        {
            EndLine(Disabled);
            return true;
        }

        if (value != Settings[ControlCharacter.VEOL] && !(value == Settings[ControlCharacter.VEOL2] && isExtended))
            return false;
        if (shows)
        {
            ShowStoredByte(value);
            CommitEcho();
        }

        if (value == 0xFF && Settings.Has(InputModes.PARMRK))
            _buffer.Add(value);
        EndLine(value);
        return true;
    }

    private void EndLine(byte value)
    {
        _buffer.MarkEnd(_buffer.Head);
        _buffer.Add(value);
        _buffer.CanonicalHead = _buffer.Head;
        _line.InputCame();
    }

    private void Store(byte value)
    {
        if (value == 0xFF && Settings.Has(InputModes.PARMRK))
            _buffer.Add(value);
        _buffer.Add(value);
    }

    private bool ControlFlow(byte value)
    {
        if (value == Settings[ControlCharacter.VSTART])
        {
            _line.Start();
            FlushEcho();
            return true;
        }

        if (value != Settings[ControlCharacter.VSTOP])
            return false;
        _line.Stop();
        return true;
    }

    private void StartOnAnyKey()
    {
        if (!_line.IsStopped || _line.IsHeld || !Settings.Has(InputModes.IXON) || !Settings.Has(InputModes.IXANY))
            return;
        _line.Start();
        FlushEcho();
    }

    private Signal SignalOf(byte value)
    {
        if (value == Settings[ControlCharacter.VINTR])
            return Signal.SIGINT;
        if (value == Settings[ControlCharacter.VQUIT])
            return Signal.SIGQUIT;
        return value == Settings[ControlCharacter.VSUSP] ? Signal.SIGTSTP : Signal.None;
    }

    private void ReceiveSignal(Signal signal, byte value)
    {
        _line.Signal(signal);
        if (!Settings.Has(LocalModes.NOFLSH))
        {
            _echo.Clear();
            _line.DropOutput();
            FlushInput();
        }

        if (Settings.Has(InputModes.IXON))
            _line.Start();
        if (Settings.Has(LocalModes.ECHO))
        {
            Show(value);
            CommitEcho();
        }
        else
        {
            FlushEcho();
        }
    }

    /// <summary>The kernel's tolower: Latin-1.</summary>
    private static byte ToLower(byte value) =>
        value is >= (byte)'A' and <= (byte)'Z' or (>= 0xC0 and <= 0xDE and not 0xD7) ? (byte)(value + 0x20) : value;
}
