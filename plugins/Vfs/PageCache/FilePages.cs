using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.PageCache;

/// <summary>
/// The page cache. It works over any file system with content: the file system keeps the bytes, and while a file is mapped its pages lie
/// here too. Only pages that a shared mapping may have written can differ from the file; reads take those from here, writes go to
/// both. A page becomes writable in a mapping after its space in the file was made sure of (<see cref="BeginWrite"/>), so that writing it
/// back cannot fail for want of room.
/// </summary>
internal sealed class FilePages : IFilePages
{
    private const int PageShift = 12;
    private const int PageSize = 1 << PageShift;

    private readonly OpenFileTable _files;
    private readonly MountTable _mounts;
    private readonly IPhysicalMemory? _physical;
    private readonly Slot<IFileMappings>? _mappings;

    public FilePages(OpenFileTable files, MountTable mounts, IPhysicalMemory? physical, Slot<IFileMappings>? mappings)
    {
        _files = files;
        _mounts = mounts;
        _physical = physical;
        _mappings = mappings;
    }

    /// <summary>The number of the next file that is mapped.</summary>
    public long NextObject { get; private set; } = 1;

    public Result<long> Attach(FileId id, bool mayWrite)
    {
        if (_physical is null || _files.Find(id) is not { } file || file.Driver.Kind != OpenFileKind.Regular)
            return Errno.ENODEV;
        MappedFile mapped = Of(file) ?? Begin(file);
        mapped.Mappings++;
        if (mayWrite)
            mapped.WritableMappings++;
        file.References++;
        return mapped.Id;
    }

    public void Detach(FileId id, bool mayWrite)
    {
        if (_files.Find(id) is not { } file || Of(file) is not { } mapped)
            return;
        if (mayWrite && --mapped.WritableMappings == 0)
            WriteBack(mapped, 0, long.MaxValue);
        if (--mapped.Mappings == 0)
        {
            Drop(mapped, 0, long.MaxValue);
            mapped.Mount.MappedFiles.Remove(mapped);
        }

        _files.Release(file);
    }

    public Result<FrameNumber> GetPage(FileId id, long index, out bool wasRead)
    {
        wasRead = false;
        if (_files.Find(id) is not { } file || Of(file) is not { } mapped)
            return Errno.ENODEV;
        if (!mapped.Frames.TryFind(index, out FrameNumber frame))
        {
            wasRead = true;
            if (!Read(mapped, index).TryGet(out frame, out Errno error))
                return error;
        }

        _physical!.AddReference(frame);
        return frame;
    }

    public bool TryFindPage(FileId id, long index, out FrameNumber frame)
    {
        if (_files.Find(id) is not { } file || Of(file) is not { } mapped || !mapped.Frames.TryFind(index, out frame))
        {
            frame = default;
            return false;
        }

        _physical!.AddReference(frame);
        return true;
    }

    public Errno BeginWrite(FileId id, long index)
    {
        if (_files.Find(id) is not { } file || Of(file) is not { } mapped || !mapped.Frames.TryFind(index, out FrameNumber frame))
            return Errno.ENODEV;
        if (mapped.Frames.IsDirty(index))
            return Errno.None;
        Errno error = Write(mapped, index, frame);
        if (error == Errno.None)
            mapped.Frames.SetDirty(index, true);
        return error;
    }

    public Errno WriteBack(FileId id, long first, long end) =>
        _files.Find(id) is { } file && Of(file) is { } mapped ? Clean(mapped, first, end) : Errno.None;

    public bool IsResident(FileId id, long index)
    {
        if (_files.Find(id) is not { } file || Of(file) is not { } mapped)
            return false;
        if (mapped.Frames.TryFind(index, out _))
            return true;
        if (!mapped.Mount.Tree.GetAttributes(mapped.Node).TryGet(out NodeAttributes attributes, out _) || index << PageShift >= attributes.Size)
            return false;
        if (mapped.Mount.Sparse is not { } sparse)
            return true;
        return sparse.Seek(mapped.Node, index << PageShift, hole: false).TryGet(out long data, out _) && data >> PageShift == index;
    }

    public Errno PunchHole(OpenFile file, long first, long end)
    {
        if (!file.CanWrite)
            return Errno.EBADF;
        if (file.Driver.Kind != OpenFileKind.Regular || file.Mount?.Sparse is not { } sparse)
            return Errno.EOPNOTSUPP;
        if (first >= end)
            return Errno.None;
        if ((VfsCore.SealsOf(file.Mount, file.Node) & (FileSeals.F_SEAL_WRITE | FileSeals.F_SEAL_FUTURE_WRITE)) != 0)
            return Errno.EPERM;
        Errno error = sparse.MakeHole(file.Node, first << PageShift, (end - first) << PageShift);
        if (error == Errno.None && Of(file) is { } mapped)
            Discard(mapped, first, end, copies: false);
        return error;
    }

    public void WriteBackAll()
    {
        foreach (Mount mount in _mounts.All)
        {
            foreach (MappedFile mapped in mount.MappedFiles.All())
                Clean(mapped, 0, long.MaxValue);
        }
    }

    /// <summary>Writes the dirty pages of a file to it (fsync(2)).</summary>
    public Errno WriteBack(OpenFile file) => Of(file) is { } mapped ? Clean(mapped, 0, long.MaxValue) : Errno.None;

    /// <summary>Puts what mappings have written into bytes just read from the file.</summary>
    public void AmendRead(MappedFile mapped, long offset, Span<byte> bytes)
    {
        if (mapped.Frames.DirtyCount == 0)
            return;
        while (!bytes.IsEmpty)
        {
            int within = (int)(offset & (PageSize - 1));
            int count = Math.Min(bytes.Length, PageSize - within);
            long index = offset >> PageShift;
            if (mapped.Frames.IsDirty(index) && mapped.Frames.TryFind(index, out FrameNumber frame))
                _physical!.GetReadOnlySpan(frame).Slice(within, count).CopyTo(bytes);
            bytes = bytes[count..];
            offset += count;
        }
    }

    /// <summary>Puts bytes just written to the file into its pages. <paramref name="oldSize"/> is the file's size before.</summary>
    public void FollowWrite(MappedFile mapped, long oldSize, long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset > oldSize)
            ClearTail(mapped, oldSize);
        while (!bytes.IsEmpty)
        {
            int within = (int)(offset & (PageSize - 1));
            int count = Math.Min(bytes.Length, PageSize - within);
            if (mapped.Frames.TryFind(offset >> PageShift, out FrameNumber frame))
                bytes[..count].CopyTo(_physical!.GetSpan(frame)[within..]);
            bytes = bytes[count..];
            offset += count;
        }
    }

    /// <summary>The file has a new size: pages behind the end go, and what lies behind it in the last page reads as zeros.</summary>
    public void FollowResize(MappedFile mapped, long oldSize, long newSize)
    {
        if (newSize < oldSize)
            Discard(mapped, (newSize + PageSize - 1) >> PageShift, long.MaxValue, copies: true);
        ClearTail(mapped, Math.Min(oldSize, newSize));
    }

    /// <summary>Whole pages of the file have a new content that no mapping saw (a hole was made): mappings read them anew.</summary>
    public void Discard(MappedFile mapped, long first, long end, bool copies)
    {
        if (first >= end)
            return;
        _mappings!.Current.UnmapPages(mapped.Id, first, end, copies);
        Drop(mapped, first, end);
    }

    public IReadOnlyList<MappedFileState> Capture()
    {
        var states = new List<MappedFileState>();
        foreach (Mount mount in _mounts.All)
        {
            foreach (MappedFile mapped in mount.MappedFiles.All())
            {
                states.Add(new MappedFileState
                {
                    FileObject = mapped.Id,
                    Mount = mount.Id,
                    Node = mapped.Node,
                    Mappings = mapped.Mappings,
                    WritableMappings = mapped.WritableMappings,
                    Pages = mapped.Frames.ToPages(),
                });
            }
        }

        return states;
    }

    public Errno Restore(IReadOnlyList<MappedFileState> states, long nextObject)
    {
        NextObject = nextObject;
        foreach (MappedFileState state in states)
        {
            if (_mounts.Find(state.Mount) is not { } mount)
                return Errno.EINVAL;
            var mapped = new MappedFile(state.FileObject, mount, state.Node) { Mappings = state.Mappings, WritableMappings = state.WritableMappings };
            foreach (MappedPage page in state.Pages)
            {
                mapped.Frames.Add(page.Index, page.Frame);
                mapped.Frames.SetDirty(page.Index, page.IsDirty);
            }

            mount.MappedFiles.Add(mapped);
        }

        return Errno.None;
    }

    private static MappedFile? Of(OpenFile file) => file.Mount?.MappedFiles.Find(file.Node);

    private MappedFile Begin(OpenFile file)
    {
        var mapped = new MappedFile(NextObject++, file.Mount!, file.Node);
        mapped.Mount.MappedFiles.Add(mapped);
        return mapped;
    }

    private Result<FrameNumber> Read(MappedFile mapped, long index)
    {
        if (!mapped.Mount.Tree.GetAttributes(mapped.Node).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        long start = index << PageShift;
        if (start >= attributes.Size)
            return Errno.ENXIO;
        if (!_physical!.Allocate().TryGet(out FrameNumber frame, out error))
            return error;
        Span<byte> page = _physical.GetSpan(frame);
        int wanted = (int)Math.Min(PageSize, attributes.Size - start);
        int done = 0;
        while (done < wanted)
        {
            if (!mapped.Mount.Content!.Read(mapped.Node, start + done, page[done..wanted]).TryGet(out int count, out error))
            {
                _physical.Release(frame);
                return error;
            }

            if (count == 0)
                break; // The host made its file shorter meanwhile: zeros follow.
            done += count;
        }

        mapped.Frames.Add(index, frame);
        return frame;
    }

    /// <summary>Writes dirty pages after taking write access from the mappings, so that later writes are noticed.</summary>
    private Errno Clean(MappedFile mapped, long first, long end)
    {
        // A tree in memory lasts no longer than its pages here: its bytes are brought up to date when the last writer goes.
        if (mapped.Frames.DirtyCount == 0 || mapped.Mount.IsInMemory)
            return Errno.None;
        if (_mappings is { IsBound: true })
            _mappings.Current.ProtectPages(mapped.Id, first, end);
        return WriteBack(mapped, first, end);
    }

    private Errno WriteBack(MappedFile mapped, long first, long end)
    {
        Errno result = Errno.None;
        for (long index = mapped.Frames.Next(first); index >= 0 && index < end && mapped.Frames.DirtyCount > 0; index = mapped.Frames.Next(index + 1))
        {
            if (!mapped.Frames.IsDirty(index) || !mapped.Frames.TryFind(index, out FrameNumber frame))
                continue;
            Errno error = Write(mapped, index, frame);
            if (error != Errno.None)
                result = error;
            mapped.Frames.SetDirty(index, false);
        }

        return result;
    }

    private Errno Write(MappedFile mapped, long index, FrameNumber frame)
    {
        if (!mapped.Mount.Tree.GetAttributes(mapped.Node).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        long start = index << PageShift;
        int length = (int)Math.Clamp(attributes.Size - start, 0, PageSize);
        ReadOnlySpan<byte> bytes = _physical!.GetReadOnlySpan(frame)[..length];
        while (!bytes.IsEmpty)
        {
            if (!mapped.Mount.Content!.Write(mapped.Node, start, bytes).TryGet(out int count, out error))
                return error;
            if (count == 0)
                return Errno.ENOSPC;
            start += count;
            bytes = bytes[count..];
        }

        return Errno.None;
    }

    private void Drop(MappedFile mapped, long first, long end)
    {
        for (long index = mapped.Frames.Next(first); index >= 0 && index < end; index = mapped.Frames.Next(index + 1))
        {
            if (mapped.Frames.Remove(index, out FrameNumber frame))
                _physical!.Release(frame);
        }
    }

    private void ClearTail(MappedFile mapped, long size)
    {
        int within = (int)(size & (PageSize - 1));
        if (within != 0 && mapped.Frames.TryFind(size >> PageShift, out FrameNumber frame))
            _physical!.GetSpan(frame)[within..].Clear();
    }
}
