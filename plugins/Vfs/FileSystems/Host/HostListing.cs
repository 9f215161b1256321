using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.FileSystems.Host;

/// <summary>A host directory's names, taken whole.</summary>
internal sealed class HostListing : IDirectorySink
{
    public sealed record Item(byte[] Name, ulong Inode, FileKind Kind);

    public List<Item> Items { get; } = [];

    public bool Add(in DirectoryEntry entry, ReadOnlySpan<byte> name)
    {
        Items.Add(new Item(name.ToArray(), entry.Inode, entry.Kind));
        return true;
    }
}
