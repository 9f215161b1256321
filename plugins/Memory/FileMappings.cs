using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;

namespace Kpio.Plugins.Memory;

/// <summary>
/// Finds a file's pages in all address spaces. There is no index from files to regions: files become shorter, or are written back,
/// rarely while they are mapped, and a look at every region of every space then costs less than keeping one at every mmap.
/// </summary>
internal sealed class FileMappings : IFileMappings
{
    private readonly SpaceTable _table;
    private readonly SpaceEditor _editor;
    private readonly SharedObjects _shared;
    private readonly IMmu _mmu;

    public FileMappings(SpaceTable table, SpaceEditor editor, SharedObjects shared, IMmu mmu)
    {
        _table = table;
        _editor = editor;
        _shared = shared;
        _mmu = mmu;
    }

    public void UnmapPages(long fileObject, long first, long end, bool copies)
    {
        foreach (AddressSpace space in _table.All)
        {
            for (int i = 0; i < space.Regions.Count; i++)
            {
                MemoryRegion region = space.Regions[i];
                if (region.FileObject != fileObject || !TryIntersect(region, first, end, out ulong from, out ulong to))
                    continue;
                if (region.IsShared() || copies)
                    _editor.DropPages(space, from, to);
                else
                    DropUnchanged(space, from, to);
            }
        }
    }

    public void ProtectPages(long fileObject, long first, long end)
    {
        foreach (AddressSpace space in _table.All)
        {
            for (int i = 0; i < space.Regions.Count; i++)
            {
                // The cache and the page table each hold a reference to the frames, so that the MMU withholds write access from them.
                MemoryRegion region = space.Regions[i];
                if (region.FileObject == fileObject && region.MayWrite && TryIntersect(region, first, end, out ulong from, out ulong to))
                    _mmu.Protect(space.Id, from, to - from, Pages.InHardware(region.Access));
            }
        }
    }

    /// <summary>Takes pages of shared anonymous memory out of every space and gives them back.</summary>
    public void RemoveSharedPages(long sharedObject, long first, long end)
    {
        foreach (AddressSpace space in _table.All)
        {
            for (int i = 0; i < space.Regions.Count; i++)
            {
                MemoryRegion region = space.Regions[i];
                if (region.SharedObject == sharedObject && TryIntersect(region, first, end, out ulong from, out ulong to))
                    _editor.DropPages(space, from, to);
            }
        }

        _shared.RemovePages(sharedObject, first, end);
    }

    private static bool TryIntersect(MemoryRegion region, long first, long end, out ulong from, out ulong to)
    {
        long regionFirst = region.Offset / (long)Pages.Size;
        long regionEnd = regionFirst + (long)(region.Length() / Pages.Size);
        long low = Math.Max(first, regionFirst);
        long high = Math.Min(end, regionEnd);
        from = region.Start + ((ulong)(low - regionFirst) * Pages.Size);
        to = region.Start + ((ulong)(high - regionFirst) * Pages.Size);
        return low < high;
    }

    /// <summary>Drops pages that are still the file's; copies, which have one owner, stay.</summary>
    private void DropUnchanged(AddressSpace space, ulong from, ulong to)
    {
        for (ulong page = from; page < to; page += Pages.Size)
        {
            if (_mmu.TryGetMapping(space.Id, page, out PageMapping mapping) && _editor.IsShared(mapping.Frame))
                _editor.DropPages(space, page, page + Pages.Size);
        }
    }
}
