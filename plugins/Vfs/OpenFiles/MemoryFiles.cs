using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Memory;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>memfd_create(2) and seals. The files lie in a tmpfs that is mounted nowhere, made when the first one is asked for.</summary>
internal sealed class MemoryFiles : IMemoryFiles
{
    private readonly VfsCore _core;
    private readonly MountService _mounts;

    public MemoryFiles(VfsCore core, MountService mounts)
    {
        _core = core;
        _mounts = mounts;
    }

    public Result<FileId> Create(ReadOnlySpan<byte> name, in NewNode wanted, FileSeals seals)
    {
        if (!FindMount().TryGet(out Mount? mount, out Errno error))
            return error;
        var tree = (MemoryTree)mount.Tree;
        if (!tree.CreateUnnamed(mount.Root, wanted).TryGet(out NodeId node, out error))
            return error;
        tree.NameUnnamed(node, name);
        tree.AddSeals(node, seals);
        Result<FileId> opened = _core.OpenAt(new Location(mount, node, FileKind.Regular), OpenFlags.O_RDWR, 0);
        if (!opened.IsOk)
            tree.DropUnopened(node);
        return opened;
    }

    public Result<FileSeals> GetSeals(FileId id)
    {
        if (_core.Files.Find(id) is not { } file)
            return Errno.EBADF;
        return file.Mount?.Seals?.GetSeals(file.Node) ?? Errno.EINVAL;
    }

    public Errno AddSeals(FileId id, FileSeals seals)
    {
        if (_core.Files.Find(id) is not { } file)
            return Errno.EBADF;
        if (file.Mount is not { Seals: { } sealable } mount)
            return Errno.EINVAL;
        if (!file.CanWrite)
            return Errno.EPERM;
        if (!sealable.GetSeals(file.Node).TryGet(out FileSeals present, out Errno error))
            return error;
        if ((present & FileSeals.F_SEAL_SEAL) != 0)
            return Errno.EPERM;
        bool sealsWriting = (seals & ~present & FileSeals.F_SEAL_WRITE) != 0;
        if (sealsWriting && mount.MappedFiles.Find(file.Node) is { WritableMappings: > 0 })
            return Errno.EBUSY;
        sealable.AddSeals(file.Node, seals);
        return Errno.None;
    }

    private Result<Mount> FindMount()
    {
        foreach (Mount mount in _core.Mounts.All)
        {
            if (mount.IsInternal)
                return mount;
        }

        return _mounts.MountInternal("tmpfs", new MountOptions("tmpfs", false, new Dictionary<string, string> { ["size"] = "0" }));
    }
}
