using Kpio.Contracts.State;
using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>
/// A type of file system that lies on a tree of another type, any one: it changes what goes through it and hands on the rest. Mounted as
/// <c>NAME+BELOW</c> (<c>sealed+host</c>), where BELOW is another type, a stacked one perhaps; source and options are given to both. The
/// VFS makes the tree below, and makes it again at a swap, so that a type holds no other plugin's objects but those of the trees that it made.
/// </summary>
public interface IStackedFileSystemType : IFileSystemType
{
    /// <summary>Puts a tree on another.</summary>
    /// <param name="request">What is to be mounted.</param>
    /// <param name="below">The tree below. The one above has its node numbers, or maps them in the same way after a swap.</param>
    /// <param name="own">What the tree above handed out (<see cref="IStatefulFileSystem"/>), when it is made again; else null.</param>
    Result<IFileSystem> Stack(MountRequest request, IFileSystem below, FileSystemState? own);

    /// <summary>By itself it cannot be mounted.</summary>
    Result<IFileSystem> IFileSystemType.Mount(MountRequest request) => Errno.EINVAL;
}

/// <summary>A tree on another one.</summary>
public interface IStackedFileSystem : IFileSystem
{
    /// <summary>The tree below.</summary>
    IFileSystem Below { get; }
}
