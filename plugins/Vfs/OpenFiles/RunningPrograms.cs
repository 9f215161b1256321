using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>Programs that run and may not be written (ETXTBSY): one open file for each execve(2) whose program has not ended.</summary>
internal sealed class RunningPrograms
{
    private readonly OpenFileTable _files;
    private readonly PlainList<OpenFile> _running = new();

    public RunningPrograms(OpenFileTable files) => _files = files;

    /// <summary>Begins to deny writers; ETXTBSY when there is one, be it a shared mapping. What memfd_create(2) has opened does not count as one.</summary>
    public Errno Begin(OpenFile file)
    {
        if (file.Mount is not { } mount || file.DeniesWriters)
            return Errno.None;
        if (!mount.IsInternal && (HasWriter(file) || mount.MappedFiles.Find(file.Node) is { WritableMappings: > 0 }))
            return Errno.ETXTBSY;
        Add(file);
        return Errno.None;
    }

    public void Add(OpenFile file)
    {
        file.DeniesWriters = true;
        _running.Add(file);
    }

    public void Forget(OpenFile file) => _running.Remove(file);

    public bool Runs(Mount mount, NodeId node)
    {
        for (int i = 0; i < _running.Count; i++)
        {
            if (_running[i].Mount == mount && IsSame(mount, _running[i].Node, node))
                return true;
        }

        return false;
    }

    private bool HasWriter(OpenFile file)
    {
        foreach (OpenFile other in _files.All())
        {
            if (other.CanWrite && !other.IsDirectory && other.Mount == file.Mount && IsSame(file.Mount!, file.Node, other.Node))
                return true;
        }

        return false;
    }

    // A tree of the host has a node for each name of a file.
    private static bool IsSame(Mount mount, NodeId one, NodeId other) =>
        one == other
        || (mount.Tree.GetAttributes(one).TryGet(out NodeAttributes first, out _)
            && first.Links > 1
            && mount.Tree.GetAttributes(other).TryGet(out NodeAttributes second, out _)
            && first.Inode == second.Inode
            && first.Device == second.Device);
}
