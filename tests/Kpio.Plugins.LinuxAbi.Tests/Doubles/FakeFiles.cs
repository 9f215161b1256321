using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.LinuxAbi.Tests.Doubles;

/// <summary>Files that are byte arrays: what the loader reads.</summary>
internal sealed class FakeFiles : IOpenFiles
{
    private readonly List<byte[]> _contents = [];

    public FileId Add(byte[] content)
    {
        _contents.Add(content);
        return new FileId(_contents.Count);
    }

    public void Replace(FileId file, byte[] content) => _contents[(int)file.Value - 1] = content;

    public Result<int> Read(FileId file, Span<byte> destination, long offset = -1, GuestTask? task = null)
    {
        byte[] content = _contents[(int)file.Value - 1];
        if (offset < 0)
            return Errno.EINVAL;
        if (offset >= content.Length)
            return 0;
        int count = Math.Min(destination.Length, content.Length - (int)offset);
        content.AsSpan((int)offset, count).CopyTo(destination);
        return count;
    }

    public Result<NodeAttributes> Stat(FileId file) =>
        new NodeAttributes { Kind = FileKind.Regular, Size = _contents[(int)file.Value - 1].Length };

    public Result<int> Write(FileId file, ReadOnlySpan<byte> source, long offset = -1, GuestTask? task = null) => Errno.EBADF;

    public Result<long> Seek(FileId file, long offset, int whence) => Errno.ESPIPE;

    public Errno ReadDirectory(FileId file, IDirectorySink sink) => Errno.ENOTDIR;

    public PollEvents Poll(FileId file, PollEvents interests, GuestTask? task = null) => interests;

    public void AddReference(FileId file)
    {
    }

    public void Release(FileId file)
    {
    }
}
