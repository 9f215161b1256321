using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Host;

// The content of host files, through one handle a node.
internal sealed partial class HostTree
{
    public Errno Open(NodeId id, OpenFlags flags)
    {
        HostNode? node = NodeOf(id);
        if (node is null)
            return Errno.ESTALE;
        if (node.Kind == FileKind.Regular)
        {
            bool writes = (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY;
            if (node.Handle.IsNone || (writes && !node.IsWritable))
            {
                Errno error = OpenHandle(node, flags & OpenFlags.O_ACCMODE);
                if (error != Errno.None)
                    return error;
            }
        }

        node.Opens++;
        return Errno.None;
    }

    public void Close(NodeId id)
    {
        HostNode? node = NodeOf(id);
        if (node is null || --node.Opens > 0)
            return;
        node.Listing = null;
        if (node.Handle.IsNone)
            return;
        if (!_setup.KeepsHandles || node.IsRemoved)
        {
            CloseHandle(node);
            return;
        }

        if (node.IsQueued)
            return;
        node.IsQueued = true;
        _idle.Enqueue(node);
        if (_idle.Count <= MostIdleHandles)
            return;
        HostNode oldest = _idle.Dequeue();
        oldest.IsQueued = false;
        if (oldest.Opens == 0)
            CloseHandle(oldest);
    }

    public Result<int> Read(NodeId id, long offset, Span<byte> destination)
    {
        if (NodeOf(id) is not { } node)
            return Errno.ESTALE;
        return _setup.Host.Content.Read(node.Handle, offset, destination);
    }

    public Result<int> Write(NodeId id, long offset, ReadOnlySpan<byte> source)
    {
        if (NodeOf(id) is not { } node)
            return Errno.ESTALE;
        if (_setup.IsReadOnly)
            return Errno.EROFS;
        return _setup.Host.Content.Write(node.Handle, offset, source);
    }

    public Errno Synchronize(NodeId id)
    {
        if (NodeOf(id) is not { } node)
            return Errno.ESTALE;
        return node.Handle.IsNone ? Errno.None : _setup.Host.Content.Synchronize(node.Handle);
    }

    public Result<long> Seek(NodeId id, long offset, bool hole)
    {
        if (NodeOf(id) is not { } node)
            return Errno.ESTALE;
        return _setup.Host.Content.Seek(node.Handle, offset, hole ? 4 : 3);
    }

    public Errno MakeHole(NodeId id, long offset, long length)
    {
        if (NodeOf(id) is not { } node)
            return Errno.ESTALE;
        return _setup.IsReadOnly ? Errno.EROFS : _setup.Host.Content.MakeHole(node.Handle, offset, length);
    }

    public Errno SetAttributes(NodeId id, in AttributeChange change)
    {
        if (NodeOf(id) is not { } node)
            return Errno.ESTALE;
        if (_setup.IsReadOnly)
            return Errno.EROFS;
        if (change.Size is not null && node.Kind != FileKind.Regular)
            return node.Kind == FileKind.Directory ? Errno.EISDIR : Errno.EINVAL;
        if (!node.Handle.IsNone && node.Opens > 0 && (change.Size is null || node.IsWritable))
            return _setup.Host.Content.SetAttributes(node.Handle, change);
        Span<byte> buffer = stackalloc byte[PathLength(node)];
        if (!TryGetPath(node, buffer, out ReadOnlySpan<byte> path, out Errno error))
            return error;
        return _setup.Host.Names.SetAttributes(_setup.Root, path, change);
    }

    private Errno OpenHandle(HostNode node, OpenFlags access)
    {
        if (access != OpenFlags.O_RDONLY && _setup.IsReadOnly)
            return Errno.EROFS;
        Span<byte> buffer = stackalloc byte[PathLength(node)];
        if (!TryGetPath(node, buffer, out ReadOnlySpan<byte> path, out Errno error))
            return error;

        // One handle serves every open file of the node, so it is opened for both when one writes.
        OpenFlags wanted = access == OpenFlags.O_RDONLY ? OpenFlags.O_RDONLY : OpenFlags.O_RDWR;
        if (!_files.Open(_setup.Root, path, wanted, 0).TryGet(out HostFileId handle, out error))
        {
            if (error != Errno.EACCES || access != OpenFlags.O_WRONLY || !node.Handle.IsNone)
                return error;
            if (!_files.Open(_setup.Root, path, OpenFlags.O_WRONLY, 0).TryGet(out handle, out error))
                return error;
        }

        CloseHandle(node);
        node.Handle = handle;
        node.IsWritable = access != OpenFlags.O_RDONLY;
        return Errno.None;
    }

    private void CloseHandle(HostNode node)
    {
        if (node.Handle.IsNone)
            return;
        _files.Close(node.Handle);
        node.Handle = default;
        node.IsWritable = false;
    }
}
