using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Memory;
using Kpio.Plugins.Vfs.OpenFiles;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>A type whose trees are in memory; what differs is what they hold at first.</summary>
internal abstract class MemoryType : IFileSystemType
{
    private readonly MachineOptions _options;

    protected MemoryType(TreeClock clock, MachineOptions options)
    {
        Clock = clock;
        _options = options;
    }

    public abstract string Name { get; }

    protected TreeClock Clock { get; }

    protected virtual uint DefaultPermissions => 0x1ED;

    /// <summary>Whether its files have seals, as those of Linux's tmpfs.</summary>
    protected virtual bool CanBeSealed => false;

    /// <summary>A name of the file system's own as bytes. By hand: the base library's encodings cost more at start than all these names.</summary>
    protected static byte[] Ascii(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
            bytes[i] = (byte)text[i];
        return bytes;
    }

    public Result<IFileSystem> Mount(MountRequest request)
    {
        if (!Prepare(request).TryGet(out MemoryTreeSetup? setup, out Errno error))
            return error;

        // A tree that is filled once and then read-only is made writable for the filling.
        var tree = new MemoryTree(setup with { IsReadOnly = false });
        error = Fill(tree, request);
        if (error != Errno.None)
            return error;
        return tree;
    }

    public Result<IFileSystem> Restore(MountRequest request, FileSystemState? state)
    {
        if (state is not MemoryTreeState memory)
            return state is null ? Mount(request) : Errno.EINVAL;
        if (!Prepare(request).TryGet(out MemoryTreeSetup? setup, out Errno error))
            return error;
        return MemoryTree.Restore(setup with { PageLimit = memory.PageLimit }, memory);
    }

    /// <summary>Puts in what the tree holds at first.</summary>
    protected virtual Errno Fill(MemoryTree tree, MountRequest request) => Errno.None;

    /// <summary>Half of the machine's memory, as Linux's tmpfs.</summary>
    protected long DefaultPageLimit => _options.MemoryBytes / 2 / PageStore.PageSize;

    private Result<MemoryTreeSetup> Prepare(MountRequest request)
    {
        if (!MountOptionReader.Pages(request, "size", DefaultPageLimit).TryGet(out long pages, out Errno error)
            || !MountOptionReader.Number(request, "mode", DefaultPermissions, true).TryGet(out uint mode, out error)
            || !MountOptionReader.Number(request, "uid", 0).TryGet(out uint user, out error)
            || !MountOptionReader.Number(request, "gid", 0).TryGet(out uint group, out error))
        {
            return error;
        }

        return new MemoryTreeSetup
        {
            Device = request.Device,
            Clock = Clock,
            PageLimit = pages == 0 ? long.MaxValue : pages, // tmpfs(5): 0 is no limit.
            CanBeSealed = CanBeSealed,
            RootPermissions = mode & 0xFFF,
            RootUser = user,
            RootGroup = group,
        };
    }
}

/// <summary>tmpfs(5).</summary>
internal sealed class TmpFsType(TreeClock clock, MachineOptions options) : MemoryType(clock, options)
{
    public override string Name => "tmpfs";

    protected override uint DefaultPermissions => 0x3FF; // 1777

    protected override bool CanBeSealed => true;
}

/// <summary>/dev: the devices that there are, and links to the descriptors of the process that looks.</summary>
internal sealed class DevFsType(TreeClock clock, MachineOptions options) : MemoryType(clock, options)
{
    public override string Name => "devtmpfs";

    protected override Errno Fill(MemoryTree tree, MountRequest request)
    {
        Errno error = AddDevice(tree, "null", DeviceNumbers.Null, 0x1B6);
        if (error == Errno.None)
            error = AddDevice(tree, "zero", DeviceNumbers.Zero, 0x1B6);
        if (error == Errno.None)
            error = AddDevice(tree, "full", DeviceNumbers.Full, 0x1B6);
        if (error == Errno.None)
            error = AddDevice(tree, "random", DeviceNumbers.Random, 0x1B6);
        if (error == Errno.None)
            error = AddDevice(tree, "urandom", DeviceNumbers.Urandom, 0x1B6);
        if (error == Errno.None)
            error = AddDevice(tree, "tty", DeviceNumbers.Tty, 0x1B6, 5);
        if (error == Errno.None)
            error = AddDevice(tree, "console", DeviceNumbers.Console, 0x180);
        if (error == Errno.None)
            error = AddDevice(tree, "ptmx", DeviceNumbers.MasterMultiplexer, 0x1B6, 5);
        if (error != Errno.None)
            return error;

        (string Name, string Target)[] links =
        [
            ("fd", "/proc/self/fd"),
            ("stdin", "/proc/self/fd/0"),
            ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2"),
        ];
        foreach ((string name, string target) in links)
        {
            var node = new NewNode(FileKind.SymbolicLink, 0x1FF, 0, 0, 0, Ascii(target));
            error = tree.Create(tree.Root, Ascii(name), node).Error;
            if (error != Errno.None)
                return error;
        }

        foreach (string name in (string[])["pts", "shm"])
        {
            var node = new NewNode(FileKind.Directory, 0x1ED, 0, 0);
            error = tree.Create(tree.Root, Ascii(name), node).Error;
            if (error != Errno.None)
                return error;
        }

        return Errno.None;
    }

    private static Errno AddDevice(MemoryTree tree, string name, ulong device, uint permissions, uint group = 0)
    {
        var node = new NewNode(FileKind.CharacterDevice, permissions, 0, group, device);
        return tree.Create(tree.Root, Ascii(name), node).Error;
    }
}
