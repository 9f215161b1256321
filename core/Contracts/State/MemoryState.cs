using Kpio.Contracts.Memory;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.State;

/// <summary>The memory manager's data: every address space with its regions. The pages themselves are the platform's.</summary>
public sealed record MemoryState : PluginState
{
    /// <summary>The address spaces.</summary>
    public required IReadOnlyList<AddressSpaceState> Spaces { get; init; }

    /// <summary>The objects behind shared anonymous mappings.</summary>
    public IReadOnlyList<SharedObjectState> SharedObjects { get; init; } = [];

    /// <summary>System V objects; null for none.</summary>
    public IpcState? Ipc { get; init; }

    /// <inheritdoc/>
    public override StateSize Measure()
    {
        const int PageSize = 4096;
        StateSize size = base.Measure();
        foreach (AddressSpaceState space in Spaces)
            size += new StateSize(1 + space.Regions.Count, 0);
        foreach (SharedObjectState shared in SharedObjects)
            size += new StateSize(1, (long)shared.Pages.Count * PageSize);
        return size + (Ipc?.Measure() ?? default);
    }
}

/// <summary>One address space.</summary>
public sealed record AddressSpaceState
{
    /// <summary>Which.</summary>
    public required AddressSpaceId Space { get; init; }

    /// <summary>The regions in the order of their addresses.</summary>
    public required IReadOnlyList<MemoryRegion> Regions { get; init; }

    /// <summary>Where the heap starts.</summary>
    public required ulong HeapStart { get; init; }

    /// <summary>The program break.</summary>
    public required ulong Break { get; init; }

    /// <summary>Where parts go.</summary>
    public required AddressSpaceLayout Layout { get; init; }

    /// <summary>Whether new mappings are locked (mlockall(2), MCL_FUTURE).</summary>
    public bool LocksFuture { get; init; }

    /// <summary>Pages in memory; null from a generation that did not say: then they are counted.</summary>
    public long? ResidentPages { get; init; }

    /// <summary>The most pages that were ever in regions, and in memory.</summary>
    public required (long Mapped, long Resident) Peaks { get; init; }
}

/// <summary>The pages that shared anonymous mappings show. Each frame listed has one reference on behalf of the object.</summary>
/// <param name="Id">The object's id.</param>
/// <param name="PageCount">How many pages it has.</param>
/// <param name="Pages">Frames by page number within the object; what is not among them is zeros.</param>
public sealed record SharedObjectState(long Id, long PageCount, IReadOnlyDictionary<long, FrameNumber> Pages);
