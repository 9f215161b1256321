using Kpio.Contracts.Memory;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Memory;

/// <summary>One address space: its regions and what is counted of them. A cache of contract records; <see cref="AddressSpaces"/> captures and restores it.</summary>
internal sealed class AddressSpace
{
    public AddressSpace(AddressSpaceId id) => Id = id;

    public AddressSpaceId Id { get; }

    /// <summary>Its places in <see cref="SpaceTable"/>.</summary>
    public int Index { get; set; }

    public AddressSpace? NextInChain { get; set; }

    public RegionList Regions { get; } = new();

    public ulong HeapStart { get; set; }

    public ulong Break { get; set; }

    public AddressSpaceLayout Layout { get; set; } = new(Pages.TaskSize - (128 * 1024 * 1024), Pages.TaskSize, 8 * 1024 * 1024);

    /// <summary>Pages in regions.</summary>
    public long MappedPages { get; private set; }

    /// <summary>Pages in memory.</summary>
    public long ResidentPages { get; private set; }

    /// <summary>Whether new mappings are locked (mlockall(2), MCL_FUTURE).</summary>
    public bool LocksFuture { get; set; }

    /// <summary>A process that lives in the space, whose limits bound it: looked for again when it does no more.</summary>
    public ThreadGroup? Group { get; set; }

    public long PeakMapped { get; set; }

    public long PeakResident { get; set; }

    /// <summary>The page after the last one that a fault brought in, and how many it brought: sequential use gets more at a time.</summary>
    public ulong NextSequentialPage { get; set; }

    public int SequentialRun { get; set; }

    /// <summary>How many pages of a range are locked.</summary>
    public long CountLocked(ulong start, ulong end)
    {
        ulong sum = 0;
        for (int i = Regions.IndexFrom(start); i < Regions.Count && Regions[i].Start < end; i++)
        {
            if (Regions[i].IsLocked())
                sum += Math.Min(end, Regions[i].End) - Math.Max(start, Regions[i].Start);
        }

        return (long)(sum / Pages.Size);
    }

    public void CountMapped(long pages)
    {
        MappedPages += pages;
        PeakMapped = Math.Max(PeakMapped, MappedPages);
    }

    public void CountResident(long pages)
    {
        ResidentPages += pages;
        PeakResident = Math.Max(PeakResident, ResidentPages);
    }
}
