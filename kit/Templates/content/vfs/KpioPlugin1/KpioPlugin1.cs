using System.Text;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Microsoft.Extensions.DependencyInjection;

namespace KpioPlugin1;

/// <summary>What KPIO finds in the assembly: the plugin's name, versions and services.</summary>
public sealed class Plugin : IKernelPlugin
{
    public PluginManifest Manifest { get; } = new("kpioplugin1", new Version(1, 0), new Version(0, 1), [typeof(IFileSystemType)], []);

    public void ConfigureServices(IServiceCollection services) => services.AddSingleton<IFileSystemType, TreeType>();
}

/// <summary>The type: mounted by <c>--mount kpioplugin1:SOURCE:/somewhere</c>. A type that lies on another one is an IStackedFileSystemType.</summary>
internal sealed class TreeType : IFileSystemType
{
    public string Name => "kpioplugin1";

    public Result<IFileSystem> Mount(MountRequest request) =>
        request.Source is { Length: > 0 } source ? new Tree(Encoding.UTF8.GetBytes($"hello, {source}\n"), request.Device) : Errno.EINVAL;
}

/// <summary>
/// A read-only directory with one file, <c>hello</c>. Nodes are numbers; paths, permissions and open files are the VFS's work. A tree that can be
/// written implements IFileSystemNames too, and its tests inherit FileSystemConformance; one with data of its own, IStatefulFileSystem.
/// </summary>
internal sealed class Tree(byte[] text, ulong device) : IFileSystem, IFileContent
{
    private static readonly NodeId File = new(2);

    public NodeId Root => new(1);

    public FileSystemStatistics Statistics => new(Magic: 0x4B50, BlockSize: 4096, 0, 0, 0, 0, NameMaximum: 255, Flags: 0, 0);

    public Result<FoundNode> Lookup(NodeId directory, ReadOnlySpan<byte> name)
    {
        if (directory != Root)
            return Errno.ENOTDIR;
        return name.SequenceEqual("hello"u8) ? new FoundNode(File, FileKind.Regular) : Errno.ENOENT;
    }

    public Result<NodeAttributes> GetAttributes(NodeId node) => new NodeAttributes
    {
        Device = device,
        Inode = node.Value,
        Kind = node == Root ? FileKind.Directory : FileKind.Regular,
        Permissions = node == Root ? 0x16Du : 0x124u, // 0555, 0444
        Links = node == Root ? 2u : 1u,
        Size = node == Root ? 0 : text.Length,
        BlockSize = 4096,
    };

    public Errno SetAttributes(NodeId node, in AttributeChange change) => Errno.EROFS;

    public Result<NodeLocation> Locate(NodeId node) => new NodeLocation(Root, node == Root ? [] : "hello"u8.ToArray(), IsRemoved: false);

    public Errno ReadDirectory(NodeId directory, long offset, IDirectorySink sink)
    {
        if (offset == 0)
            sink.Add(new DirectoryEntry(File.Value, FileKind.Regular, NextOffset: 1), "hello"u8);
        return Errno.None;
    }

    public Result<byte[]> ReadLink(NodeId node) => Errno.EINVAL;

    public Errno Open(NodeId node, OpenFlags flags) => (flags & OpenFlags.O_ACCMODE) == OpenFlags.O_RDONLY ? Errno.None : Errno.EROFS;

    public void Close(NodeId node)
    {
    }

    public Result<int> Read(NodeId node, long offset, Span<byte> destination)
    {
        if (offset >= text.Length)
            return 0;
        ReadOnlySpan<byte> rest = text.AsSpan((int)offset);
        rest = rest[..Math.Min(rest.Length, destination.Length)];
        rest.CopyTo(destination);
        return rest.Length;
    }

    public Result<int> Write(NodeId node, long offset, ReadOnlySpan<byte> source) => Errno.EROFS;

    public Errno Synchronize(NodeId node) => Errno.None;
}
