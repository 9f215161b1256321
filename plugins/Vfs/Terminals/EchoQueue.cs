namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>What an entry of the echo is, when it is not just a byte.</summary>
internal enum EchoKind : byte
{
    /// <summary>A byte that goes through output processing.</summary>
    Byte,

    /// <summary>A control character, shown as a caret and a letter.</summary>
    Control,

    /// <summary>The byte 0xFF, which is not processed.</summary>
    Raw,

    /// <summary>Go back over a tab; the value is how many columns of it other characters took, modulo 8, with 0x80 when another tab came before.</summary>
    EraseTab,

    /// <summary>The line's input begins in this column.</summary>
    SetCanonicalColumn,

    /// <summary>What was just shown took no column.</summary>
    MoveBackColumn,
}

/// <summary>
/// What is to be shown of what was typed, not yet written out: it waits until a piece of input is processed as a whole, or until there is
/// room, since what has to be shown for it depends on the column that the output has reached by then.
/// </summary>
internal sealed class EchoQueue
{
    /// <summary>Beyond it the oldest entries are lost, as in Linux.</summary>
    private const int Limit = 4096;

    private ushort[] _entries = new ushort[64];
    private int _start;

    public int Count { get; private set; }

    public void Add(EchoKind kind, byte value)
    {
        if (Count == Limit)
            Drop();
        else if (Count == _entries.Length)
            Grow();
        _entries[(_start + Count++) & (_entries.Length - 1)] = (ushort)((int)kind << 8 | value);
    }

    public (EchoKind Kind, byte Value) First => ((EchoKind)(_entries[_start] >> 8), (byte)_entries[_start]);

    public void Drop()
    {
        _start = (_start + 1) & (_entries.Length - 1);
        Count--;
    }

    public void Clear() => Count = 0;

    /// <summary>The entries for a successor: the kind in the upper byte, the value in the lower.</summary>
    public ushort[] ToArray()
    {
        var copy = new ushort[Count];
        for (int i = 0; i < Count; i++)
            copy[i] = _entries[(_start + i) & (_entries.Length - 1)];
        return copy;
    }

    public void Restore(IReadOnlyList<ushort> entries)
    {
        Clear();
        foreach (ushort entry in entries)
            Add((EchoKind)(entry >> 8), (byte)entry);
    }

    private void Grow()
    {
        ushort[] old = ToArray();
        _entries = new ushort[_entries.Length * 2];
        old.CopyTo(_entries, 0);
        _start = 0;
    }
}
