using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>The pages behind shared anonymous mappings: every address space that maps an object sees the same frames. An object goes with its last region.</summary>
internal sealed class SharedObjects
{
    private readonly IPhysicalMemory _physical;
    private Dictionary<long, SharedObject>? _made;
    private long _next = 1;

    public SharedObjects(IPhysicalMemory physical) => _physical = physical;

    /// <summary>By id. Made when the first program wants shared memory, because few do.</summary>
    private Dictionary<long, SharedObject> Objects => _made ??= [];

    /// <summary>Makes an object of so many pages, without regions yet.</summary>
    public long Create(long pageCount)
    {
        long id = _next++;
        Objects.Add(id, new SharedObject(pageCount, []));
        return id;
    }

    /// <summary>Told of each region that is gone of an object that something beside its regions holds.</summary>
    public Action<long>? Released { get; set; }

    /// <summary>Keeps an object without regions (a System V segment).</summary>
    public void Hold(long id) => Objects[id].IsHeld = true;

    /// <summary>Gives an object up that was kept; it goes when no region shows it.</summary>
    public void Unhold(long id)
    {
        SharedObject held = Objects[id];
        held.IsHeld = false;
        if (held.Regions == 0)
            Drop(id, held);
    }

    /// <summary>How many regions show an object.</summary>
    public int CountRegions(long id) => Objects[id].Regions;

    /// <summary>How many of its pages are in memory.</summary>
    public int CountPages(long id) => Objects[id].Pages.Count;

    /// <summary>A region shows the object.</summary>
    public void Attach(MemoryRegion region)
    {
        if (region.SharedObject != 0)
            Objects[region.SharedObject].Regions++;
    }

    /// <summary>A region that showed the object is gone; the last one takes the object along.</summary>
    public void Detach(MemoryRegion region)
    {
        if (region.SharedObject == 0)
            return;
        SharedObject shared = Objects[region.SharedObject];
        shared.Regions--;
        if (shared.IsHeld)
            Released?.Invoke(region.SharedObject);
        else if (shared.Regions == 0)
            Drop(region.SharedObject, shared);
    }

    /// <summary>The frame of a page, made when it is not there yet; the caller gets a reference. ENXIO behind the object's end, which a mapping that was made longer reaches (mremap(2)).</summary>
    public Result<FrameNumber> GetPage(long id, long page)
    {
        SharedObject shared = Objects[id];
        if (page >= shared.PageCount)
            return Errno.ENXIO;
        Dictionary<long, FrameNumber> pages = shared.Pages;
        if (!pages.TryGetValue(page, out FrameNumber frame))
        {
            if (!_physical.Allocate().TryGet(out frame, out Errno error))
                return error;
            pages.Add(page, frame);
        }

        _physical.AddReference(frame);
        return frame;
    }

    /// <summary>Whether a page was made already.</summary>
    public bool HasPage(long id, long page) => Objects[id].Pages.ContainsKey(page);

    /// <summary>Gives pages of an object back that no page table shows any more; they read as zeros from now on.</summary>
    public void RemovePages(long id, long first, long end)
    {
        Dictionary<long, FrameNumber> pages = Objects[id].Pages;
        foreach (long page in pages.Keys)
        {
            if (page >= first && page < end && pages.Remove(page, out FrameNumber frame))
                _physical.Release(frame);
        }
    }

    public IReadOnlyList<SharedObjectState> Capture() => [.. Objects.OrderBy(o => o.Key).Select(o => new SharedObjectState(o.Key, o.Value.PageCount, o.Value.Pages))];

    /// <summary>Takes objects over; the regions are attached one by one after that.</summary>
    public void Restore(IEnumerable<SharedObjectState> objects)
    {
        Objects.Clear();
        foreach (SharedObjectState state in objects)
        {
            Objects.Add(state.Id, new SharedObject(state.PageCount, new Dictionary<long, FrameNumber>(state.Pages)));
            _next = Math.Max(_next, state.Id + 1);
        }
    }

    private void Drop(long id, SharedObject shared)
    {
        Objects.Remove(id);
        foreach (FrameNumber frame in shared.Pages.Values)
            _physical.Release(frame);
    }

    private sealed class SharedObject(long pageCount, Dictionary<long, FrameNumber> pages)
    {
        public long PageCount { get; } = pageCount;

        public Dictionary<long, FrameNumber> Pages { get; } = pages;

        public int Regions { get; set; }

        public bool IsHeld { get; set; }
    }
}
