using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Memory;

/// <summary>
/// An inode in memory. In an overlay it may stand for a node of the tree below (<see cref="Lower"/>): attributes and content are that
/// one's until they are changed, a directory's names are both.
/// </summary>
internal sealed class MemoryNode
{
    public required int Id { get; init; }

    public required FileKind Kind { get; init; }

    public required ulong Inode { get; init; }

    public uint Permissions { get; set; }

    public uint Links { get; set; }

    public uint User { get; set; }

    public uint Group { get; set; }

    public ulong SpecialDevice { get; set; }

    public long Size { get; set; }

    public FileTime AccessTime { get; set; }

    public FileTime ModifyTime { get; set; }

    public FileTime ChangeTime { get; set; }

    public FileTime BirthTime { get; set; }

    /// <summary>A regular file's content.</summary>
    public PageStore? Pages { get; set; }

    public byte[]? LinkTarget { get; set; }

    /// <summary>A directory's names.</summary>
    public MemoryDirectory? Entries { get; set; }

    public MemoryNode? Parent { get; set; }

    public byte[] Name { get; set; } = [];

    /// <summary>Whether the name that it was last found by is gone.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>How many open files hold it.</summary>
    public int Opens { get; set; }

    /// <summary>What is sealed: of a file with a name, sealing.</summary>
    public FileSeals Seals { get; set; } = FileSeals.F_SEAL_SEAL;

    public NodeId Lower { get; set; }

    public bool HasLowerContent { get; set; }

    public bool HasLowerAttributes { get; set; }

    /// <summary>Whether the tree below was told that its node is open.</summary>
    public bool IsLowerOpen { get; set; }

    /// <summary>The blocks that the tree below reports.</summary>
    public long LowerBlocks { get; set; }

    /// <summary>When the attributes were last asked of the tree below.</summary>
    public long CheckedAt { get; set; }

    /// <summary>When a directory's names were last asked of the tree below; 0 for never.</summary>
    public long ListedAt { get; set; }

    public List<KeyValuePair<byte[], byte[]>>? ExtendedAttributes { get; set; }

    public bool IsDirectory => Kind == FileKind.Directory;
}
