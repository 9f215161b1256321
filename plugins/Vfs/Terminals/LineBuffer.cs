namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>
/// What was typed and not yet read: a ring of 4096 bytes, some of them marked as the ends of lines. Positions count from the terminal's
/// start and never go back but for erasing; a byte's place is its position modulo the size. <see cref="Tail"/> ≤ <see cref="CanonicalHead"/>
/// and <see cref="CommittedHead"/> ≤ <see cref="Head"/>.
/// </summary>
internal sealed class LineBuffer
{
    /// <summary>N_TTY_BUF_SIZE: termios(3), MAX_INPUT with the line's end.</summary>
    public const int Size = 4096;

    private const int Mask = Size - 1;

    private readonly byte[] _bytes = new byte[Size];
    private readonly bool[] _isEnd = new bool[Size];

    /// <summary>Where the next byte goes.</summary>
    public long Head { get; set; }

    /// <summary>The next byte to be read.</summary>
    public long Tail { get; set; }

    /// <summary>The end of the last complete line.</summary>
    public long CanonicalHead { get; set; }

    /// <summary>The end of what a reader sees when the terminal is not canonical.</summary>
    public long CommittedHead { get; set; }

    /// <summary>How many bytes there are.</summary>
    public int Count => (int)(Head - Tail);

    /// <summary>The byte at a position.</summary>
    public byte this[long position] => _bytes[position & Mask];

    /// <summary>Whether the byte at a position ends a line.</summary>
    public bool IsEnd(long position) => _isEnd[position & Mask];

    public void MarkEnd(long position) => _isEnd[position & Mask] = true;

    public void ClearEnd(long position) => _isEnd[position & Mask] = false;

    public void ClearEnds() => _isEnd.AsSpan().Clear();

    public void Add(byte value) => _bytes[Head++ & Mask] = value;

    public void Copy(long from, Span<byte> target)
    {
        for (int i = 0; i < target.Length; i++)
            target[i] = this[from + i];
    }

    public void Clear()
    {
        Head = Tail = CanonicalHead = CommittedHead = 0;
        ClearEnds();
    }
}
