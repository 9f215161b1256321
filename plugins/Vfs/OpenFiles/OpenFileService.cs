using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Names;
using Kpio.Plugins.Vfs.OpenFiles.Watches;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>Open files by id: checks what every sort of file has in common, and hands on to its driver.</summary>
internal sealed class OpenFileService : IOpenFiles, IFileControl, IFileEvents
{
    private const OpenFlags Changeable =
        OpenFlags.O_APPEND | OpenFlags.O_DIRECT | OpenFlags.O_NOATIME | OpenFlags.O_NONBLOCK;

    private readonly VfsCore _core;
    private readonly OpenFileTable _files;

    public OpenFileService(VfsCore core)
    {

        _core = core;
        _files = core.Files;
    }

    public Result<int> Read(FileId id, Span<byte> destination, long offset = -1, GuestTask? task = null)
    {
        OpenFile? file = _files.Find(id);
        if (file is null || !file.CanRead)
            return Errno.EBADF;
        Result<int> result = file.Driver.Read(file, destination, offset, task);
        if (_core.Watches.Any && result.ValueOrDefault > 0)
            _core.Watches.TellOfFile(file.Mount, file.Node, WatchEvents.Access, file.IsDirectory);
        return result;
    }

    public Result<int> Write(FileId id, ReadOnlySpan<byte> source, long offset = -1, GuestTask? task = null)
    {
        OpenFile? file = _files.Find(id);
        if (file is null || !file.CanWrite)
            return Errno.EBADF;
        if (task is not null && task.Credentials.FileSystemUser != 0 && !source.IsEmpty && file.Driver == _core.RegularFiles)
            DropSetId(file);
        Result<int> result = file.Driver.Write(file, source, offset, task);
        if (_core.Watches.Any && result.ValueOrDefault > 0)
            _core.Watches.TellOfFile(file.Mount, file.Node, WatchEvents.Modify, file.IsDirectory);
        return result;
    }

    // A program that somebody without privileges has written to runs with nobody else's (write(2), CAP_FSETID).
    private void DropSetId(OpenFile file)
    {
        uint permissions = file.Mount!.Tree.GetAttributes(file.Node).ValueOrDefault.Permissions;
        uint kept = Permission.WithoutSetId(permissions);
        if (kept != permissions)
            _core.ChangeAttributes(file.Mount, file.Node, new AttributeChange { Permissions = kept });
    }

    public Result<long> Seek(FileId id, long offset, int whence)
    {
        OpenFile? file = _files.Find(id);
        if (file is null || (file.Flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        return file.Driver.Seek(file, offset, whence);
    }

    public Result<NodeAttributes> Stat(FileId id) => _files.Find(id) is { } file ? file.Driver.Stat(file) : Errno.EBADF;

    public Errno ReadDirectory(FileId id, IDirectorySink sink)
    {
        OpenFile? file = _files.Find(id);
        if (file is null || (file.Flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        Errno error = file.Driver.ReadDirectory(file, sink);
        if (_core.Watches.Any && error == Errno.None)
            _core.Watches.TellOfFile(file.Mount, file.Node, WatchEvents.Access, true);
        return error;
    }

    public PollEvents Poll(FileId id, PollEvents interests, GuestTask? task = null)
    {
        OpenFile? file = _files.Find(id);
        if (file is null || (file.Flags & OpenFlags.O_PATH) != 0)
            return PollEvents.POLLNVAL;
        return file.Driver.Poll(file, interests, task);
    }

    public WaitKey KeyOf(FileId id, GuestTask task) =>
        _files.Find(id) is { } file ? file.Driver.KeyOf(file, task) : new WaitKey(WaitKind.File, (ulong)id.Value);

    public TransferKind TransferOf(FileId id, bool isWrite) =>
        _files.Find(id) is { } file ? file.Driver.TransferOf(file, isWrite) : TransferKind.Stream;

    public void AddReference(FileId id)
    {
        if (_files.Find(id) is { } file)
            file.References++;
    }

    public void Release(FileId id)
    {
        if (_files.Find(id) is { } file)
            _files.Release(file);
    }

    public Result<OpenFlags> GetFlags(FileId id)
    {
        if (_files.Find(id) is not { } file)
            return Errno.EBADF;

        // A 64-bit kernel sets O_LARGEFILE on every file it opens by a path, and F_GETFL shows it.
        bool isLarge = file.Mount is not null && (file.Flags & OpenFlags.O_PATH) == 0;
        return isLarge ? file.Flags | OpenFlags.O_LARGEFILE : file.Flags;
    }

    public Errno SetFlags(FileId id, OpenFlags flags)
    {
        OpenFile? file = _files.Find(id);
        if (file is null || (file.Flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        file.Flags = (file.Flags & ~Changeable) | (flags & Changeable);
        return Errno.None;
    }

    public Result<long> Control(FileId id, uint request, ulong argument, Span<byte> data, GuestTask? task = null)
    {
        OpenFile? file = _files.Find(id);
        if (file is null || (file.Flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        return file.Driver.Control(file, request, argument, data, task);
    }

    public Errno SetAttributes(GuestTask task, FileId id, in AttributeChange change)
    {
        OpenFile? file = _files.Find(id);
        if (file is null || (file.Flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        if (change.Size is not null && (!file.CanWrite || file.IsDirectory))
            return Errno.EINVAL;
        if (file.Mount is not { } mount)
            return change.Size is not null ? Errno.EINVAL : Errno.None; // Modes and times of pipes and streams: nothing shows them.
        if (!mount.Tree.GetAttributes(file.Node).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (change.Size is not null && attributes.Kind != FileKind.Regular)
            return Errno.EINVAL;
        if (mount.IsReadOnly)
            return Errno.EROFS;
        AttributeChange checkedChange = change;
        error = Permission.CheckChange(attributes, task.Credentials, _core.Clock.Now, true, ref checkedChange);
        return error != Errno.None ? error : _core.ChangeAttributes(mount, file.Node, checkedChange);
    }

    public Errno MoveContent(GuestTask task, FileId id, long offset, long distance)
    {
        if (_files.Find(id) is not { CanWrite: true } file)
            return Errno.EBADF;
        if (!file.Driver.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        var mover = new ContentMover(file);
        if (distance < 0)
        {
            error = mover.MoveDown(offset - distance, attributes.Size, -distance);
            return error != Errno.None ? error : SetAttributes(task, id, new AttributeChange { Size = attributes.Size + distance });
        }

        error = SetAttributes(task, id, new AttributeChange { Size = attributes.Size + distance });
        return error != Errno.None ? error : mover.MoveUp(offset, attributes.Size, distance);
    }

    public Errno PunchHole(FileId id, long first, long end) => _files.Find(id) is { } file ? _core.Pages.PunchHole(file, first, end) : Errno.EBADF;

    public Errno Synchronize(FileId id)
    {
        OpenFile? file = _files.Find(id);
        if (file is null || (file.Flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        return file.Driver.Synchronize(file);
    }
}
