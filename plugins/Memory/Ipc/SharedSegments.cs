using System.Globalization;
using Kpio.Contracts.Ipc;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory.Ipc;

/// <summary>System V shared memory: segments are shared objects with a name. How often one is attached is how many regions show its object.</summary>
internal sealed class SharedSegments : ISharedSegments
{
    private const uint SHM_DEST = 0x200;
    private const uint SHM_LOCKED = 0x400;
    private const uint SHM_HUGETLB = 0x800;
    private const uint SHM_RDONLY = 0x1000;
    private const uint SHM_RND = 0x2000;
    private const uint SHM_REMAP = 0x4000;
    private const uint SHM_EXEC = 0x8000;
    private const int SHMMNI = 4096;

    private readonly IpcTable<Segment> _table = new(SHMMNI);
    private readonly SpaceTable _spaces;
    private readonly MemoryManager _manager;
    private readonly SharedObjects _objects;
    private readonly IPhysicalMemory _physical;
    private readonly IKernelClock _clock;

    public SharedSegments(SpaceTable spaces, MemoryManager manager, SharedObjects objects, IPhysicalMemory physical, IKernelClock clock)
    {
        _spaces = spaces;
        _manager = manager;
        _objects = objects;
        _physical = physical;
        _clock = clock;
        objects.Released = OnReleased;
    }

    public IpcUse Use
    {
        get
        {
            long pages = 0;
            long resident = 0;
            foreach (Segment segment in _table.All)
            {
                pages += (long)(Pages.Up(segment.Size) / Pages.Size);
                resident += _objects.CountPages(segment.SharedObject);
            }

            return new IpcUse(_table.Count, _table.HighestIndex, pages, resident);
        }
    }

    public int NextSequence => _table.NextSequence;

    private long Now => _clock.Now(ClockId.CLOCK_REALTIME).ValueOrDefault / 1_000_000_000;

    public Result<int> Get(GuestTask task, int key, ulong size, uint flags)
    {
        if (!_table.FindForGet(key, flags).TryGet(out Segment? found, out Errno error))
            return error;
        if (found is not null)
        {
            if (size > found.Size)
                return Errno.EINVAL;
            return IpcAccess.Allows(task, found.Permissions, flags & 0x1FF) ? found.Id : Errno.EACCES;
        }

        if (size == 0 || Pages.Up(size) == 0)
            return Errno.EINVAL;

        // No huge pages are set aside; and a segment larger than the machine's memory could never be used.
        if ((flags & SHM_HUGETLB) != 0 || Pages.Up(size) / Pages.Size > (ulong)_physical.TotalFrames)
            return Errno.ENOMEM;
        long shared = _objects.Create((long)(Pages.Up(size) / Pages.Size));
        _objects.Hold(shared);
        var segment = new Segment(_table.NextId(), IpcAccess.New(task, key, flags), size, shared, task.Group.Pid) { ChangeTime = Now };
        _table.Add(segment);
        return segment.Id;
    }

    public Result<ulong> Attach(GuestTask task, int id, ulong address, uint flags)
    {
        if (id < 0)
            return Errno.EINVAL;
        if (address != 0)
        {
            if (!Pages.IsAligned(address))
            {
                if ((flags & SHM_RND) == 0)
                    return Errno.EINVAL;
                address = Pages.Down(address);
                if (address == 0 && (flags & SHM_REMAP) != 0)
                    return Errno.EINVAL;
            }
        }
        else if ((flags & SHM_REMAP) != 0)
        {
            return Errno.EINVAL;
        }

        if (_table.Find(id) is not { } segment)
            return Errno.EINVAL;
        bool isReadOnly = (flags & SHM_RDONLY) != 0;
        uint wanted = (isReadOnly ? IpcAccess.Read : IpcAccess.Read | IpcAccess.Write) | ((flags & SHM_EXEC) != 0 ? 1u : 0);
        if (!IpcAccess.Allows(task, segment.Permissions, wanted))
            return Errno.EACCES;
        AddressSpace space = _spaces.Get(task.Group.AddressSpace);
        ulong length = Pages.Up(segment.Size);
        if (address != 0 && (flags & SHM_REMAP) == 0 && (address + length < address || space.Regions.Intersects(address, address + length)))
            return Errno.EINVAL;
        PageAccess access = PageAccess.Read | (isReadOnly ? PageAccess.None : PageAccess.Write) | ((flags & SHM_EXEC) != 0 ? PageAccess.Execute : PageAccess.None);
        string name = string.Create(CultureInfo.InvariantCulture, $"/SYSV{segment.Permissions.Key:x8} (deleted)");
        Result<ulong> mapped = _manager.MapObject(space, address, length, access, !isReadOnly, segment.SharedObject, name);
        if (mapped.IsOk)
        {
            segment.AttachTime = Now;
            segment.LastPid = task.Group.Pid;
        }

        return mapped;
    }

    public Errno Detach(GuestTask task, ulong address)
    {
        AddressSpace space = _spaces.Get(task.Group.AddressSpace);
        if (!Pages.IsAligned(address))
            return Errno.EINVAL;

        // The first region that begins where the segment would, had it been attached at the address, names it; all of its parts go.
        for (int i = space.Regions.IndexFrom(address); i < space.Regions.Count; i++)
        {
            MemoryRegion region = space.Regions[i];
            if (Find(region) is not { } segment || region.Start - (ulong)region.Offset != address)
                continue;
            segment.LastPid = task.Group.Pid;
            ulong end = address + Pages.Up(segment.Size);
            while (i < space.Regions.Count && space.Regions[i].Start < end)
            {
                MemoryRegion part = space.Regions[i];
                if (part.SharedObject == segment.SharedObject && part.Start - (ulong)part.Offset == address)
                    _manager.Unmap(space.Id, part.Start, part.Length());
                else
                    i++;
            }

            return Errno.None;
        }

        return Errno.EINVAL;
    }

    public Result<SegmentStatus> GetStatus(GuestTask task, int id, IpcLookup lookup) =>
        _table.Find(task, id, lookup).TryGet(out Segment? segment, out Errno error) ? StatusOf(segment) : error;

    public Errno Change(GuestTask task, int id, uint user, uint group, uint mode)
    {
        if (_table.Find(id) is not { } segment)
            return Errno.EINVAL;
        if (!IpcAccess.MayChange(task, segment.Permissions))
            return Errno.EPERM;
        segment.Permissions = segment.Permissions with { User = user, Group = group, Mode = (segment.Permissions.Mode & ~0x1FFu) | (mode & 0x1FF) };
        segment.ChangeTime = Now;
        return Errno.None;
    }

    public Errno Remove(GuestTask task, int id)
    {
        if (_table.Find(id) is not { } segment)
            return Errno.EINVAL;
        if (!IpcAccess.MayChange(task, segment.Permissions))
            return Errno.EPERM;
        segment.Permissions = segment.Permissions with { Key = 0, Mode = segment.Permissions.Mode | SHM_DEST };
        DropIfUnused(segment);
        return Errno.None;
    }

    public Errno SetLocked(GuestTask task, int id, bool isLocked)
    {
        if (_table.Find(id) is not { } segment)
            return Errno.EINVAL;
        if (!IpcAccess.MayChange(task, segment.Permissions))
            return Errno.EPERM;
        uint mode = segment.Permissions.Mode & ~SHM_LOCKED;
        segment.Permissions = segment.Permissions with { Mode = isLocked ? mode | SHM_LOCKED : mode };
        return Errno.None;
    }

    public IReadOnlyList<(SegmentStatus Status, long SharedObject)> Capture() => [.. _table.All.Select(segment => (StatusOf(segment), segment.SharedObject))];

    /// <summary>Takes segments over; their objects are there already, regions follow.</summary>
    public void Restore(IEnumerable<(SegmentStatus Status, long SharedObject)> segments, int nextSequence)
    {
        _table.Clear();
        _table.NextSequence = nextSequence;
        foreach ((SegmentStatus status, long shared) in segments)
        {
            _objects.Hold(shared);
            _table.Place(new Segment(status.Id, status.Permissions, status.Size, shared, status.CreatorPid)
            {
                LastPid = status.LastPid,
                AttachTime = status.AttachTime,
                DetachTime = status.DetachTime,
                ChangeTime = status.ChangeTime,
            });
        }
    }

    private SegmentStatus StatusOf(Segment segment) => new(
        segment.Id,
        segment.Permissions,
        segment.Size,
        _objects.CountRegions(segment.SharedObject),
        segment.CreatorPid,
        segment.LastPid,
        segment.AttachTime,
        segment.DetachTime,
        segment.ChangeTime);

    private Segment? Find(MemoryRegion region)
    {
        if (region.SharedObject == 0)
            return null;
        foreach (Segment segment in _table.All)
        {
            if (segment.SharedObject == region.SharedObject)
                return segment;
        }

        return null;
    }

    /// <summary>A region that showed a held object is gone.</summary>
    private void OnReleased(long shared)
    {
        foreach (Segment segment in _table.All)
        {
            if (segment.SharedObject != shared)
                continue;
            segment.DetachTime = Now;
            DropIfUnused(segment);
            return;
        }
    }

    private void DropIfUnused(Segment segment)
    {
        if ((segment.Permissions.Mode & SHM_DEST) == 0 || _objects.CountRegions(segment.SharedObject) > 0)
            return;
        _table.Remove(segment);
        _objects.Unhold(segment.SharedObject);
    }

    private sealed class Segment(int id, IpcPermissions permissions, ulong size, long sharedObject, int creatorPid) : IpcObject(id, permissions)
    {
        public ulong Size { get; } = size;

        public long SharedObject { get; } = sharedObject;

        public int CreatorPid { get; } = creatorPid;

        public int LastPid { get; set; }

        public long AttachTime { get; set; }

        public long DetachTime { get; set; }

        public long ChangeTime { get; set; }
    }
}
