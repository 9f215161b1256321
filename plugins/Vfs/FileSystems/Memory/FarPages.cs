using System.Runtime.CompilerServices;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

/// <summary>Pages far behind the others of their file, by number. A class of its own, made with the first such page: the dictionary's types are not loaded at every start, and its methods stay out of their callers for that (docs/adr/0006).</summary>
internal sealed class FarPages
{
    private readonly Dictionary<long, byte[]> _pages = [];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public byte[]? Find(long index) => _pages.GetValueOrDefault(index);

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Set(long index, byte[] page) => _pages[index] = page;

    /// <summary>Takes out the pages of a range and answers how many there were; <paramref name="end"/> is exclusive.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public long RemoveRange(long first, long end)
    {
        long count = 0;
        foreach (long index in _pages.Keys)
        {
            if (index >= first && index < end && _pages.Remove(index))
                count++;
        }

        return count;
    }

    /// <summary>The lowest number from <paramref name="index"/> on, or -1.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public long Next(long index)
    {
        long best = -1;
        foreach (long far in _pages.Keys)
        {
            if (far >= index && (best < 0 || far < best))
                best = far;
        }

        return best;
    }

    /// <summary>Moves the pages that an array has room for into it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void MoveTo(byte[]?[] near)
    {
        foreach (long index in _pages.Keys)
        {
            if (index < near.Length && _pages.Remove(index, out byte[]? page))
                near[index] = page;
        }
    }
}
