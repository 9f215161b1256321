using System.Globalization;
using System.Text;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.OpenFiles;
using Kpio.Plugins.Vfs.Terminals;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>
/// devpts: /dev/pts, with a node for each pseudoterminal whose master is open. Options: <c>mode</c> and <c>gid</c> of new nodes,
/// <c>ptmxmode</c>. Unlike Linux's, all mounts show the same terminals, and the last one's options are those of the next node.
/// </summary>
internal sealed class DevPtsType(TerminalTable terminals, TreeClock clock) : IFileSystemType
{
    public string Name => "devpts";

    public Result<IFileSystem> Mount(MountRequest request)
    {
        if (!MountOptionReader.Number(request, "mode", 0x180, true).TryGet(out uint mode, out Errno error)
            || !MountOptionReader.Number(request, "gid", uint.MaxValue).TryGet(out uint group, out error)
            || !MountOptionReader.Number(request, "ptmxmode", 0, true).TryGet(out uint ptmxMode, out error))
        {
            return error;
        }

        terminals.NodePermissions = mode & 0xFFF;
        terminals.NodeGroup = group == uint.MaxValue ? null : group;
        return new DevPtsTree(terminals, request.Device, ptmxMode & 0xFFF, clock);
    }
}

/// <summary>The tree: the root, ptmx, and a device for each pseudoterminal, whose attributes are kept with it.</summary>
internal sealed class DevPtsTree : IFileSystem
{
    private const ulong DEVPTS_SUPER_MAGIC = 0x1CD1;
    private const ulong RootInode = 1;
    private const ulong MasterInode = 2;
    private const ulong FirstInode = 3;

    private readonly TerminalTable _terminals;
    private readonly TreeClock _clock;
    private readonly ulong _device;
    private readonly uint _masterPermissions;
    private readonly FileTime _mounted;

    public DevPtsTree(TerminalTable terminals, ulong device, uint masterPermissions, TreeClock clock)
    {
        _terminals = terminals;
        _clock = clock;
        _device = device;
        _masterPermissions = masterPermissions;
        _mounted = clock.Now;
    }

    public NodeId Root => new(RootInode);

    public FileSystemStatistics Statistics => new(DEVPTS_SUPER_MAGIC, 4096, 0, 0, 0, 0, 255, 0x20, 0);

    public Result<FoundNode> Lookup(NodeId directory, ReadOnlySpan<byte> name)
    {
        if (directory != Root)
            return Errno.ENOTDIR;
        if (name.SequenceEqual("ptmx"u8))
            return new FoundNode(new NodeId(MasterInode), FileKind.CharacterDevice);
        if (name.Length is 0 or > 9 || (name[0] == '0' && name.Length > 1))
            return Errno.ENOENT;
        int index = 0;
        foreach (byte digit in name)
        {
            if (digit is < (byte)'0' or > (byte)'9')
                return Errno.ENOENT;
            index = index * 10 + digit - '0';
        }

        return _terminals.FindOpen(index) is null ? Errno.ENOENT : new FoundNode(NodeOf(index), FileKind.CharacterDevice);
    }

    public Result<NodeAttributes> GetAttributes(NodeId node)
    {
        var common = new NodeAttributes
        {
            Device = _device,
            Inode = node.Value,
            Links = 1,
            BlockSize = 1024,
            AccessTime = _mounted,
            ModifyTime = _mounted,
            ChangeTime = _mounted,
        };
        switch (node.Value)
        {
            case RootInode:
                return common with { Kind = FileKind.Directory, Permissions = 0x1ED, Links = 2 };
            case MasterInode:
                return common with { Kind = FileKind.CharacterDevice, Permissions = _masterPermissions, SpecialDevice = DeviceNumbers.MasterMultiplexer };
        }

        common = common with { Kind = FileKind.CharacterDevice, SpecialDevice = Pseudoterminal.DeviceOf(IndexOf(node)) };
        if (Find(node) is not { } pty)
            return common with { Links = 0 }; // Closed, and still open somewhere else.
        return common with
        {
            Permissions = pty.Permissions,
            User = pty.User,
            Group = pty.Group,
            AccessTime = pty.Times.Access,
            ModifyTime = pty.Times.Modify,
            ChangeTime = pty.Times.Change,
        };
    }

    public Errno SetAttributes(NodeId node, in AttributeChange change)
    {
        if (Find(node) is not { } pty)
            return Errno.EPERM;
        pty.Permissions = change.Permissions ?? pty.Permissions;
        pty.User = change.User ?? pty.User;
        pty.Group = change.Group ?? pty.Group;
        pty.Times = (change.AccessTime ?? pty.Times.Access, change.ModifyTime ?? pty.Times.Modify, _clock.Now);
        return Errno.None;
    }

    public Result<NodeLocation> Locate(NodeId node) => node.Value switch
    {
        RootInode => new NodeLocation(Root, [], IsRemoved: false),
        MasterInode => new NodeLocation(Root, "ptmx"u8.ToArray(), IsRemoved: false),
        _ => new NodeLocation(Root, NameOf(IndexOf(node)), IsRemoved: Find(node) is null),
    };

    public Errno ReadDirectory(NodeId directory, long offset, IDirectorySink sink)
    {
        if (directory != Root)
            return Errno.ENOTDIR;
        if (offset <= 0 && !sink.Add(new DirectoryEntry(MasterInode, FileKind.CharacterDevice, 1), "ptmx"u8))
            return Errno.None;
        foreach (Pseudoterminal pty in _terminals.Pseudoterminals)
        {
            if (pty.IsGone || pty.Index + 1 < offset)
                continue;
            var entry = new DirectoryEntry(NodeOf(pty.Index).Value, FileKind.CharacterDevice, pty.Index + 2);
            if (!sink.Add(entry, NameOf(pty.Index)))
                return Errno.None;
        }

        return Errno.None;
    }

    public Result<byte[]> ReadLink(NodeId node) => Errno.EINVAL;

    private static NodeId NodeOf(int index) => new(FirstInode + (ulong)index);

    private static int IndexOf(NodeId node) => (int)(node.Value - FirstInode);

    private static byte[] NameOf(int index) => Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture));

    private Pseudoterminal? Find(NodeId node) => node.Value < FirstInode ? null : _terminals.FindOpen(IndexOf(node));
}
