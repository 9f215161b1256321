using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Host;

/// <summary>A node of a host tree that has been seen: its place, by which the host is asked, and the host's numbers, by which it is known again.</summary>
internal sealed class HostNode
{
    public required int Id { get; init; }

    public required FileKind Kind { get; init; }

    public required ulong HostDevice { get; init; }

    public required ulong HostInode { get; init; }

    /// <summary>The inode number shown.</summary>
    public required ulong Inode { get; init; }

    public HostNode? Parent { get; set; }

    public byte[] Name { get; set; } = [];

    public bool IsRemoved { get; set; }

    public NameTable<HostNode>? Children { get; set; }

    public HostMask? Mask { get; set; }

    /// <summary>Whether the directory's content is hidden but for what the mask shows.</summary>
    public bool HidesContent { get; set; }

    public HostFileId Handle { get; set; }

    public bool IsWritable { get; set; }

    public int Opens { get; set; }

    /// <summary>Whether the node waits in the queue of handles that may be closed.</summary>
    public bool IsQueued { get; set; }

    /// <summary>The listing that readers of the open directory go through.</summary>
    public List<HostListing.Item>? Listing { get; set; }
}
