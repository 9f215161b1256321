using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.Mounts;

/// <summary>The machine's mounts.</summary>
internal sealed class MountTable
{
    private readonly PlainList<Mount> _mounts = new();
    private MountInfo[]? _described;

    public int NextId { get; set; } = 1;

    public PlainList<Mount> All => _mounts;

    public bool HasRoot => _mounts.Count != 0;

    /// <summary>The root directory, over everything that is mounted on it.</summary>
    public Location Root => new Location(_mounts[0], _mounts[0].Root, FileKind.Directory).Covered;

    /// <summary>What others are told about the mounts. Made once for each change of the table: statx asks at every call.</summary>
    public IReadOnlyList<MountInfo> Described => _described ??= Describe();

    public void Add(Mount mount)
    {
        _mounts.Add(mount);
        _described = null;
    }

    private MountInfo[] Describe()
    {
        var described = new PlainList<MountInfo>();
        foreach (Mount mount in _mounts)
        {
            if (!mount.IsInternal)
                described.Add(new MountInfo(mount.Id, mount.Type, mount.Options.Source ?? mount.Type, mount.Target, mount.IsReadOnly, mount.ShownDevice));
        }

        return described.ToArray();
    }

    public Mount? Find(MountId id) => _mounts.Find(mount => mount.Id == id);

    /// <summary>The first mount of a type; null when there is none.</summary>
    public Mount? FindType(string type)
    {
        foreach (Mount mount in _mounts)
        {
            if (mount.Type == type)
                return mount;
        }

        return null;
    }

    public void Clear()
    {
        _mounts.Clear();
        _described = null;
    }
}
