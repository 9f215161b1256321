using System.Runtime.CompilerServices;

namespace Kpio.Plugins.Vfs.PageCache;

/// <summary>Entries of a <see cref="FrameTable"/> far behind the others of their file. A class of its own, made with the first such page: the dictionary's types are not loaded at every start, and its methods stay out of their callers for that (docs/adr/0006).</summary>
internal sealed class FarFrames
{
    private readonly Dictionary<long, uint> _values = [];

    [MethodImpl(MethodImplOptions.NoInlining)]
    public uint Find(long index) => _values.TryGetValue(index, out uint value) ? value : 0;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Set(long index, uint value) => _values[index] = value;

    [MethodImpl(MethodImplOptions.NoInlining)]
    public void Remove(long index) => _values.Remove(index);

    /// <summary>The lowest number from <paramref name="index"/> on, or -1.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public long Next(long index)
    {
        long best = -1;
        foreach (long far in _values.Keys)
        {
            if (far >= index && (best < 0 || far < best))
                best = far;
        }

        return best;
    }

    /// <summary>Moves the entries that an array has room for into it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void MoveTo(uint[] near)
    {
        foreach (long index in _values.Keys)
        {
            if (index < near.Length && _values.Remove(index, out uint value))
                near[index] = value;
        }
    }
}
