using System.Security.Cryptography;
using Kpio.Contracts.Plugins;
using Kpio.Contracts.Process;
using Kpio.Contracts.State;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Microsoft.Extensions.DependencyInjection;

namespace SealedFiles;

/// <summary>The plugin.</summary>
public sealed class SealedFilesPlugin : IKernelPlugin
{
    /// <inheritdoc/>
    public PluginManifest Manifest { get; } = new("sealed-files", new Version(1, 0), new Version(0, 1), [typeof(IFileSystemType)], []);

    /// <inheritdoc/>
    public void ConfigureServices(IServiceCollection services) =>
        services.AddSingleton<IFileSystemType>(provider => new SealedType(provider.GetRequiredService<IEntropySource>()));
}

/// <summary>Mounted as <c>sealed+BELOW,keyfile=PATH:SOURCE:TARGET</c>: what the tree below holds of a file is encrypted.</summary>
internal sealed class SealedType(IEntropySource entropy) : IStackedFileSystemType
{
    public string Name => "sealed";

    public Result<IFileSystem> Stack(MountRequest request, IFileSystem below, FileSystemState? own)
    {
        if (own is not null || !request.Options.TryGetValue("keyfile", out string? path) || below is not IFileContent content)
            return Errno.EINVAL;
        try
        {
            // Whatever the file holds: 256 bits are made of it.
            return new SealedTree(below, content, new FileCipher(SHA256.HashData(File.ReadAllBytes(path))), entropy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e is FileNotFoundException or DirectoryNotFoundException ? Errno.ENOENT : Errno.EACCES;
        }
    }
}

/// <summary>
/// A tree whose regular files are encrypted below: a header, then as many bytes as the file has. Names, attributes and links are those below.
/// It keeps nothing of its own, so that it has no data for a swap.
/// </summary>
internal sealed class SealedTree(IFileSystem below, IFileContent content, FileCipher cipher, IEntropySource entropy)
    : IStackedFileSystem, IFileContent, IFileSystemNames
{
    // A gap that a write leaves is filled with encrypted zeros; more than this in one call is refused.
    private const long MostFill = 1L << 30;
    private const int BufferSize = 65536;

    private readonly IFileSystemNames? _names = below as IFileSystemNames;
    private readonly byte[] _buffer = new byte[BufferSize];

    public IFileSystem Below => below;

    public NodeId Root => below.Root;

    public FileSystemStatistics Statistics => below.Statistics;

    public Result<FoundNode> Lookup(NodeId directory, ReadOnlySpan<byte> name) => below.Lookup(directory, name);

    public Result<NodeLocation> Locate(NodeId node) => below.Locate(node);

    public Errno ReadDirectory(NodeId directory, long offset, IDirectorySink sink) => below.ReadDirectory(directory, offset, sink);

    public Result<byte[]> ReadLink(NodeId node) => below.ReadLink(node);

    public Result<NodeAttributes> GetAttributes(NodeId node)
    {
        if (!below.GetAttributes(node).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        return attributes.Kind == FileKind.Regular ? attributes with { Size = Math.Max(0, attributes.Size - FileCipher.HeaderSize) } : attributes;
    }

    public Errno SetAttributes(NodeId node, in AttributeChange change)
    {
        if (change.Size is not { } size)
            return below.SetAttributes(node, in change);
        if (!GetAttributes(node).TryGet(out NodeAttributes now, out Errno error))
            return error;
        if (now.Kind != FileKind.Regular || size < 0)
            return Errno.EINVAL;
        if (size > now.Size)
        {
            // By its path a file is truncated that nobody has opened.
            error = content.Open(node, OpenFlags.O_RDWR);
            if (error != Errno.None)
                return error;
            error = Extend(node, now.Size, size);
            content.Close(node);
            return error != Errno.None ? error : below.SetAttributes(node, change with { Size = null });
        }

        // An empty file has no header: it gets a new one, and so other bytes, when it is written again.
        return below.SetAttributes(node, change with { Size = size == 0 ? 0 : size + FileCipher.HeaderSize });
    }

    public Errno Open(NodeId node, OpenFlags flags)
    {
        // The header is read below whatever the file is opened for here.
        if ((flags & OpenFlags.O_ACCMODE) == OpenFlags.O_WRONLY)
            flags = (flags & ~OpenFlags.O_ACCMODE) | OpenFlags.O_RDWR;
        Errno error = content.Open(node, flags);
        if (error != Errno.None || !below.GetAttributes(node).TryGet(out NodeAttributes attributes, out _) || attributes.Kind != FileKind.Regular)
            return error;
        error = ReadHeader(node, out _);
        if (error is not (Errno.None or Errno.ENODATA))
        {
            content.Close(node);
            return error;
        }

        return Errno.None;
    }

    public void Close(NodeId node) => content.Close(node);

    public Errno Synchronize(NodeId node) => content.Synchronize(node);

    public Result<int> Read(NodeId node, long offset, Span<byte> destination)
    {
        Errno error = ReadHeader(node, out FileNonce nonce);
        if (error == Errno.ENODATA)
            return 0;
        if (error != Errno.None)
            return error;
        if (offset > long.MaxValue - FileCipher.HeaderSize - destination.Length)
            return 0;
        if (!content.Read(node, offset + FileCipher.HeaderSize, destination).TryGet(out int count, out error))
            return error;
        cipher.Apply(nonce, offset, destination[..count]);
        return count;
    }

    public Result<int> Write(NodeId node, long offset, ReadOnlySpan<byte> source)
    {
        if (source.Length == 0)
            return 0;
        if (offset > long.MaxValue - FileCipher.HeaderSize - source.Length)
            return Errno.EFBIG;
        if (!GetAttributes(node).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (offset > attributes.Size && (error = Extend(node, attributes.Size, offset)) != Errno.None)
            return error;
        return WriteSealed(node, offset, source);
    }

    public Result<NodeId> Create(NodeId directory, ReadOnlySpan<byte> name, in NewNode node) => _names?.Create(directory, name, in node) ?? Errno.EROFS;

    public Result<NodeId> CreateUnnamed(NodeId directory, in NewNode node) => _names?.CreateUnnamed(directory, in node) ?? Errno.EROFS;

    public Errno Link(NodeId directory, ReadOnlySpan<byte> name, NodeId node) => _names?.Link(directory, name, node) ?? Errno.EROFS;

    public Errno Remove(NodeId directory, ReadOnlySpan<byte> name, bool isDirectory) => _names?.Remove(directory, name, isDirectory) ?? Errno.EROFS;

    public Errno Rename(NodeId sourceDirectory, ReadOnlySpan<byte> sourceName, NodeId targetDirectory, ReadOnlySpan<byte> targetName, uint flags) =>
        _names?.Rename(sourceDirectory, sourceName, targetDirectory, targetName, flags) ?? Errno.EROFS;

    private Errno Extend(NodeId node, long from, long to)
    {
        if (to - from > MostFill)
            return Errno.EFBIG;
        ReadOnlySpan<byte> zeros = new byte[(int)Math.Min(BufferSize, to - from)];
        while (from < to)
        {
            if (!WriteSealed(node, from, zeros[..(int)Math.Min(zeros.Length, to - from)]).TryGet(out int count, out Errno error))
                return error;
            if (count == 0)
                return Errno.EIO;
            from += count;
        }

        return Errno.None;
    }

    /// <summary>Encrypts and writes at most one buffer's worth; the caller's own bytes stay as they are.</summary>
    private Result<int> WriteSealed(NodeId node, long offset, ReadOnlySpan<byte> source)
    {
        Errno error = ReadHeader(node, out FileNonce nonce);
        if (error == Errno.ENODATA)
            error = WriteHeader(node, out nonce);
        if (error != Errno.None)
            return error;
        int done = 0;
        while (done < source.Length)
        {
            Span<byte> part = _buffer.AsSpan(0, Math.Min(BufferSize, source.Length - done));
            source.Slice(done, part.Length).CopyTo(part);
            cipher.Apply(nonce, offset + done, part);
            if (!content.Write(node, offset + done + FileCipher.HeaderSize, part).TryGet(out int count, out error))
                return done > 0 ? done : error;
            done += count;
            if (count < part.Length)
                break;
        }

        return done;
    }

    /// <summary>ENODATA for an empty file, EKEYREJECTED for another key, EIO for what is no sealed file.</summary>
    private Errno ReadHeader(NodeId node, out FileNonce nonce)
    {
        nonce = default;
        Span<byte> header = stackalloc byte[FileCipher.HeaderSize];
        if (!content.Read(node, 0, header).TryGet(out int count, out Errno error))
            return error;
        return count == 0 ? Errno.ENODATA : count < header.Length ? Errno.EIO : cipher.ReadHeader(header, out nonce);
    }

    private Errno WriteHeader(NodeId node, out FileNonce nonce)
    {
        Span<byte> header = stackalloc byte[FileCipher.HeaderSize];
        entropy.Fill(header);
        nonce = cipher.MakeHeader(header);
        return content.Write(node, 0, header).TryGet(out int count, out Errno error) ? count == header.Length ? Errno.None : Errno.EIO : error;
    }
}

/// <summary>What a file's bytes are encrypted with besides the key: other for each file, and after each emptying.</summary>
/// <param name="Value">64 random bits.</param>
internal readonly record struct FileNonce(ulong Value);

/// <summary>AES-256 in counter mode: byte n of a file depends on the key, the file's nonce and n alone, so that any part is read and written for itself.</summary>
internal sealed class FileCipher
{
    /// <summary>Eight letters, eight bytes that show the key, the nonce, eight bytes kept free.</summary>
    public const int HeaderSize = 32;

    private const int BlockSize = 16;
    private readonly Aes _aes = Aes.Create();
    private readonly byte[] _keyMark = new byte[8];
    private readonly byte[] _counters = new byte[4096];
    private readonly byte[] _stream = new byte[4096];

    public FileCipher(byte[] key)
    {
        _aes.Key = key;
        Span<byte> mark = stackalloc byte[BlockSize];
        mark.Fill(0xFF); // no counter is this one
        _aes.EncryptEcb(mark, mark, PaddingMode.None);
        mark[..8].CopyTo(_keyMark);
    }

    private static ReadOnlySpan<byte> Letters => "sealed 1"u8;

    /// <summary>Makes a header of random bytes.</summary>
    public FileNonce MakeHeader(Span<byte> random)
    {
        Letters.CopyTo(random);
        _keyMark.CopyTo(random[8..]);
        random[24..].Clear();
        return new FileNonce(BitConverter.ToUInt64(random[16..]));
    }

    /// <summary>Reads one: EIO, EKEYREJECTED.</summary>
    public Errno ReadHeader(ReadOnlySpan<byte> header, out FileNonce nonce)
    {
        nonce = new FileNonce(BitConverter.ToUInt64(header[16..]));
        if (!header[..8].SequenceEqual(Letters))
            return Errno.EIO;
        return header[8..16].SequenceEqual(_keyMark) ? Errno.None : Errno.EKEYREJECTED;
    }

    /// <summary>Encrypts or decrypts bytes of a file in place: both are the same.</summary>
    public void Apply(FileNonce nonce, long offset, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            (long block, long within) = Math.DivRem(offset, BlockSize);
            int blocks = (int)Math.Min((within + bytes.Length + BlockSize - 1) / BlockSize, _counters.Length / BlockSize);
            for (int i = 0; i < blocks; i++)
            {
                BitConverter.TryWriteBytes(_counters.AsSpan(i * BlockSize), nonce.Value);
                BitConverter.TryWriteBytes(_counters.AsSpan((i * BlockSize) + 8), block + i);
            }

            _aes.EncryptEcb(_counters.AsSpan(0, blocks * BlockSize), _stream, PaddingMode.None);
            int count = (int)Math.Min(bytes.Length, (blocks * BlockSize) - within);
            for (int i = 0; i < count; i++)
                bytes[i] ^= _stream[within + i];
            bytes = bytes[count..];
            offset += count;
        }
    }
}
