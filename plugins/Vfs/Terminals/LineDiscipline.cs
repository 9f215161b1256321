using Kpio.Contracts.Process;

namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>
/// The line discipline of every terminal (N_TTY; termios(3), drivers/tty/n_tty.c): between the bytes of a line, which somebody types
/// and sees, and those that programs read and write. This part has what is kept and how new settings act; the others are the input's
/// way (<c>Input</c>), erasing (<c>Erase</c>), the output's way with the echo (<c>Output</c>), and reading (<c>Read</c>).
/// </summary>
internal sealed partial class LineDiscipline
{
    private const byte Disabled = 0; // _POSIX_VDISABLE

    private readonly ITerminalLine _line;
    private readonly LineBuffer _buffer = new();
    private readonly EchoQueue _echo = new();
    private readonly bool[] _isSpecial = new bool[256];
    private readonly byte[] _processed = new byte[256];
    private bool _isCanonical;
    private bool _isRaw;
    private bool _nextIsLiteral;
    private bool _isErasing;
    private int _column;
    private int _canonicalColumn;

    public LineDiscipline(ITerminalLine line)
    {
        _line = line;
        ApplySettings(null);
    }

    /// <summary>The settings; to be changed through <see cref="Change"/>.</summary>
    public Termios Settings { get; } = new();

    /// <summary>How many bytes are unread: of whole lines alone when the terminal is canonical, without the ends of file among them (FIONREAD).</summary>
    public int Unread
    {
        get
        {
            if (!IsByLines)
                return _buffer.Count;
            int count = (int)(_buffer.CanonicalHead - _buffer.Tail);
            for (long at = _buffer.Tail; at < _buffer.CanonicalHead; at++)
            {
                if (_buffer.IsEnd(at) && _buffer[at] == Disabled)
                    count--;
            }

            return count;
        }
    }

    private bool IsByLines => _isCanonical && !Settings.Has(LocalModes.EXTPROC);

    /// <summary>Puts new settings in force (TCSETS): what was typed becomes a line, or ceases to be one, when the canonical mode changes.</summary>
    public void Change(Termios settings)
    {
        LocalModes oldLocal = Settings.Local;
        InputModes oldInput = Settings.Input;
        settings.CopyTo(Settings);
        ApplySettings(oldLocal);
        if (!Settings.Has(InputModes.IXON) && (oldInput & InputModes.IXON) != 0 && !_line.IsHeld)
        {
            _line.Start();
            FlushEcho();
        }

        _line.SettingsChanged();
    }

    /// <summary>Drops what was typed (TCFLSH).</summary>
    public void FlushInput()
    {
        _buffer.Clear();
        _isErasing = false;
        _line.InputDropped();
    }

    /// <summary>A terminal that was hung up begins anew.</summary>
    public void Reset()
    {
        FlushInput();
        _echo.Clear();
        _nextIsLiteral = false;
        _column = _canonicalColumn = 0;
        Settings.Reset();
        ApplySettings(null);
    }

    private void ApplySettings(LocalModes? old)
    {
        const LocalModes Framing = LocalModes.ICANON | LocalModes.EXTPROC;
        if (old is null || ((old ^ Settings.Local) & Framing) != 0)
            Reframe();
        _isCanonical = Settings.Has(LocalModes.ICANON);
        const InputModes InputWork = InputModes.ISTRIP | InputModes.IUCLC | InputModes.IGNCR | InputModes.ICRNL | InputModes.INLCR
            | InputModes.IXON | InputModes.PARMRK;
        const LocalModes LocalWork = LocalModes.ICANON | LocalModes.ISIG | LocalModes.ECHO;
        _isRaw = !Settings.Has(InputWork) && !Settings.Has(LocalWork);
        FindSpecialCharacters();
    }

    private void Reframe()
    {
        _buffer.ClearEnds();
        if (!Settings.Has(LocalModes.ICANON) || _buffer.Count == 0)
        {
            _buffer.CanonicalHead = _buffer.Tail;
        }
        else
        {
            _buffer.MarkEnd(_buffer.Head - 1);
            _buffer.CanonicalHead = _buffer.Head;
        }

        _buffer.CommittedHead = _buffer.Head;
        _isErasing = false;
        _nextIsLiteral = false;
    }

    private void FindSpecialCharacters()
    {
        _isSpecial.AsSpan().Clear();
        if (Settings.Has(InputModes.IGNCR | InputModes.ICRNL))
            _isSpecial['\r'] = true;
        if (Settings.Has(InputModes.INLCR))
            _isSpecial['\n'] = true;
        if (_isCanonical)
        {
            Mark(ControlCharacter.VERASE, ControlCharacter.VKILL, ControlCharacter.VEOF, ControlCharacter.VEOL);
            _isSpecial['\n'] = true;
            if (Settings.Has(LocalModes.IEXTEN))
            {
                Mark(ControlCharacter.VWERASE, ControlCharacter.VLNEXT, ControlCharacter.VEOL2);
                if (Settings.Has(LocalModes.ECHO))
                    Mark(ControlCharacter.VREPRINT);
            }
        }

        if (Settings.Has(InputModes.IXON))
            Mark(ControlCharacter.VSTART, ControlCharacter.VSTOP);
        if (Settings.Has(LocalModes.ISIG))
            Mark(ControlCharacter.VINTR, ControlCharacter.VQUIT, ControlCharacter.VSUSP);
        _isSpecial[Disabled] = false;
    }

    private void Mark(params ReadOnlySpan<ControlCharacter> characters)
    {
        foreach (ControlCharacter character in characters)
            _isSpecial[Settings[character]] = true;
    }

    /// <summary>The kernel's iscntrl: ASCII alone.</summary>
    private static bool IsControl(byte value) => value is < 0x20 or 0x7F;

    /// <summary>The kernel's isalnum: Latin-1 (lib/ctype.c).</summary>
    private static bool IsAlphanumeric(byte value) =>
        char.IsAsciiLetterOrDigit((char)value) || (value >= 0xC0 && value is not (0xD7 or 0xF7));

    private bool IsContinuation(byte value) => Settings.Has(InputModes.IUTF8) && (value & 0xC0) == 0x80;
}

/// <summary>What a line discipline drives: the side where somebody types and sees.</summary>
internal interface ITerminalLine
{
    /// <summary>How many bytes <see cref="Send"/> takes now; 0 while the output is stopped.</summary>
    int Room { get; }

    /// <summary>Whether a program has stopped the output (TCOOFF): no key starts it again.</summary>
    bool IsHeld { get; }

    /// <summary>Whether the output is stopped, by a key or a program.</summary>
    bool IsStopped { get; }

    /// <summary>Shows bytes; answers how many were taken.</summary>
    int Send(ReadOnlySpan<byte> bytes);

    /// <summary>Stops the output (IXON).</summary>
    void Stop();

    /// <summary>Lets the output go on.</summary>
    void Start();

    /// <summary>Sends a signal to the foreground process group.</summary>
    void Signal(Signal signal);

    /// <summary>A key that makes a signal drops what was written and not yet shown.</summary>
    void DropOutput();

    /// <summary>What was typed and not read is gone.</summary>
    void InputDropped();

    /// <summary>There is something to read.</summary>
    void InputCame();

    /// <summary>New settings are in force: what waits looks again.</summary>
    void SettingsChanged();
}
