using Kpio.Contracts.Platform;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>The pages behind shared anonymous mappings: every address space that maps an object sees the same frames.</summary>
internal sealed class SharedObjects
{
    private Dictionary<long, Dictionary<long, FrameNumber>>? _made;
    private readonly IPhysicalMemory _physical;
    private long _next = 1;

    /// <summary>By id. Made when the first program wants shared memory, because few do.</summary>
    private Dictionary<long, Dictionary<long, FrameNumber>> Objects => _made ??= [];

    public SharedObjects(IPhysicalMemory physical) => _physical = physical;

    public long Create()
    {
        long id = _next++;
        Objects.Add(id, []);
        return id;
    }

    /// <summary>The frame of a page, made when it is not there yet; the caller gets a reference.</summary>
    public Result<FrameNumber> GetPage(long id, long page)
    {
        Dictionary<long, FrameNumber> pages = Objects[id];
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
        if (!Objects.Remove(id, out Dictionary<long, FrameNumber>? pages))
            return;
        foreach (FrameNumber frame in pages.Values)
            _physical.Release(frame);
    }

    public IReadOnlyList<SharedObjectState> Capture() => [.. Objects.OrderBy(o => o.Key).Select(o => new SharedObjectState(o.Key, o.Value))];

    public void Restore(IEnumerable<SharedObjectState> objects)
    {
        Objects.Clear();
        foreach (SharedObjectState state in objects)
        {
            Objects.Add(state.Id, new Dictionary<long, FrameNumber>(state.Pages));
            _next = Math.Max(_next, state.Id + 1);
        }
    }
}
