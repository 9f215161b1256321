using Kpio.Contracts.Platform;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>The pages behind shared anonymous mappings: every address space that maps an object sees the same frames.</summary>
internal sealed class SharedObjects
{
    private readonly Dictionary<long, Dictionary<long, FrameNumber>> _objects = [];
    private readonly IPhysicalMemory _physical;
    private long _next = 1;

    public SharedObjects(IPhysicalMemory physical) => _physical = physical;

    public long Create()
    {
        long id = _next++;
        _objects.Add(id, []);
        return id;
    }

    /// <summary>The frame of a page, made when it is not there yet; the caller gets a reference.</summary>
    public Result<FrameNumber> GetPage(long id, long page)
    {
        Dictionary<long, FrameNumber> pages = _objects[id];
        if (!pages.TryGetValue(page, out FrameNumber frame))
        {
            if (!_physical.Allocate().TryGet(out frame, out Errno error))
                return error;
            pages.Add(page, frame);
        }

        _physical.AddReference(frame);
        return frame;
    }

    public void Destroy(long id)
    {
        if (!_objects.Remove(id, out Dictionary<long, FrameNumber>? pages))
            return;
        foreach (FrameNumber frame in pages.Values)
            _physical.Release(frame);
    }

    public IReadOnlyList<SharedObjectState> Capture() => [.. _objects.OrderBy(o => o.Key).Select(o => new SharedObjectState(o.Key, o.Value))];

    public void Restore(IEnumerable<SharedObjectState> objects)
    {
        _objects.Clear();
        foreach (SharedObjectState state in objects)
        {
            _objects.Add(state.Id, new Dictionary<long, FrameNumber>(state.Pages));
            _next = Math.Max(_next, state.Id + 1);
        }
    }
}
