using System.Text;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Microsoft.Extensions.DependencyInjection;

namespace Greetings;

/// <summary>The plugin.</summary>
public sealed class GreetingsPlugin : IKernelPlugin
{
    public PluginManifest Manifest { get; } = new("greetings", new Version(1, 2), new Version(0, 1), [typeof(IFileSystemType)], []);

    public void ConfigureServices(IServiceCollection services) => services.AddSingleton<IFileSystemType, GreetingsType>();
}

/// <summary>Mounted as <c>greetings:SOMEBODY:/somewhere</c>.</summary>
internal sealed class GreetingsType : IFileSystemType
{
    public string Name => "greetings";

    public Result<IFileSystem> Mount(MountRequest request) =>
        request.Source is { Length: > 0 } name ? new GreetingsTree(Encoding.UTF8.GetBytes($"hello, {name}\n"), request.Device) : Errno.EINVAL;
}

/// <summary>A directory with one file, <c>hello</c>, and a link to it, <c>hi</c>.</summary>
internal sealed class GreetingsTree(byte[] text, ulong device) : IFileSystem, IFileContent
{
    private static readonly NodeId File = new(2);
    private static readonly NodeId Link = new(3);

    public NodeId Root => new(1);

    public FileSystemStatistics Statistics => new(0x4752, 4096, 0, 0, 0, 0, 255, 0x20, 0);

    public Result<FoundNode> Lookup(NodeId directory, ReadOnlySpan<byte> name)
    {
        if (directory != Root)
            return Errno.ENOTDIR;
        if (name.SequenceEqual("hello"u8))
            return new FoundNode(File, FileKind.Regular);
        return name.SequenceEqual("hi"u8) ? new FoundNode(Link, FileKind.SymbolicLink) : Errno.ENOENT;
    }

    public Result<NodeAttributes> GetAttributes(NodeId node) => new NodeAttributes
    {
        Device = device,
        Inode = node.Value,
        Kind = node == Root ? FileKind.Directory : node == File ? FileKind.Regular : FileKind.SymbolicLink,
        Permissions = node == Root ? 0x16Du : node == File ? 0x124u : 0x1FFu,
        Links = node == Root ? 2u : 1u,
        Size = node == File ? text.Length : node == Link ? 5 : 0,
        BlockSize = 4096,
    };

    public Errno SetAttributes(NodeId node, in AttributeChange change) => Errno.EROFS;

    public Result<NodeLocation> Locate(NodeId node) =>
        new NodeLocation(Root, node == Root ? [] : node == File ? "hello"u8.ToArray() : "hi"u8.ToArray(), false);

    public Errno ReadDirectory(NodeId directory, long offset, IDirectorySink sink)
    {
        if (offset < 1 && !sink.Add(new DirectoryEntry(File.Value, FileKind.Regular, 1), "hello"u8))
            return Errno.None;
        if (offset < 2)
            sink.Add(new DirectoryEntry(Link.Value, FileKind.SymbolicLink, 2), "hi"u8);
        return Errno.None;
    }

    public Result<byte[]> ReadLink(NodeId node) => node == Link ? "hello"u8.ToArray() : Errno.EINVAL;

    public Errno Open(NodeId node, OpenFlags flags) => (flags & OpenFlags.O_ACCMODE) == 0 ? Errno.None : Errno.EROFS;

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
