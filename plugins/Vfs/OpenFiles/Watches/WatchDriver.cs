using System.Buffers.Binary;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles.Events;

namespace Kpio.Plugins.Vfs.OpenFiles.Watches;

/// <summary>inotify files: events are read as struct inotify_event.</summary>
internal sealed class WatchDriver : SpecialDriver
{
    private readonly MountTable _mounts;
    private readonly NodeWatches _watches;

    public WatchDriver(MountTable mounts, NodeWatches watches)
    {
        _mounts = mounts;
        _watches = watches;
    }

    public override OpenFileKind Kind => OpenFileKind.Watches;

    protected override string Name => "inotify";

    public override TransferKind TransferOf(OpenFile file, bool isWrite) => TransferKind.Each;

    public override Result<int> Read(OpenFile file, Span<byte> destination, long offset, GuestTask? task)
    {
        if (offset >= 0)
            return Errno.ESPIPE;
        WatchQueue queue = QueueOf(file);
        int length = 0;
        while (queue.Events.TryPeek(out WatchEvent? next) && next.Length <= destination.Length - length)
        {
            queue.Events.Dequeue();
            Write(destination.Slice(length, next.Length), next);
            length += next.Length;
        }

        if (length > 0)
            return length;
        return queue.Events.Count > 0 ? Errno.EINVAL : Errno.EAGAIN;
    }

    public override PollEvents Poll(OpenFile file, PollEvents interests, GuestTask? task) =>
        QueueOf(file).Events.Count > 0 ? interests & (PollEvents.POLLIN | PollEvents.POLLRDNORM) : PollEvents.None;

    public override Result<FileOwner> SendsSignals(OpenFile file) => default(FileOwner);

    public override Result<long> Control(OpenFile file, uint request, ulong argument, Span<byte> data, GuestTask? task)
    {
        if (request != RegularFileDriver.FIONREAD || data.Length < sizeof(int))
            return Errno.ENOTTY;
        BinaryPrimitives.WriteInt32LittleEndian(data, QueueOf(file).Events.Sum(static unread => unread.Length));
        return 0;
    }

    public override void Close(OpenFile file)
    {
        foreach (Watch watch in QueueOf(file).Watches.Values.ToArray())
            _watches.Remove(watch, tell: false);
    }

    public override SpecialFileState Capture(OpenFile file)
    {
        WatchQueue queue = QueueOf(file);
        return new WatchQueueState
        {
            User = queue.User,
            NextWatch = queue.NextWatch,
            Watches = [.. queue.Watches.Values.Select(static watch => new WatchState(watch.Number, watch.Mount.Id, watch.Node, watch.Mask))],
            Events = [.. queue.Events.Select(static unread => new WatchEventState(unread.Watch, unread.Mask, unread.Cookie, unread.Name))],
        };
    }

    public override Errno Restore(OpenFile file, SpecialFileState state)
    {
        if (state is not WatchQueueState saved)
            return Errno.EINVAL;
        var queue = new WatchQueue(file, saved.User) { NextWatch = saved.NextWatch };
        file.Special = queue;
        foreach (WatchState watched in saved.Watches)
        {
            if (_mounts.Find(watched.Mount) is not { } mount)
                return Errno.EINVAL;
            var watch = new Watch { Queue = queue, Number = watched.Number, Mount = mount, Node = watched.Node, Mask = watched.Mask };
            if (!queue.Watches.TryAdd(watch.Number, watch))
                return Errno.EINVAL;
            _watches.Add(watch);
        }

        foreach (WatchEventState unread in saved.Events)
            queue.Add(new WatchEvent(unread.Watch, unread.Mask, unread.Cookie, unread.Name));
        return Errno.None;
    }

    private static void Write(Span<byte> record, WatchEvent unread)
    {
        record.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(record, unread.Watch);
        BinaryPrimitives.WriteUInt32LittleEndian(record[4..], unread.Mask);
        BinaryPrimitives.WriteUInt32LittleEndian(record[8..], unread.Cookie);
        BinaryPrimitives.WriteInt32LittleEndian(record[12..], unread.NameLength);
        unread.Name.CopyTo(record[16..]);
    }

    private static WatchQueue QueueOf(OpenFile file) => (WatchQueue)file.Special!;
}
