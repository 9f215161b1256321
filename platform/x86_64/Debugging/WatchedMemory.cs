using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Platform.X64.Debugging;

/// <summary>Memory that a debugger watches.</summary>
/// <param name="Space">The address space.</param>
/// <param name="Address">The first byte.</param>
/// <param name="Length">Bytes, at least 1.</param>
/// <param name="Access">What it is watched for: reading, writing, or both.</param>
internal readonly record struct Watchpoint(AddressSpaceId Space, ulong Address, ulong Length, PageAccess Access);

/// <summary>An access to watched memory.</summary>
/// <param name="Address">The first byte of it that is watched.</param>
/// <param name="Watched">What the watchpoint is for; none when there was no such access.</param>
internal readonly record struct WatchedAccess(ulong Address, PageAccess Watched)
{
    public bool IsAny => Watched != PageAccess.None;
}

/// <summary>The watchpoints of all address spaces.</summary>
internal sealed class WatchedMemory
{
    private readonly List<Watchpoint> _points = [];

    public bool IsEmpty => _points.Count == 0;

    public void Add(in Watchpoint point) => _points.Add(point);

    public void Remove(in Watchpoint point) => _points.Remove(point);

    public void Clear(AddressSpaceId space)
    {
        for (int i = _points.Count - 1; i >= 0; i--)
        {
            if (_points[i].Space == space) _points.RemoveAt(i);
        }
    }

    public bool HasAny(AddressSpaceId space)
    {
        foreach (Watchpoint point in _points)
        {
            if (point.Space == space) return true;
        }

        return false;
    }

    /// <summary>
    /// Whether an access to the page that holds an address must be looked at. Writing goes for reading too where reads are watched:
    /// instructions that do both ask for the page once, for writing.
    /// </summary>
    public bool HasPage(AddressSpaceId space, ulong address, PageAccess access)
    {
        ulong page = address >> 12;
        foreach (Watchpoint point in _points)
        {
            if (point.Space == space && point.Address >> 12 <= page && page <= (point.Address + point.Length - 1) >> 12
                && (access == PageAccess.Write || (point.Access & PageAccess.Read) != 0))
                return true;
        }

        return false;
    }

    /// <summary>The first watchpoint that an access touches.</summary>
    public WatchedAccess Find(AddressSpaceId space, ulong address, ulong length, bool reads, bool writes)
    {
        foreach (Watchpoint point in _points)
        {
            bool counts = (reads && (point.Access & PageAccess.Read) != 0) || (writes && (point.Access & PageAccess.Write) != 0);
            if (counts && point.Space == space && address < point.Address + point.Length && point.Address < address + length)
                return new WatchedAccess(Math.Max(address, point.Address), point.Access);
        }

        return default;
    }
}
