using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi.Loader;

/// <summary>Maps the segments of an ELF image as private file mappings, zeros behind what the file holds.</summary>
internal sealed class ElfMapper
{
    private readonly IMemoryManager _memory;
    private readonly AddressSpaceId _space;

    public ElfMapper(IMemoryManager memory, AddressSpaceId space)
    {
        _memory = memory;
        _space = space;
    }

    /// <summary>
    /// Maps an image and answers its load bias: what is to be added to its addresses. A position-independent one goes to
    /// <paramref name="wanted"/>, or, with 0, where the memory manager puts mappings.
    /// </summary>
    public Result<ulong> Map(ElfImage image, FileId file, ulong wanted)
    {
        ulong bias = 0;
        if (image.IsPositionIndependent)
        {
            if (!Reserve(image, wanted).TryGet(out bias, out Errno refused))
                return refused;
        }

        ulong previousEnd = 0;
        foreach (ElfSegment segment in image.Segments)
        {
            Errno error = MapSegment(segment, file, bias, previousEnd);
            if (error != Errno.None)
                return error;
            previousEnd = bias + segment.PageEnd;
        }

        return bias;
    }

    /// <summary>Finds room for the whole image, so that its segments keep their distances, and gives the room's holes back.</summary>
    private Result<ulong> Reserve(ElfImage image, ulong wanted)
    {
        ulong size = image.PageEnd - image.PageStart;
        ulong slack = image.Alignment - 4096;
        if (size > UserBuffer.AddressLimit - slack)
            return Errno.ENOMEM;
        MapFlags flags = MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | MapFlags.MAP_NORESERVE | (wanted != 0 ? MapFlags.MAP_FIXED_NOREPLACE : 0);
        ulong at = wanted & ~(image.Alignment - 1);
        ulong length = wanted != 0 ? size : size + slack;
        var request = new MapRequest(at, length, PageAccess.None, flags);
        if (!_memory.Map(_space, in request).TryGet(out ulong start, out Errno error))
            return error;
        error = _memory.Unmap(_space, start, length);
        if (error != Errno.None)
            return error;
        ulong aligned = (start + image.Alignment - 1) & ~(image.Alignment - 1);
        return aligned - image.PageStart;
    }

    private Errno MapSegment(ElfSegment segment, FileId file, ulong bias, ulong previousEnd)
    {
        ulong start = bias + segment.PageStart;
        ulong end = bias + segment.PageEnd;
        ulong lead = segment.Address & 0xFFF;
        ulong fileEnd = start;
        // Neighbours may share a page, and then the later one has it; otherwise nothing may be in the way.
        MapFlags placement = start < previousEnd ? MapFlags.MAP_FIXED : MapFlags.MAP_FIXED_NOREPLACE;
        if (segment.FileSize > 0)
        {
            ulong bytes = lead + segment.FileSize;
            fileEnd = start + ((bytes + 0xFFF) & ~0xFFFUL);
            var request = new MapRequest(
                start,
                fileEnd - start,
                segment.Access,
                MapFlags.MAP_PRIVATE | placement,
                file,
                (long)(segment.FileOffset - lead),
                FileLength: segment.MemorySize > segment.FileSize ? (long)bytes : -1);
            Result<ulong> mapped = _memory.Map(_space, in request);
            if (!mapped.IsOk)
                return mapped.Error;
        }

        if (end <= fileEnd)
            return Errno.None;
        if (fileEnd != start)
            placement = MapFlags.MAP_FIXED_NOREPLACE;
        var zeros = new MapRequest(fileEnd, end - fileEnd, segment.Access, MapFlags.MAP_PRIVATE | MapFlags.MAP_ANONYMOUS | placement);
        return _memory.Map(_space, in zeros).Error;
    }
}
