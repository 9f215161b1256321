using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Proc;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>proc(5).</summary>
internal sealed class ProcType : IFileSystemType
{
    private readonly VfsCore _core;

    public ProcType(VfsCore core) => _core = core;

    public string Name => "proc";

    public Result<IFileSystem> Mount(MountRequest request) => new ProcFs(_core, request.Device);

    public Result<IFileSystem> Restore(MountRequest request, FileSystemState? state)
    {
        var tree = new ProcFs(_core, request.Device);
        return state is OpaqueTreeState data && tree.Restore(data) ? tree : Errno.EINVAL;
    }
}
