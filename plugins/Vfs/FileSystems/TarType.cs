using System.IO.Compression;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.Vfs.FileSystems.Host;
using Kpio.Plugins.Vfs.FileSystems.Memory;
using Kpio.Plugins.Vfs.FileSystems.Tar;

namespace Kpio.Plugins.Vfs.FileSystems;

/// <summary>An archive of the host, plain or gzip, unpacked into memory.</summary>
internal sealed class TarType : MemoryType
{
    private readonly HostAccess _host;

    public TarType(HostAccess host, TreeClock clock, MachineOptions options)
        : base(clock, options) => _host = host;

    public override string Name => "tar";

    protected override Errno Fill(MemoryTree tree, MountRequest request)
    {
        if (request.Source is not { Length: > 0 } source)
            return Errno.EINVAL;
        if (!_host.Files.Grant(source).TryGet(out HostFileId root, out Errno error))
            return error;
        if (_host.Files.Open(root, default, OpenFlags.O_RDONLY, 0).TryGet(out HostFileId file, out error))
        {
            error = Unpack(tree, file);
            _host.Files.Close(file);
        }

        _host.Files.Close(root);
        return error;
    }

    private Errno Unpack(MemoryTree tree, HostFileId file)
    {
        Span<byte> magic = stackalloc byte[2];
        if (!_host.Content.Read(file, 0, magic).TryGet(out int count, out Errno error))
            return error;
        using Stream raw = new HostFileStream(_host.Content, file);
        if (count < 2 || magic[0] != 0x1F || magic[1] != 0x8B) // RFC 1952
            return new TarUnpacker(tree).Unpack(raw);
        using var unzipped = new GZipStream(raw, CompressionMode.Decompress);
        return new TarUnpacker(tree).Unpack(unzipped);
    }
}
