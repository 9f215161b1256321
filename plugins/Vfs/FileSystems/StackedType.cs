using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>One type on another. It is looked for by its name each time that a tree is made, so that no type is kept beyond its generation.</summary>
internal sealed class StackedType(string name, IStackedFileSystemType above, IFileSystemType below) : IFileSystemType
{
    public string Name => name;

    /// <summary>The data of a tree and of those below it.</summary>
    public static FileSystemState? Capture(IFileSystem tree)
    {
        FileSystemState? own = (tree as IStatefulFileSystem)?.Capture();
        return tree is IStackedFileSystem stacked ? new StackedTreeState(Capture(stacked.Below), own) : own;
    }

    public Result<IFileSystem> Mount(MountRequest request) =>
        below.Mount(request).TryGet(out IFileSystem? tree, out Errno error) ? above.Stack(request, tree, null) : error;

    public Result<IFileSystem> Restore(MountRequest request, FileSystemState? state)
    {
        if (state is not StackedTreeState stacked)
            return Errno.EINVAL;
        return below.Restore(request, stacked.Below).TryGet(out IFileSystem? tree, out Errno error) ? above.Stack(request, tree, stacked.Own) : error;
    }
}
