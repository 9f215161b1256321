namespace Kpio.Plugins.Vfs.Terminals;

// VERASE, VWERASE and VKILL: what goes of the line that is being typed, and how that is shown.
internal sealed partial class LineDiscipline
{
    private enum Erasure : byte
    {
        Character,
        Word,
        Line,
    }

    private void Erase(byte key)
    {
        LineBuffer buffer = _buffer;
        if (buffer.Head == buffer.CanonicalHead)
            return;
        Erasure erasure;
        if (key == Settings[ControlCharacter.VERASE])
        {
            erasure = Erasure.Character;
        }
        else if (key == Settings[ControlCharacter.VWERASE])
        {
            erasure = Erasure.Word;
        }
        else
        {
            if (KillsAtOnce())
                return;
            erasure = Erasure.Line;
        }

        bool sawWord = false;
        while (buffer.Head != buffer.CanonicalHead)
        {
            long start = buffer.Head;
            byte value;
            do
                value = buffer[--start];
            while (IsContinuation(value) && start != buffer.CanonicalHead);
            if (IsContinuation(value))
                break; // half a character: it stays
            if (erasure == Erasure.Word)
            {
                if (IsAlphanumeric(value) || value == '_')
                    sawWord = true;
                else if (sawWord)
                    break;
            }

            int length = (int)(buffer.Head - start);
            buffer.Head = start;
            if (Settings.Has(LocalModes.ECHO))
                ShowErased(erasure, value, start, length);
            if (erasure == Erasure.Character)
                break;
        }

        if (buffer.Head == buffer.CanonicalHead && Settings.Has(LocalModes.ECHO))
            FinishErasing();
    }

    /// <summary>VKILL where the line is not taken back from the screen character by character.</summary>
    private bool KillsAtOnce()
    {
        bool shows = Settings.Has(LocalModes.ECHO);
        if (shows && Settings.Has(LocalModes.ECHOK) && Settings.Has(LocalModes.ECHOKE) && Settings.Has(LocalModes.ECHOE))
            return false;
        _buffer.Head = _buffer.CanonicalHead;
        if (!shows)
            return true;
        FinishErasing();
        Show(Settings[ControlCharacter.VKILL]);
        if (Settings.Has(LocalModes.ECHOK))
            ShowRaw((byte)'\n');
        return true;
    }

    private void ShowErased(Erasure erasure, byte value, long start, int length)
    {
        if (Settings.Has(LocalModes.ECHOPRT))
        {
            if (!_isErasing)
            {
                ShowRaw((byte)'\\');
                _isErasing = true;
            }

            Show(value);
            for (int i = 1; i < length; i++)
            {
                ShowRaw(_buffer[start + i]);
                _echo.Add(EchoKind.MoveBackColumn, 0);
            }
        }
        else if (erasure == Erasure.Character && !Settings.Has(LocalModes.ECHOE))
        {
            Show(Settings[ControlCharacter.VERASE]);
        }
        else if (value == '\t')
        {
            ShowErasedTab();
        }
        else
        {
            if (IsControl(value) && Settings.Has(LocalModes.ECHOCTL))
                ShowBlank();
            if (!IsControl(value) || Settings.Has(LocalModes.ECHOCTL))
                ShowBlank();
        }
    }

    /// <summary>How far to go back over a tab depends on what lies between it and the tab before, or the line's start.</summary>
    private void ShowErasedTab()
    {
        int columns = 0;
        bool isAfterTab = false;
        for (long at = _buffer.Head; at != _buffer.CanonicalHead;)
        {
            byte value = _buffer[--at];
            if (value == '\t')
            {
                isAfterTab = true;
                break;
            }

            if (IsControl(value))
                columns += Settings.Has(LocalModes.ECHOCTL) ? 2 : 0;
            else if (!IsContinuation(value))
                columns++;
        }

        _echo.Add(EchoKind.EraseTab, (byte)((columns & 7) | (isAfterTab ? 0x80 : 0)));
    }

    private void ShowBlank()
    {
        ShowRaw((byte)'\b');
        ShowRaw((byte)' ');
        ShowRaw((byte)'\b');
    }

    private void FinishErasing()
    {
        if (!_isErasing)
            return;
        ShowRaw((byte)'/');
        _isErasing = false;
    }
}
