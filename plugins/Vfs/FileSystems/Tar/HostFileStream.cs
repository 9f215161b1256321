using Kpio.Contracts.Host;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.Vfs.FileSystems.Tar;

/// <summary>A file of the host as a stream that is read from start to end.</summary>
internal sealed class HostFileStream : Stream
{
    private readonly IHostFileContent _content;
    private readonly HostFileId _file;
    private long _position;

    public HostFileStream(IHostFileContent content, HostFileId file)
    {
        _content = content;
        _file = file;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (!_content.Read(_file, _position, buffer).TryGet(out int count, out Errno error))
            throw new IOException($"The host cannot read the archive: {error}.");
        _position += count;
        return count;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
