using System.Text;
using Kpio.Contracts.Host;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Kernel.Checkpoint;

/// <summary>
/// The host's files in a kept VFS: handles are of the machine that was, so the restored one grants its trees again and opens by path what
/// was open. What is open and cannot be had any more is an error; a handle that was only kept for later is let go.
/// </summary>
internal sealed class HostHandles
{
    private const long MostContent = 64L << 20;

    private readonly IHostFiles? _files;
    private readonly IHostFileContent? _content;
    private readonly IHostFileNames? _names;
    private readonly bool _looksAgain;

    /// <param name="setup">What the machine was made from; it may have no files of the host.</param>
    /// <param name="looksAgain">Whether inodes may be others by now.</param>
    public HostHandles(MachineSetup setup, bool looksAgain)
    {
        _looksAgain = looksAgain;
        foreach (HostService service in setup.HostServices)
        {
            if (service.Contract == typeof(IHostFiles))
                _files = (IHostFiles)service.Service;
            else if (service.Contract == typeof(IHostFileContent))
                _content = (IHostFileContent)service.Service;
            else if (service.Contract == typeof(IHostFileNames))
                _names = (IHostFileNames)service.Service;
        }
    }

    /// <summary>The state with the content of open files that have no name any more: nobody else has it.</summary>
    /// <exception cref="SnapshotException">It is too much.</exception>
    public VfsState Keep(VfsState state) => Change(state, (_, tree) => tree with { Nodes = [.. tree.Nodes.Select(Keep)] });

    /// <summary>The same state with handles of this machine's own.</summary>
    /// <exception cref="SnapshotException">A file is gone.</exception>
    public VfsState Reopen(VfsState state) => Change(state, Reopen);

    private static VfsState Change(VfsState state, Func<MountState, HostTreeState, HostTreeState> change) => state with
    {
        Mounts =
        [
            .. state.Mounts.Select(mount => mount.Tree switch
            {
                HostTreeState host => mount with { Tree = change(mount, host) },
                MemoryTreeState { Lower: HostTreeState lower } memory => mount with { Tree = memory with { Lower = change(mount, lower) } },
                _ => mount,
            }),
        ],
    };

    private HostNodeState Keep(HostNodeState node)
    {
        if (!node.Location.IsRemoved || node.Opens == 0 || node.Handle.IsNone || _content is null)
            return node;
        if (!_content.Stat(node.Handle).TryGet(out NodeAttributes attributes, out Errno error) || attributes.Size > MostContent)
            throw new SnapshotException($"a file of the host is open that was removed, and it is too large to be kept: {(error == Errno.None ? $"{attributes.Size} bytes" : error)}");
        byte[] content = new byte[attributes.Size];
        for (int position = 0; position < content.Length;)
        {
            if (!_content.Read(node.Handle, position, content.AsSpan(position)).TryGet(out int count, out _) || count == 0)
                break;
            position += count;
        }

        return node with { Content = content };
    }

    /// <summary>A file of the host without a name, with this content.</summary>
    private HostFileId MakeNameless(byte[] content)
    {
        string directory = Path.GetTempPath();
        byte[] name = Encoding.ASCII.GetBytes($".kpio-{Guid.NewGuid():n}");
        if (!_files!.Grant(directory).TryGet(out HostFileId root, out Errno error))
            throw Gone(directory, error);
        bool isOpen = _files.Open(root, name, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL, 0x180).TryGet(out HostFileId file, out error);
        if (isOpen)
        {
            _names?.Remove(root, name, isDirectory: false);
            for (int position = 0; position < content.Length && error == Errno.None;)
            {
                if (_content!.Write(file, position, content.AsSpan(position)).TryGet(out int count, out error))
                    position += count;
            }
        }

        _files.Close(root);
        return error == Errno.None ? file : throw new SnapshotException($"{directory}: a file that had no name any more cannot be made there: {error}");
    }

    private HostTreeState Reopen(MountState mount, HostTreeState tree)
    {
        string source = mount.Options.Source ?? "";
        if (_files is null)
            throw new SnapshotException($"it has {source} of the host mounted, and this machine has no files of the host");
        if (!_files.Grant(source).TryGet(out HostFileId root, out Errno error))
            throw Gone(source, error);
        var byId = new Dictionary<ulong, HostNodeState>();
        foreach (HostNodeState node in tree.Nodes)
            byId[node.Id.Value] = node;
        return tree with { Root = root, Nodes = [.. tree.Nodes.Select(node => Reopen(node, root, source, byId))] };
    }

    private HostNodeState Reopen(HostNodeState node, HostFileId root, string source, Dictionary<ulong, HostNodeState> byId)
    {
        bool wasOpen = !node.Handle.IsNone;
        node = node with { Handle = default };
        if (!_looksAgain && (!wasOpen || node.Opens == 0))
            return node;
        if (PathOf(node, byId) is not { } path)
        {
            if (node.Opens == 0 || !wasOpen)
                return node;
            return node.Content is { } content
                ? node with { Handle = MakeNameless(content), IsWritable = true, Content = null }
                : throw new SnapshotException($"{source}: a file of it is open that was removed");
        }

        if (_looksAgain && _files!.Stat(root, path).TryGet(out NodeAttributes attributes, out _) && attributes.Kind == node.Kind)
            node = node with { HostDevice = attributes.Device, HostInode = attributes.Inode };
        if (!wasOpen || node.Opens == 0)
            return node;
        OpenFlags flags = node.IsWritable ? OpenFlags.O_RDWR : OpenFlags.O_RDONLY;
        if (!_files!.Open(root, path, flags, 0).TryGet(out HostFileId handle, out Errno error))
            throw Gone(path.Length == 0 ? source : $"{source.TrimEnd('/')}/{Encoding.UTF8.GetString(path)}", error);
        return node with { Handle = handle };
    }

    /// <summary>A node's path below its root; null for one that was removed.</summary>
    private static byte[]? PathOf(HostNodeState node, Dictionary<ulong, HostNodeState> byId)
    {
        var names = new List<byte[]>();
        for (HostNodeState step = node; step.Location.Directory != step.Id;)
        {
            if (step.Location.IsRemoved || names.Count > byId.Count || !byId.TryGetValue(step.Location.Directory.Value, out HostNodeState? parent))
                return null;
            names.Add(step.Location.Name);
            step = parent;
        }

        var path = new List<byte>();
        for (int i = names.Count - 1; i >= 0; i--)
        {
            path.AddRange(names[i]);
            if (i > 0)
                path.Add((byte)'/');
        }

        return [.. path];
    }

    private static SnapshotException Gone(string path, Errno error) => new(error == Errno.ENOENT ? $"{path} is gone" : $"{path} cannot be opened again: {error}");
}
