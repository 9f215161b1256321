using Kpio.Contracts.Values;
using Kpio.Plugins.Vfs.Mounts;

namespace Kpio.Plugins.Vfs.PageCache;

/// <summary>A file that is mapped somewhere: its pages in memory and how many mappings there are. It ends with the last of them.</summary>
internal sealed class MappedFile
{
    public MappedFile(long id, Mount mount, NodeId node)
    {
        Id = id;
        Mount = mount;
        Node = node;
    }

    /// <summary>The number by which the memory manager's regions name it.</summary>
    public long Id { get; }

    public Mount Mount { get; }

    public NodeId Node { get; }

    public int Mappings { get; set; }

    /// <summary>Mappings that may write to the file, whether they do now or not.</summary>
    public int WritableMappings { get; set; }

    public FrameTable Frames { get; } = new();

    /// <summary>The next one in the same chain of <see cref="MappedFileTable"/>.</summary>
    public MappedFile? Next { get; set; }
}
