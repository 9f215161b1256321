using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.Names;

namespace Kpio.Plugins.Vfs.OpenFiles.Watches;

/// <summary>inotify_init(2), inotify_add_watch(2), inotify_rm_watch(2).</summary>
internal sealed class WatchService : IFileWatches
{
    /// <summary>/proc/sys/fs/inotify/max_user_instances.</summary>
    private const int MostQueues = 128;

    private const uint Wanted = WatchEvents.All | WatchEvents.OneShot | WatchEvents.ExcludeUnlinked;

    private readonly VfsCore _core;
    private readonly VfsNames _names;

    public WatchService(VfsCore core, VfsNames names)
    {
        _core = core;
        _names = names;
    }

    public Result<FileId> Create(uint user, OpenFlags flags)
    {
        if (_core.Files.All().Count(file => file.Special is WatchQueue queue && queue.User == user) >= MostQueues)
            return Errno.EMFILE;
        if (_core.NewFile(_core.Special.Watches, OpenFlags.O_RDONLY | (flags & OpenFlags.O_NONBLOCK)) is not { } file)
            return Errno.ENFILE;
        file.Special = new WatchQueue(file, user);
        return file.Id;
    }

    public Result<int> Add(FileId id, in PathStart start, ReadOnlySpan<byte> path, uint mask)
    {
        if (_core.Files.Find(id)?.Special is not WatchQueue queue)
            return Errno.EINVAL;
        WalkFlags walk = (mask & WatchEvents.DontFollow) != 0 ? WalkFlags.NoFollow : WalkFlags.None;
        Errno error = _names.Resolve(start, path, walk, out WalkTarget target);
        if (error != Errno.None)
            return error;
        Location location = target.Location;
        if (target.File is not null)
            return Errno.EACCES; // A file without a place: nothing would ever be said of it.
        if ((mask & WatchEvents.OnlyDirectory) != 0 && location.Kind != FileKind.Directory)
            return Errno.ENOTDIR;
        if (!location.Attributes.TryGet(out NodeAttributes attributes, out error))
            return error;
        error = Permission.Check(attributes, start.Task.Credentials, Permission.Read);
        if (error != Errno.None)
            return error;
        if (_core.Watches.Find(queue, location.Mount, location.Node) is { } found)
        {
            if ((mask & WatchEvents.MaskCreate) != 0)
                return Errno.EEXIST;
            found.Mask = (mask & Wanted) | ((mask & WatchEvents.MaskAdd) != 0 ? found.Mask : 0);
            return found.Number;
        }

        var watch = new Watch { Queue = queue, Number = queue.NextWatch++, Mount = location.Mount, Node = location.Node, Mask = mask & Wanted };
        queue.Watches.Add(watch.Number, watch);
        _core.Watches.Add(watch);
        return watch.Number;
    }

    public Errno Remove(FileId id, int number)
    {
        if (_core.Files.Find(id)?.Special is not WatchQueue queue || !queue.Watches.TryGetValue(number, out Watch? watch))
            return Errno.EINVAL;
        _core.Watches.Remove(watch, tell: true);
        return Errno.None;
    }
}
