namespace Kpio.Plugins.Vfs.Terminals;

/// <summary>Bytes on their way, first in, first out, up to a limit. The ring starts small and grows as it fills.</summary>
internal sealed class ByteQueue
{
    private const int FirstSize = 256;

    private byte[] _bytes = [];
    private int _start;

    public ByteQueue(int limit) => Limit = limit;

    public int Limit { get; }

    public int Count { get; private set; }

    public int Room => Limit - Count;

    /// <summary>Adds what there is room for; answers how many bytes that were.</summary>
    public int Add(ReadOnlySpan<byte> source)
    {
        int length = Math.Min(source.Length, Room);
        if (Count + length > _bytes.Length)
            Grow(Count + length);
        int end = (_start + Count) % Math.Max(1, _bytes.Length);
        int first = Math.Min(length, _bytes.Length - end);
        source[..first].CopyTo(_bytes.AsSpan(end));
        source[first..length].CopyTo(_bytes);
        Count += length;
        return length;
    }

    /// <summary>The oldest bytes that lie in one piece.</summary>
    public ReadOnlySpan<byte> Peek() => _bytes.AsSpan(_start, Math.Min(Count, _bytes.Length - _start));

    public int Take(Span<byte> target)
    {
        int length = Math.Min(target.Length, Count);
        for (int done = 0; done < length;)
        {
            ReadOnlySpan<byte> piece = Peek();
            piece = piece[..Math.Min(piece.Length, length - done)];
            piece.CopyTo(target[done..]);
            Drop(piece.Length);
            done += piece.Length;
        }

        return length;
    }

    /// <summary>Drops the oldest bytes.</summary>
    public void Drop(int count)
    {
        Count -= count;
        _start = Count == 0 ? 0 : (_start + count) % _bytes.Length;
    }

    /// <summary>Drops the newest bytes, so that <paramref name="count"/> at most are left.</summary>
    public void Cut(int count) => Count = Math.Min(Count, count);

    public byte[] ToArray()
    {
        var copy = new byte[Count];
        int first = Math.Min(Count, _bytes.Length - _start);
        _bytes.AsSpan(_start, first).CopyTo(copy);
        _bytes.AsSpan(0, Count - first).CopyTo(copy.AsSpan(first));
        return copy;
    }

    private void Grow(int least)
    {
        byte[] old = ToArray();
        _bytes = new byte[Math.Min(Limit, Math.Max(FirstSize, Math.Max(_bytes.Length * 2, least)))];
        old.CopyTo(_bytes, 0);
        _start = 0;
    }
}
