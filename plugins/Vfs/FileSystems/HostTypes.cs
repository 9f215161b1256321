using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Host;
using Kpio.Plugins.Vfs.FileSystems.Memory;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>A host directory or file as it is, for reading or writing.</summary>
internal sealed class HostType : IFileSystemType
{
    private readonly HostAccess _host;
    private readonly TreeClock _clock;

    public HostType(HostAccess host, TreeClock clock)
    {
        _host = host;
        _clock = clock;
    }

    public string Name => "host";

    public Result<IFileSystem> Mount(MountRequest request)
    {
        if (!Prepare(_host, _clock, request, false).TryGet(out HostTreeSetup? setup, out Errno error))
            return error;
        return HostTree.Create(setup).TryGet(out HostTree? tree, out error) ? tree : error;
    }

    public Result<IFileSystem> Restore(MountRequest request, FileSystemState? state)
    {
        if (state is not HostTreeState host)
            return Errno.EINVAL;
        if (!Prepare(_host, _clock, request, false, host.Root).TryGet(out HostTreeSetup? setup, out Errno error))
            return error;
        return HostTree.Restore(setup, host).TryGet(out HostTree? tree, out error) ? tree : error;
    }

    /// <summary>What a host tree is made with; the root is granted unless there is one from before.</summary>
    public static Result<HostTreeSetup> Prepare(HostAccess host, TreeClock clock, MountRequest request, bool isLower, HostFileId root = default)
    {
        if (request.Source is not { Length: > 0 } source)
            return Errno.EINVAL;
        if (root.IsNone && !host.Files.Grant(source).TryGet(out root, out Errno error))
            return error;
        return new HostTreeSetup
        {
            Host = host,
            Clock = clock,
            Root = root,
            Device = request.Device,
            IsReadOnly = isLower || request.ReadOnly,
            Mask = HostMask.Parse(MountOptionReader.Text(request, "hide"), MountOptionReader.Text(request, "show")),
            KeepsHandles = isLower,
        };
    }
}

/// <summary>A host directory under memory: what the guest changes stays in the machine.</summary>
internal sealed class OverlayType : IFileSystemType
{
    private const ulong OverlayMagic = 0x794C7630;

    // Inode numbers of what is made here lie far above those of host file systems.
    private const ulong FirstInode = 1UL << 40;

    private readonly HostAccess _host;
    private readonly TreeClock _clock;
    private readonly MachineOptions _options;

    public OverlayType(HostAccess host, TreeClock clock, MachineOptions options)
    {
        _host = host;
        _clock = clock;
        _options = options;
    }

    public string Name => "overlay";

    public Result<IFileSystem> Mount(MountRequest request)
    {
        if (!HostType.Prepare(_host, _clock, request, true).TryGet(out HostTreeSetup? hostSetup, out Errno error))
            return error;
        if (!HostTree.Create(hostSetup).TryGet(out HostTree? lower, out error))
        {
            _host.Files.Close(hostSetup.Root);
            return error;
        }

        if (lower.GetAttributes(lower.Root).ValueOrDefault.Kind != FileKind.Directory)
        {
            _host.Files.Close(hostSetup.Root);
            return Errno.ENOTDIR;
        }

        if (!MountOptionReader.Pages(request, "size", _options.MemoryBytes / 2 / PageStore.PageSize).TryGet(out long pages, out error))
            return error;
        return new MemoryTree(Setup(request, lower, pages));
    }

    public Result<IFileSystem> Restore(MountRequest request, FileSystemState? state)
    {
        if (state is not MemoryTreeState { Lower: HostTreeState host } memory)
            return Errno.EINVAL;
        if (!HostType.Prepare(_host, _clock, request, true, host.Root).TryGet(out HostTreeSetup? hostSetup, out Errno error))
            return error;
        if (!HostTree.Restore(hostSetup, host).TryGet(out HostTree? lower, out error))
            return error;
        return MemoryTree.Restore(Setup(request, lower, memory.PageLimit), memory);
    }

    private MemoryTreeSetup Setup(MountRequest request, HostTree lower, long pages) => new()
    {
        Device = lower.GetAttributes(lower.Root).TryGet(out NodeAttributes root, out _) ? root.Device : request.Device,
        Clock = _clock,
        Magic = OverlayMagic,
        PageLimit = pages,
        IsReadOnly = request.ReadOnly,
        Lower = lower,
        FirstInode = FirstInode,
    };
}
