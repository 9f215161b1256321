using Kpio.Contracts.State;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

/// <summary>
/// A file's pages by number: an array for the part of the file that is dense, a dictionary for pages far behind it, so that a write at
/// the end of the largest possible file costs no more than its page.
/// </summary>
internal sealed class PageStore
{
    public const int PageSize = 4096;
    public const int PageShift = 12;

    private byte[]?[] _near = [];
    private FarPages? _far;

    /// <summary>How many pages there are.</summary>
    public long Count { get; private set; }

    /// <summary>The page, or null for a hole.</summary>
    public byte[]? Find(long index)
    {
        if ((ulong)index < (ulong)_near.Length)
            return _near[index];
        return _far?.Find(index);
    }

    public void Add(long index, byte[] page)
    {
        Count++;
        if (index >= _near.Length && index < 64 + Count * 2)
            Grow((int)Math.Min(Array.MaxLength, Math.Max(index + 1, Math.Max(4, _near.Length * 2L))));
        if (index < _near.Length)
            _near[index] = page;
        else
            (_far ??= new FarPages()).Set(index, page);
    }

    /// <summary>Drops the pages from <paramref name="first"/> on and answers how many there were.</summary>
    public long RemoveFrom(long first)
    {
        long before = Count;
        for (long i = first; i < _near.Length; i++)
        {
            if (_near[i] is null)
                continue;
            _near[i] = null;
            Count--;
        }

        if (first < _near.Length / 4)
            Array.Resize(ref _near, (int)first);
        if (_far is not null)
            Count -= _far.RemoveRange(first, long.MaxValue);

        return before - Count;
    }

    /// <summary>Drops the pages of a range and answers how many there were; <paramref name="end"/> is exclusive.</summary>
    public long RemoveRange(long first, long end)
    {
        long before = Count;
        for (long i = first; i < Math.Min(end, _near.Length); i++)
        {
            if (_near[i] is null)
                continue;
            _near[i] = null;
            Count--;
        }

        if (_far is not null)
            Count -= _far.RemoveRange(first, end);

        return before - Count;
    }

    /// <summary>The number of the first page from <paramref name="index"/> on, or of the first hole; -1 when no page follows.</summary>
    public long Next(long index, bool hole)
    {
        if (hole)
        {
            while (Find(index) is not null)
                index++;
            return index;
        }

        for (; index < _near.Length; index++)
        {
            if (_near[index] is not null)
                return index;
        }

        return _far is null ? -1 : _far.Next(index);
    }

    public List<FilePage> ToPages()
    {
        var pages = new List<FilePage>((int)Math.Min(Count, int.MaxValue));
        for (long index = Next(0, false); index >= 0; index = Next(index + 1, false))
            pages.Add(new FilePage(index, Find(index)!));
        return pages;
    }

    private void Grow(int length)
    {
        Array.Resize(ref _near, length);
        _far?.MoveTo(_near);
    }
}
