using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Mounts;

/// <summary>The machine's mounts.</summary>
internal sealed class MountTable
{
    private readonly List<Mount> _mounts = [];

    public int NextId { get; set; } = 1;

    public IReadOnlyList<Mount> All => _mounts;

    public bool HasRoot => _mounts.Count != 0;

    /// <summary>The root directory, over everything that is mounted on it.</summary>
    public Location Root => new Location(_mounts[0], _mounts[0].Root, FileKind.Directory).Covered;

    public void Add(Mount mount) => _mounts.Add(mount);

    public Mount? Find(MountId id) => _mounts.Find(mount => mount.Id == id);

    public void Clear() => _mounts.Clear();
}
