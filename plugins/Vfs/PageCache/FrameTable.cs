using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.PageCache;

/// <summary>The frames of a file's pages by number, each with a mark whether it may differ from the file: an array for the dense part, a dictionary for pages far behind it.</summary>
internal sealed class FrameTable
{
    // Frame numbers end below this bit: IPhysicalMemory has fewer than 2^31 of them. 0 is no frame.
    private const uint DirtyBit = 1u << 31;

    // Programs touch the pages of their files here and there: below 16 MiB that costs 16 KiB at most.
    private const int DensePages = 4096;

    private uint[] _near = [];
    private FarFrames? _far;

    public int Count { get; private set; }

    public int DirtyCount { get; private set; }

    public bool TryFind(long index, out FrameNumber frame)
    {
        uint value = ValueAt(index);
        frame = new FrameNumber(value & ~DirtyBit);
        return value != 0;
    }

    public bool IsDirty(long index) => (ValueAt(index) & DirtyBit) != 0;

    public void Add(long index, FrameNumber frame)
    {
        Count++;
        if (index >= _near.Length && index < DensePages + (Count * 2L))
            Grow((int)Math.Min(Array.MaxLength, Math.Max(index + 1, Math.Max(16, _near.Length * 2L))));
        Set(index, frame.Value);
    }

    public void SetDirty(long index, bool isDirty)
    {
        uint value = ValueAt(index);
        if (value == 0 || (value & DirtyBit) != 0 == isDirty)
            return;
        DirtyCount += isDirty ? 1 : -1;
        Set(index, value ^ DirtyBit);
    }

    /// <summary>Takes a page out; the caller gets the table's reference to its frame.</summary>
    public bool Remove(long index, out FrameNumber frame)
    {
        if (!TryFind(index, out frame))
            return false;
        SetDirty(index, false);
        Count--;
        if (index < _near.Length)
            _near[index] = 0;
        else
            _far!.Remove(index);
        return true;
    }

    /// <summary>The number of the first page from <paramref name="index"/> on, or -1.</summary>
    public long Next(long index)
    {
        for (; index < _near.Length; index++)
        {
            if (_near[index] != 0)
                return index;
        }

        return _far is null ? -1 : _far.Next(index);
    }

    public List<MappedPage> ToPages()
    {
        var pages = new List<MappedPage>(Count);
        for (long index = Next(0); index >= 0; index = Next(index + 1))
            pages.Add(new MappedPage(index, new FrameNumber(ValueAt(index) & ~DirtyBit), IsDirty(index)));
        return pages;
    }

    private uint ValueAt(long index)
    {
        if ((ulong)index < (ulong)_near.Length)
            return _near[index];
        return _far is null ? 0 : _far.Find(index);
    }

    private void Set(long index, uint value)
    {
        if (index < _near.Length)
            _near[index] = value;
        else
            (_far ??= new FarFrames()).Set(index, value);
    }

    private void Grow(int length)
    {
        Array.Resize(ref _near, length);
        _far?.MoveTo(_near);
    }
}
