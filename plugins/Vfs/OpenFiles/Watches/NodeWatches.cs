using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;
using Kpio.Plugins.Vfs.OpenFiles.Signals;

namespace Kpio.Plugins.Vfs.OpenFiles.Watches;

/// <summary>
/// The watches of all queues by the node that they are for. Everything that changes or uses a node says so here; while nobody watches
/// anything that costs one test. Events of a file go to the watches of the directory that it was found in, with its name, and then to its own.
/// </summary>
internal sealed class NodeWatches
{
    private Dictionary<NodeKey, List<Watch>>? _byNode; // made with the first watch: its types would be loaded at every start (docs/adr/0006)
    private readonly FileWakes _wakes;

    public NodeWatches(FileWakes wakes)
    {
        _wakes = wakes;
        Notices = new DirectoryNotices(wakes.Signals);
    }

    /// <summary>The signals of directories.</summary>
    public DirectoryNotices Notices { get; }

    /// <summary>Whether anything is watched.</summary>
    public bool Any => _byNode is { Count: > 0 } || Notices.Any;

    /// <summary>The last cookie that connected the two halves of a rename.</summary>
    public uint LastCookie { get; set; }

    public void Add(Watch watch)
    {
        var key = new NodeKey(watch.Mount, watch.Node);
        _byNode ??= [];
        if (!_byNode.TryGetValue(key, out List<Watch>? watches))
            _byNode.Add(key, watches = []);
        watches.Add(watch);
    }

    /// <summary>Ends a watch; its queue is told unless it goes away itself.</summary>
    public void Remove(Watch watch, bool tell)
    {
        if (Of(watch.Mount, watch.Node) is { } watches && watches.Remove(watch) && watches.Count == 0)
            _byNode!.Remove(new NodeKey(watch.Mount, watch.Node));
        watch.Queue.Watches.Remove(watch.Number);
        if (tell)
            Put(watch, WatchEvents.Ignored, 0, []);
    }

    public Watch? Find(WatchQueue queue, Mount mount, NodeId node) =>
        Of(mount, node)?.Find(watch => watch.Queue == queue);

    /// <summary>Whether the node itself is watched.</summary>
    public bool IsWatched(Mount mount, NodeId node) => Of(mount, node) is not null;

    /// <summary>Something happened to an open file, or to a node's attributes: its directory's watches and its own are told.</summary>
    public void TellOfFile(Mount? mount, NodeId node, uint events, bool isDirectory)
    {
        if (!Any || mount is null)
            return;
        uint flag = isDirectory ? WatchEvents.IsDirectory : 0;
        if (node != mount.Root && mount.Tree.Locate(node).TryGet(out NodeLocation place, out _))
            Tell(mount, place.Directory, events | flag, 0, place.Name, place.IsRemoved);
        Tell(mount, node, events | flag, 0, [], false);
    }

    /// <summary>Something happened to a name in a directory.</summary>
    public void TellOfName(in Location directory, ReadOnlySpan<byte> name, uint events, bool isDirectory, uint cookie = 0)
    {
        if (Any)
            Tell(directory.Mount, directory.Node, events | (isDirectory ? WatchEvents.IsDirectory : 0), cookie, name.ToArray(), false);
    }

    /// <summary>Something happened that only the node's own watches learn of.</summary>
    public void TellOfNode(Mount mount, NodeId node, uint events)
    {
        if (Any)
            Tell(mount, node, events, 0, [], false);
    }

    /// <summary>A name of the node was removed, or its file closed: if it was the last of both, the node is gone and so are its watches.</summary>
    public void TellIfGone(Mount mount, NodeId node)
    {
        if (IsWatched(mount, node) && !mount.Tree.GetAttributes(node).IsOk)
            End(mount, node, WatchEvents.DeleteSelf);
    }

    /// <summary>Ends all watches of a tree that is unmounted.</summary>
    public void TellOfUnmount(Mount mount)
    {
        if (_byNode is null)
            return;
        foreach (NodeKey key in _byNode.Keys.Where(key => key.Mount == mount).ToArray())
            End(mount, key.Node, WatchEvents.Unmount);
    }

    private List<Watch>? Of(Mount mount, NodeId node) =>
        _byNode is { } byNode && byNode.TryGetValue(new NodeKey(mount, node), out List<Watch>? watches) ? watches : null;

    private void End(Mount mount, NodeId node, uint events)
    {
        if (Of(mount, node) is not { } watches)
            return;
        foreach (Watch watch in watches.ToArray())
        {
            if (events == WatchEvents.Unmount || (watch.Mask & events) != 0)
                Put(watch, events, 0, []);
            Remove(watch, tell: true);
        }
    }

    private void Tell(Mount mount, NodeId node, uint events, uint cookie, byte[] name, bool isRemoved)
    {
        if (Notices.Any)
            Notices.Tell(mount, node, events);
        if (Of(mount, node) is not { } watches)
            return;
        for (int i = 0; i < watches.Count; i++)
        {
            Watch watch = watches[i];
            if ((watch.Mask & events & WatchEvents.All) == 0 || (isRemoved && (watch.Mask & WatchEvents.ExcludeUnlinked) != 0))
                continue;
            Put(watch, events, cookie, name);
            if ((watch.Mask & WatchEvents.OneShot) == 0)
                continue;
            Remove(watch, tell: true);
            i--;
        }
    }

    private void Put(Watch watch, uint events, uint cookie, byte[] name)
    {
        if (watch.Queue.Add(new WatchEvent(watch.Number, events, cookie, name)))
        {
            _wakes.Wake(watch.Queue.File, PollEvents.POLLIN | PollEvents.POLLRDNORM);
            _wakes.Signals.Tell(watch.Queue.File, FileBand.Input);
        }
    }

    private readonly record struct NodeKey(Mount Mount, NodeId Node);
}
