using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

// The content of regular files.
internal sealed partial class MemoryTree
{
    public Errno Open(NodeId id, OpenFlags flags)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (node.HasLowerContent && !node.IsLowerOpen)
        {
            Errno error = _lower!.Open(node.Lower, OpenFlags.O_RDONLY);
            if (error != Errno.None)
                return error;
            node.IsLowerOpen = true;
        }

        node.Opens++;
        return Errno.None;
    }

    public void Close(NodeId id)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null || --node.Opens > 0)
            return;
        CloseLower(node);
        FreeIfUnused(node);
    }

    public Result<int> Read(NodeId id, long offset, Span<byte> destination)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (node.HasLowerContent)
            return _lower!.Read(node.Lower, offset, destination);
        Touch(node);
        if (offset >= node.Size)
            return 0;
        if (destination.Length > node.Size - offset)
            destination = destination[..(int)(node.Size - offset)];
        int total = destination.Length;
        while (!destination.IsEmpty)
        {
            int within = (int)(offset & (PageStore.PageSize - 1));
            int length = Math.Min(destination.Length, PageStore.PageSize - within);
            byte[]? page = node.Pages?.Find(offset >> PageStore.PageShift);
            if (page is null)
                destination[..length].Clear();
            else
                page.AsSpan(within, length).CopyTo(destination);
            destination = destination[length..];
            offset += length;
        }

        return total;
    }

    public Result<int> Write(NodeId id, long offset, ReadOnlySpan<byte> source)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (_setup.IsReadOnly)
            return Errno.EROFS;
        if (source.IsEmpty)
            return 0;
        if (offset > long.MaxValue - source.Length)
            return Errno.EFBIG;
        Errno error = TakeContent(node, long.MaxValue);
        if (error != Errno.None)
            return error;
        int done = 0;
        while (done < source.Length)
        {
            long index = offset >> PageStore.PageShift;
            byte[]? page = node.Pages?.Find(index);
            if (page is null)
            {
                error = AddPage(node, index, out page);
                if (error != Errno.None)
                    break;
            }

            int within = (int)(offset & (PageStore.PageSize - 1));
            int length = Math.Min(source.Length - done, PageStore.PageSize - within);
            source.Slice(done, length).CopyTo(page.AsSpan(within));
            done += length;
            offset += length;
        }

        if (done == 0)
            return error;
        if (offset > node.Size)
            node.Size = offset;
        node.ModifyTime = node.ChangeTime = _clock.Now;
        return done;
    }

    public Errno Synchronize(NodeId node) => Errno.None;

    public Result<long> Seek(NodeId id, long offset, bool hole)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (offset < 0 || offset >= node.Size)
            return Errno.ENXIO;
        if (node.HasLowerContent)
            return hole ? node.Size : offset; // Below, all counts as data (lseek(2) allows that).
        long index = offset >> PageStore.PageShift;
        long found = node.Pages is null ? (hole ? index : -1) : node.Pages.Next(index, hole);
        long position = found < 0 ? long.MaxValue : Math.Max(offset, found << PageStore.PageShift);
        if (position < node.Size)
            return position;
        return hole ? node.Size : Errno.ENXIO;
    }

    public Result<FileSeals> GetSeals(NodeId id) =>
        _setup.CanBeSealed && NodeOf(id) is { Kind: FileKind.Regular } node ? node.Seals : Errno.EINVAL;

    public void AddSeals(NodeId id, FileSeals seals)
    {
        if (NodeOf(id) is { } node)
            node.Seals |= seals;
    }

    /// <summary>Gives a file that was made without a name what it is shown as, and takes its seals away.</summary>
    public void NameUnnamed(NodeId id, ReadOnlySpan<byte> name)
    {
        if (NodeOf(id) is not { Links: 0 } node)
            return;
        node.Name = name.ToArray();
        node.Seals = FileSeals.None;
    }

    /// <summary>Drops a file without a name that could not be opened.</summary>
    public void DropUnopened(NodeId id)
    {
        if (NodeOf(id) is { } node)
            FreeIfUnused(node);
    }

    public Errno MakeHole(NodeId id, long offset, long length)
    {
        MemoryNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (_setup.IsReadOnly)
            return Errno.EROFS;
        Errno error = TakeContent(node, long.MaxValue);
        if (error != Errno.None)
            return error;
        if (node.Pages is { } pages)
            _pagesUsed -= pages.RemoveRange(offset >> PageStore.PageShift, (offset + length) >> PageStore.PageShift);
        node.ModifyTime = node.ChangeTime = _clock.Now;
        return Errno.None;
    }

    private Errno SetSize(MemoryNode node, long size, FileTime now)
    {
        if (node.IsDirectory)
            return Errno.EISDIR;
        if (node.Kind != FileKind.Regular || size < 0)
            return Errno.EINVAL;
        Errno error = TakeContent(node, size);
        if (error != Errno.None)
            return error;
        if (size < node.Size && node.Pages is { } pages)
        {
            _pagesUsed -= pages.RemoveFrom((size + PageStore.PageSize - 1) >> PageStore.PageShift);

            // What is cut off must read as zeros when the file grows again.
            int within = (int)(size & (PageStore.PageSize - 1));
            if (within != 0 && pages.Find(size >> PageStore.PageShift) is { } last)
                last.AsSpan(within).Clear();
        }

        node.Size = size;
        node.ModifyTime = now;
        return Errno.None;
    }

    private Errno AddPage(MemoryNode node, long index, out byte[]? page)
    {
        page = null;
        if (_pagesUsed >= _setup.PageLimit)
            return Errno.ENOSPC;
        page = new byte[PageStore.PageSize];
        (node.Pages ??= new PageStore()).Add(index, page);
        _pagesUsed++;
        return Errno.None;
    }
}
