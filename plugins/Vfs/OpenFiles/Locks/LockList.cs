using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.OpenFiles.Locks;

/// <summary>A lock that is held.</summary>
internal readonly record struct HeldLock(FileLock Lock, long Owner)
{
    public bool IsOwnedBy(in FileLock other, long owner) => Lock.Kind == other.Kind && Owner == owner;

    /// <summary>Whether another's wish cannot be granted beside this one.</summary>
    public bool Excludes(in FileLock wanted, long owner)
    {
        if ((Lock.Kind == LockKind.Whole) != (wanted.Kind == LockKind.Whole) || IsOwnedBy(in wanted, owner))
            return false;
        return (Lock.IsExclusive || wanted.IsExclusive) && Lock.Start <= wanted.End && wanted.Start <= Lock.End;
    }
}

/// <summary>The locks of one file, in the order of their starts.</summary>
internal sealed class LockList
{
    private readonly List<HeldLock> _locks = [];

    public LockList(long id, LockedNode node)
    {
        Id = id;
        Node = node;
    }

    /// <summary>By what those who wait for it know it.</summary>
    public long Id { get; }

    public LockedNode Node { get; }

    public IReadOnlyList<HeldLock> Locks => _locks;

    public bool TryFindConflict(in FileLock wanted, long owner, out HeldLock found)
    {
        foreach (HeldLock held in _locks)
        {
            if (!held.Excludes(in wanted, owner))
                continue;
            found = held;
            return true;
        }

        found = default;
        return false;
    }

    /// <summary>Takes a range from the owner's locks; true when there was something to take.</summary>
    public bool Remove(in FileLock range, long owner)
    {
        bool any = false;
        for (int i = _locks.Count - 1; i >= 0; i--)
        {
            HeldLock held = _locks[i];
            if (!held.IsOwnedBy(in range, owner) || held.Lock.End < range.Start || held.Lock.Start > range.End)
                continue;
            any = true;
            _locks.RemoveAt(i);
            if (held.Lock.End > range.End)
                _locks.Insert(i, held with { Lock = held.Lock with { Start = range.End + 1 } });
            if (held.Lock.Start < range.Start)
                _locks.Insert(i, held with { Lock = held.Lock with { End = range.Start - 1 } });
        }

        return any;
    }

    /// <summary>Adds a lock in place of what its owner had there; neighbours of the same sort become one.</summary>
    public bool Replace(in FileLock added, long owner)
    {
        bool weakened = HasExclusive(in added, owner) && !added.IsExclusive;
        Remove(in added, owner);
        FileLock merged = added;
        for (int i = _locks.Count - 1; i >= 0; i--)
        {
            FileLock held = _locks[i].Lock;
            if (!_locks[i].IsOwnedBy(in added, owner) || held.IsExclusive != added.IsExclusive)
                continue;
            bool touches = (held.End != long.MaxValue && held.End + 1 == merged.Start) || (merged.End != long.MaxValue && merged.End + 1 == held.Start);
            if (!touches)
                continue;
            merged = merged with { Start = Math.Min(held.Start, merged.Start), End = Math.Max(held.End, merged.End) };
            _locks.RemoveAt(i);
        }

        Restore(new HeldLock(merged, owner));
        return weakened;
    }

    public void Restore(in HeldLock held)
    {
        int index = 0;
        while (index < _locks.Count && _locks[index].Lock.Start <= held.Lock.Start)
            index++;
        _locks.Insert(index, held);
    }

    private bool HasExclusive(in FileLock range, long owner)
    {
        foreach (HeldLock held in _locks)
        {
            if (held.IsOwnedBy(in range, owner) && held.Lock.IsExclusive && held.Lock.Start <= range.End && range.Start <= held.Lock.End)
                return true;
        }

        return false;
    }
}

/// <summary>What is locked: a node of a mounted tree, or a file that lies in none.</summary>
internal readonly record struct LockedNode(Mount? Mount, NodeId Node, ulong Unnamed);
