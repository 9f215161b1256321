using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>mmap(2), munmap(2), mprotect(2), brk(2) and page faults, with Linux's checks in Linux's order. The work is done by <see cref="SpaceEditor"/> and <see cref="FaultResolver"/>.</summary>
internal sealed partial class MemoryManager : IMemoryManager
{
    /// <summary>What Linux shows for shared anonymous memory: it is a deleted file of a tmpfs of its own (proc(5)).</summary>
    private const string SharedAnonymousName = "/dev/zero (deleted)";

    private readonly SpaceTable _table;
    private readonly SpaceEditor _editor;
    private readonly FaultResolver _faults;
    private readonly CommitPolicy _commit;
    private readonly FileBacking _files;
    private readonly SharedObjects _shared;
    private readonly FileMappings _mappings;

    public MemoryManager(
        SpaceTable table, SpaceEditor editor, FaultResolver faults, CommitPolicy commit, FileBacking files, SharedObjects shared, FileMappings mappings)
    {
        _table = table;
        _editor = editor;
        _faults = faults;
        _commit = commit;
        _files = files;
        _shared = shared;
        _mappings = mappings;
    }

    public Result<ulong> Map(AddressSpaceId id, in MapRequest request)
    {
        MapFlags flags = request.Flags;
        if (request.Length == 0 || !IsType(flags & MapFlags.MAP_TYPE) || !Pages.IsAligned((ulong)request.Offset))
            return Errno.EINVAL;
        ulong length = Pages.Up(request.Length);
        if (length == 0 || length > Pages.TaskSize)
            return Errno.ENOMEM;
        if (request.Offset < 0 || (long)(length / Pages.Size) > (long.MaxValue - request.Offset) / (long)Pages.Size)
            return Errno.EOVERFLOW;

        // No huge pages are reserved, as on a machine whose nr_hugepages is 0.
        if ((flags & MapFlags.MAP_HUGETLB) != 0)
            return Errno.ENOMEM;
        bool isShared = (flags & MapFlags.MAP_SHARED) != 0;
        bool mayWrite = false;
        FileId file = (flags & MapFlags.MAP_ANONYMOUS) != 0 ? default : request.File;
        if (!file.IsNone)
        {
            Errno error = _files.Check(file, request.Access, isShared, out bool isZero, out mayWrite);
            if (error != Errno.None)
                return error;
            if (isZero)
                file = default;
        }

        AddressSpace space = _table.Get(id);
        if (!Place(space, request.Address, length, flags).TryGet(out ulong start, out Errno placement))
            return placement;
        if (space.Regions.Count >= Pages.MaximumRegions || !_commit.Allows(space, length / Pages.Size, Pages.NeedsMemory(request.Access, flags)))
            return Errno.ENOMEM;
        bool isLocked = space.LocksFuture || (flags & MapFlags.MAP_LOCKED) != 0;
        if (isLocked)
        {
            if (!_commit.AllowsLocked(space, (long)(length / Pages.Size)))
                return Errno.EAGAIN;
            flags |= MapFlags.MAP_LOCKED;
        }

        long fileObject = 0;
        if (!file.IsNone && !_files.Attach(file, mayWrite).TryGet(out fileObject, out Errno refused))
            return refused;
        if ((flags & MapFlags.MAP_FIXED) != 0)
            _editor.Remove(space, start, start + length);
        var region = new MemoryRegion(
            start,
            start + length,
            request.Access,
            Kept(flags, file),
            file,
            file.IsNone ? 0 : request.Offset,
            file.IsNone || request.FileLength < 0 ? long.MaxValue : request.Offset + request.FileLength,
            request.Name ?? (isShared && file.IsNone ? SharedAnonymousName : null))
        {
            SharedObject = isShared && file.IsNone ? _shared.Create((long)(length / Pages.Size)) : 0,
            FileObject = fileObject,
            MayWrite = isShared && (mayWrite || file.IsNone),
        };
        _shared.Attach(region);
        _editor.Insert(space, region);
        if ((flags & (MapFlags.MAP_POPULATE | MapFlags.MAP_LOCKED)) != 0 && (flags & MapFlags.MAP_NONBLOCK) == 0)
            _faults.Populate(space, start, start + length, forWriting: true, passGaps: false);
        return start;
    }

    /// <summary>Maps a whole shared object (shmat(2)): at an address, where what is there goes, or anywhere for 0.</summary>
    public Result<ulong> MapObject(AddressSpace space, ulong address, ulong length, PageAccess access, bool mayWrite, long sharedObject, string name)
    {
        MapFlags flags = MapFlags.MAP_SHARED | (address != 0 ? MapFlags.MAP_FIXED : MapFlags.None);
        if (!Place(space, address, length, flags).TryGet(out ulong start, out Errno placement))
            return placement;
        if (space.Regions.Count >= Pages.MaximumRegions || !_commit.Allows(space, length / Pages.Size, needsMemory: false))
            return Errno.ENOMEM;
        if (address != 0)
            _editor.Remove(space, start, start + length);
        MapFlags kept = MapFlags.MAP_SHARED | MapFlags.MAP_ANONYMOUS | (space.LocksFuture ? MapFlags.MAP_LOCKED : MapFlags.None);
        var region = new MemoryRegion(start, start + length, access, kept, default, 0, long.MaxValue, name)
        {
            SharedObject = sharedObject,
            MayWrite = mayWrite,
        };
        _shared.Attach(region);
        _editor.Insert(space, region);
        return start;
    }

    public Errno Unmap(AddressSpaceId id, ulong address, ulong length)
    {
        if (!Pages.IsAligned(address) || address > Pages.TaskSize || length > Pages.TaskSize - address || Pages.Up(length) == 0)
            return Errno.EINVAL;
        AddressSpace space = _table.Get(id);
        ulong end = address + Pages.Up(length);

        // A hole in the middle of a region makes two of it.
        if (space.Regions.Count >= Pages.MaximumRegions && space.Regions.Find(address) is { } region && region.Start < address && region.End > end)
            return Errno.ENOMEM;
        _editor.Remove(space, address, end);
        return Errno.None;
    }

    public Errno Protect(AddressSpaceId id, ulong address, ulong length, PageAccess access)
    {
        if (!Pages.IsAligned(address))
            return Errno.EINVAL;
        if (length == 0)
            return Errno.None;
        ulong end = address + Pages.Up(length);
        if (end <= address)
            return Errno.ENOMEM;
        AddressSpace space = _table.Get(id);

        // Linux changes what lies before a gap, then answers ENOMEM.
        ulong position = address;
        while (position < end)
        {
            if (space.Regions.Find(position) is not { } region)
                return Errno.ENOMEM;
            ulong stop = Math.Min(end, region.End);
            Errno error = CheckProtection(space, region, position, stop, access);
            if (error != Errno.None)
                return error;
            _editor.Protect(space, position, stop, access);
            position = stop;
        }

        return Errno.None;
    }

    public ulong SetBreak(AddressSpaceId id, ulong address, ulong limit)
    {
        AddressSpace space = _table.Get(id);
        if (address < space.HeapStart)
            return space.Break;
        ulong oldEnd = Pages.Up(space.Break);
        ulong newEnd = Pages.Up(address);
        if (newEnd == 0 || newEnd > Pages.TaskSize || address - space.HeapStart > limit)
            return space.Break;
        if (newEnd < oldEnd)
        {
            _editor.Remove(space, newEnd, oldEnd);
        }
        else if (newEnd > oldEnd)
        {
            // One page stays free above the heap, and the guard of a stack above it.
            int above = space.Regions.IndexFrom(oldEnd);
            if (above < space.Regions.Count && space.Regions[above].GuardedStart() < newEnd + Pages.Size)
                return space.Break;
            if (!_commit.Allows(space, (newEnd - oldEnd) / Pages.Size, needsMemory: true))
                return space.Break;
            _editor.Insert(space, new MemoryRegion(
                oldEnd, newEnd, PageAccess.Read | PageAccess.Write, MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS, default, 0, long.MaxValue, "[heap]"));
        }

        return space.Break = address;
    }

    public MemoryRegion? FindRegion(AddressSpaceId space, ulong address) => _table.Get(space).Regions.Find(address);

    public FaultOutcome HandleFault(GuestTask task, in FaultInfo fault)
    {
        if (fault.NonCanonical || fault.Address >= Pages.TaskSize)
            return FaultOutcome.NotMapped;
        FaultOutcome outcome = _faults.Resolve(_table.Get(task.Group.AddressSpace), _editor, in fault, out bool wasRead);
        if (outcome == FaultOutcome.Mapped)
        {
            (long minor, long major) = task.PageFaults;
            task.PageFaults = wasRead ? (minor, major + 1) : (minor + 1, major);
        }

        return outcome;
    }

    private static bool IsType(MapFlags type) => type is MapFlags.MAP_SHARED or MapFlags.MAP_PRIVATE or MapFlags.MAP_SHARED_VALIDATE;

    private static MapFlags Kept(MapFlags flags, FileId file)
    {
        // MAP_SHARED_VALIDATE is MAP_SHARED with checks; its other bit would read as MAP_PRIVATE.
        if ((flags & MapFlags.MAP_TYPE) == MapFlags.MAP_SHARED_VALIDATE)
            flags &= ~MapFlags.MAP_PRIVATE;
        if (file.IsNone)
            flags |= MapFlags.MAP_ANONYMOUS;
        return flags & Pages.KeptFlags;
    }

    private Result<ulong> Place(AddressSpace space, ulong address, ulong length, MapFlags flags)
    {
        if ((flags & (MapFlags.MAP_FIXED | MapFlags.MAP_FIXED_NOREPLACE)) == 0)
        {
            ulong found = Placement.Find(space, address, length, flags);
            return found == 0 ? Errno.ENOMEM : found;
        }

        if (address > Pages.TaskSize - length)
            return Errno.ENOMEM;
        if (!Pages.IsAligned(address))
            return Errno.EINVAL;
        if (!_commit.AllowsAddress(space, address))
            return Errno.EPERM;
        bool isTaken = (flags & MapFlags.MAP_FIXED_NOREPLACE) != 0 && space.Regions.Intersects(address, address + length);
        return isTaken ? Errno.EEXIST : address;
    }

    private Errno CheckProtection(AddressSpace space, MemoryRegion region, ulong start, ulong end, PageAccess access)
    {
        if (region.Access == access)
            return Errno.None;
        if (space.Regions.Count >= Pages.MaximumRegions && (start > region.Start || end < region.End))
            return Errno.ENOMEM;
        if ((access & PageAccess.Write) == 0 || (region.Access & PageAccess.Write) != 0)
            return Errno.None;
        if (region.IsShared() && !region.MayWrite)
            return Errno.EACCES;
        return !Pages.NeedsMemory(access, region.Flags) || _commit.AllowsData(space, (end - start) / Pages.Size)
            ? Errno.None
            : Errno.ENOMEM;
    }
}
