using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.Terminals;

// Reading, and the hand-over to a successor.
internal sealed partial class LineDiscipline
{
    /// <summary>VMIN.</summary>
    public int MinimumBytes => Settings[ControlCharacter.VMIN];

    /// <summary>VTIME in nanoseconds: it counts tenths of a second.</summary>
    public long TimeNanoseconds => Settings[ControlCharacter.VTIME] * 100_000_000L;

    /// <summary>Whether reads give lines: VMIN and VTIME mean nothing then.</summary>
    public bool GivesLines => IsByLines;

    /// <summary>How many bytes a read of a terminal that gives no lines finds.</summary>
    public int Available => (int)(_buffer.CommittedHead - _buffer.Tail);

    /// <summary>Whether a read finds something: a line or an end of file, or a byte.</summary>
    public bool HasInput => IsByLines ? _buffer.CanonicalHead != _buffer.Tail : Available > 0;

    /// <summary>Whether poll(2) says that there is something to read: with VMIN and no VTIME, not before that many bytes are there.</summary>
    public bool IsReadable => IsByLines ? HasInput : Available >= (TimeNanoseconds == 0 && MinimumBytes > 0 ? MinimumBytes : 1);

    /// <summary>Takes a line, or what fits of it, or up to that many bytes. There is input (<see cref="HasInput"/>); 0 is an end of file.</summary>
    public int Read(Span<byte> destination)
    {
        if (IsByLines)
            return ReadLine(destination);
        int count = Math.Min(destination.Length, Available);
        _buffer.Copy(_buffer.Tail, destination[..count]);
        _buffer.Tail += count;
        return count;
    }

    private int ReadLine(Span<byte> destination)
    {
        long limit = Math.Min(_buffer.CanonicalHead, _buffer.Tail + destination.Length);
        long end = _buffer.Tail;
        while (end < limit && !_buffer.IsEnd(end))
            end++;
        int count = (int)(end - _buffer.Tail);
        bool isWhole = end < limit;
        if (isWhole && _buffer[end] != Disabled)
            count++;
        _buffer.Copy(_buffer.Tail, destination[..count]);
        if (isWhole)
        {
            _buffer.ClearEnd(end);
            _buffer.Tail = end + 1;
        }
        else
        {
            // An end of file right behind a full buffer has done its work: it is not an empty line of its own.
            _buffer.Tail = end;
            if (end < _buffer.CanonicalHead && _buffer.IsEnd(end) && _buffer[end] == Disabled)
            {
                _buffer.ClearEnd(end);
                _buffer.Tail++;
            }
        }

        return count;
    }

    /// <summary>What outlives the plugin.</summary>
    public LineDisciplineState Capture()
    {
        var settings = new byte[Termios.Size2];
        Settings.Write(settings);
        var input = new byte[_buffer.Count];
        _buffer.Copy(_buffer.Tail, input);
        var ends = new List<int>();
        for (int i = 0; i < input.Length; i++)
        {
            if (_buffer.IsEnd(_buffer.Tail + i))
                ends.Add(i);
        }

        return new LineDisciplineState
        {
            Settings = settings,
            Input = input,
            LineEnds = ends,
            CompleteBytes = (int)Math.Max(int.MinValue, _buffer.CanonicalHead - _buffer.Tail),
            CommittedBytes = Math.Max(0, Available), // Behind the reader while lines count.
            Echo = _echo.ToArray(),
            Column = _column,
            CanonicalColumn = _canonicalColumn,
            NextIsLiteral = _nextIsLiteral,
            IsErasing = _isErasing,
        };
    }

    public Errno Restore(LineDisciplineState state)
    {
        int count = state.Input.Length;
        if (state.Settings.Length < Termios.Size2
            || count > LineBuffer.Size
            || state.CompleteBytes > count
            || (uint)state.CommittedBytes > (uint)count)
        {
            return Errno.EINVAL;
        }

        Settings.Read(state.Settings);
        ApplySettings(null);
        _buffer.Clear();
        foreach (byte value in state.Input)
            _buffer.Add(value);
        foreach (int end in state.LineEnds)
            _buffer.MarkEnd(end);
        _buffer.CanonicalHead = state.CompleteBytes;
        _buffer.CommittedHead = state.CommittedBytes;
        _echo.Restore(state.Echo);
        _column = state.Column;
        _canonicalColumn = state.CanonicalColumn;
        _nextIsLiteral = state.NextIsLiteral;
        _isErasing = state.IsErasing;
        return Errno.None;
    }
}
