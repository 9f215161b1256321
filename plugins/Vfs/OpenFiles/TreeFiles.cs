using System.Diagnostics.CodeAnalysis;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.PageCache;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>Regular files of mounted trees. What is mapped is read and written through the page cache too.</summary>
internal sealed class RegularFileDriver : FileDriver
{
    public const uint FIONREAD = 0x541B;

    private readonly FilePages _pages;
    private readonly IKernelClock _clock;

    public RegularFileDriver(FilePages pages, IKernelClock clock) => (_pages, _clock) = (pages, clock);

    public override OpenFileKind Kind => OpenFileKind.Regular;

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        Mount mount = file.Mount!;
        if (mount.Slow is { } slow && MustWait(slow, file, destination.Length, isWrite: false, task))
            return Errno.EAGAIN;
        long position = offset < 0 ? file.Position : offset;
        Result<int> result = mount.Content!.Read(file.Node, position, destination);
        if (result.IsOk && mount.MappedFiles.Find(file.Node) is { } mapped)
            _pages.AmendRead(mapped, position, destination[..result.ValueOrDefault]);
        if (offset < 0 && result.IsOk)
            file.Position += result.ValueOrDefault;
        return result;
    }

    public override Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task)
    {
        Mount mount = file.Mount!;
        if (mount.Slow is { } slow && MustWait(slow, file, source.Length, isWrite: true, task))
            return Errno.EAGAIN;
        MappedFile? mapped = mount.MappedFiles.Find(file.Node);
        long position = offset < 0 ? file.Position : offset;
        long oldSize = 0;
        bool appends = (file.Flags & OpenFlags.O_APPEND) != 0;
        FileSeals seals = VfsCore.SealsOf(mount, file.Node) & (FileSeals.F_SEAL_WRITE | FileSeals.F_SEAL_FUTURE_WRITE | FileSeals.F_SEAL_GROW);
        if (appends || mapped is not null || seals != FileSeals.None)
        {
            if (!mount.Tree.GetAttributes(file.Node).TryGet(out NodeAttributes attributes, out Errno error))
                return error;
            oldSize = attributes.Size;
            if (appends)
                position = oldSize; // Also with an offset: pwrite(2), "BUGS".
        }

        if (seals != FileSeals.None && source.Length > 0)
        {
            if (seals != FileSeals.F_SEAL_GROW)
                return Errno.EPERM;
            source = source[..WithinSize(position, source.Length, oldSize)];
            if (source.IsEmpty)
                return Errno.EPERM;
        }

        Result<int> result = mount.Content!.Write(file.Node, position, source);
        if (result.IsOk && mapped is not null)
            _pages.FollowWrite(mapped, oldSize, position, source[..result.ValueOrDefault]);
        if (offset < 0 && result.IsOk)
            file.Position = position + result.ValueOrDefault;
        return result;
    }

    public override Result<long> Seek(OpenFile file, long offset, int whence)
    {
        long position;
        switch (whence)
        {
            case 0:
                position = offset;
                break;
            case 1:
                if (offset > 0 && file.Position > long.MaxValue - offset)
                    return Errno.EINVAL; // vfs_setpos
                position = file.Position + offset;
                break;
            case 2 or 3 or 4:
                if (!file.Mount!.Tree.GetAttributes(file.Node).TryGet(out NodeAttributes attributes, out Errno error))
                    return error;
                if (whence == 2)
                {
                    if (offset > 0 && attributes.Size > long.MaxValue - offset)
                        return Errno.EINVAL; // vfs_setpos
                    position = attributes.Size + offset;
                }
                else
                {
                    Result<long> found = SeekData(file, offset, whence == 4, attributes.Size);
                    if (!found.TryGet(out position, out error))
                        return error;
                }

                break;
            default:
                return Errno.EINVAL;
        }

        if (position < 0)
            return Errno.EINVAL;
        file.Position = position;
        return position;
    }

    public override Result<long> Control(OpenFile file, uint request, ulong argument, Span<byte> data, GuestTask? task)
    {
        if (request != FIONREAD || data.Length < 4)
            return Errno.ENOTTY;
        if (!Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(data, (int)(attributes.Size - file.Position));
        return 0;
    }

    public override Errno Synchronize(OpenFile file)
    {
        Errno error = _pages.WriteBack(file);
        return error != Errno.None ? error : file.Mount!.Content!.Synchronize(file.Node);
    }

    public override void Close(OpenFile file) => file.Mount!.Content!.Close(file.Node);

    /// <summary>Whether the call has to wait yet. Until when is told to it in its <see cref="RestartState.DeadlineNanoseconds"/>, as a terminal does; it is entered again then.</summary>
    private bool MustWait(ISlowContent slow, OpenFile file, int length, bool isWrite, GuestTask? task)
    {
        if (task is null || (file.Flags & OpenFlags.O_NONBLOCK) != 0)
            return false;
        long now = _clock.Now(ClockId.CLOCK_MONOTONIC).ValueOrDefault;
        RestartState restart = task.Restart;
        if (restart.DeadlineNanoseconds != 0)
            return now < restart.DeadlineNanoseconds;
        long latency = slow.LatencyOf(file.Node, length, isWrite);
        if (latency <= 0)
            return false;
        restart.DeadlineNanoseconds = latency > long.MaxValue - now ? long.MaxValue : now + latency;
        return true;
    }

    /// <summary>How much of a write keeps to a size that is sealed: page by page, and none of a page that it would grow (mm/shmem.c, shmem_write_begin).</summary>
    private static int WithinSize(long position, int length, long size)
    {
        long end = position;
        while (end < position + length)
        {
            long next = Math.Min((end | 4095) + 1, position + length);
            if (next > size)
                break;
            end = next;
        }

        return (int)(end - position);
    }

    private static Result<long> SeekData(OpenFile file, long offset, bool hole, long size)
    {
        if (offset < 0 || offset >= size)
            return Errno.ENXIO;
        if (file.Mount!.Sparse is { } sparse)
            return sparse.Seek(file.Node, offset, hole);
        return hole ? size : offset;
    }
}

/// <summary>Directories: "." at position 0, ".." at 1, the tree's entries behind them.</summary>
internal sealed class DirectoryDriver : FileDriver
{
    private const long TreeStart = 2;

    public override OpenFileKind Kind => OpenFileKind.Directory;

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task) => Errno.EISDIR;

    public override Result<long> Seek(OpenFile file, long offset, int whence)
    {
        if (whence is not (0 or 1))
            return Errno.EINVAL;
        long position = whence == 0 ? offset : file.Position + offset;
        if (position < 0)
            return Errno.EINVAL;
        file.Position = position;
        return position;
    }

    public override Errno ReadDirectory(OpenFile file, IDirectorySink sink)
    {
        var sunk = new PositionSink(file, sink);
        if (!Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (attributes.Links == 0)
            return Errno.ENOENT; // The directory was removed.
        if (file.Position < TreeStart)
        {
            if (file.Position == 0 && !sunk.AddDots(attributes.Inode, 1, "."u8))
                return Errno.None;
            if (file.Position == 1 && !sunk.AddDots(ParentInode(file, attributes.Inode), TreeStart, ".."u8))
                return Errno.None;
        }

        return file.Mount!.Tree.ReadDirectory(file.Node, file.Position - TreeStart, sunk);
    }

    public override Errno Synchronize(OpenFile file) => Errno.None;

    public override void Close(OpenFile file) => file.Mount!.Content?.Close(file.Node);

    private static ulong ParentInode(OpenFile file, ulong own)
    {
        Mounts.Mount mount = file.Mount!;
        NodeId node = file.Node;
        while (node == mount.Root && mount.Parent is { } parent)
        {
            node = mount.Point;
            mount = parent;
        }

        return mount.Tree.Locate(node).TryGet(out NodeLocation place, out _)
            && mount.Tree.GetAttributes(place.Directory).TryGet(out NodeAttributes attributes, out _)
            ? attributes.Inode
            : own;
    }

    // Moves the file's position past every entry that is taken.
    private sealed class PositionSink(OpenFile file, IDirectorySink sink) : IDirectorySink
    {
        public bool Add(in DirectoryEntry entry, ReadOnlySpan<byte> name)
        {
            long next = entry.NextOffset + TreeStart;
            if (!sink.Add(entry with { NextOffset = next }, name))
                return false;
            file.Position = next;
            return true;
        }

        public bool AddDots(ulong inode, long next, ReadOnlySpan<byte> name)
        {
            if (!sink.Add(new DirectoryEntry(inode, FileKind.Directory, next), name))
                return false;
            file.Position = next;
            return true;
        }
    }
}

/// <summary>Files opened with O_PATH: a place, and nothing else. What they cannot do is refused before a driver is asked.</summary>
internal sealed class PathOnlyDriver : FileDriver
{
    public override OpenFileKind Kind => OpenFileKind.PathOnly;

    public override void Close(OpenFile file) => file.Mount?.Content?.Close(file.Node);
}

/// <summary>Files whose content their tree generates: it is taken when the file is opened, and again at each read from the start.</summary>
internal sealed class GeneratedFileDriver : FileDriver
{
    public override OpenFileKind Kind => OpenFileKind.Generated;

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        long position = offset < 0 ? file.Position : offset;
        if (IsPositional(file, out IPositionalContent? content))
            return Moved(file, content.ReadAt(file.Node, position, destination), offset);
        if (position == 0 || file.Content is null)
        {
            if (!file.Mount!.Generated!.Generate(file.Node).TryGet(out byte[]? whole, out Errno error))
                return error;
            file.Content = whole;
        }

        if (position >= file.Content.Length)
            return 0;
        int length = (int)Math.Min(destination.Length, file.Content.Length - position);
        file.Content.AsSpan((int)position, length).CopyTo(destination);
        if (offset < 0)
            file.Position += length;
        return length;
    }

    public override Result<int> Write(OpenFile file, ReadOnlySpan<byte> source, long offset, GuestTask? task)
    {
        if (IsPositional(file, out IPositionalContent? content))
            return Moved(file, content.WriteAt(file.Node, offset < 0 ? file.Position : offset, source), offset);
        Errno error = file.Mount!.Generated!.Accept(file.Node, source);
        if (error != Errno.None)
            return error;
        if (offset < 0)
            file.Position += source.Length;
        return source.Length;
    }

    public override Result<long> Seek(OpenFile file, long offset, int whence)
    {
        long position = whence switch
        {
            0 => offset,
            1 => file.Position + offset,
            _ => -1,
        };
        if (position < 0)
            return Errno.EINVAL;
        file.Position = position;
        return position;
    }

    public override void Close(OpenFile file) => file.Mount!.Content?.Close(file.Node);

    private static bool IsPositional(OpenFile file, [NotNullWhen(true)] out IPositionalContent? content)
    {
        content = file.Mount!.Positional;
        return content is not null && content.IsPositional(file.Node);
    }

    private static Result<int> Moved(OpenFile file, Result<int> result, long offset)
    {
        if (offset < 0)
            file.Position += result.ValueOrDefault;
        return result;
    }
}
