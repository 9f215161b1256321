using System.Collections.Concurrent;
using Kpio.Contracts.Host;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Cli.Sandbox.Recording;

/// <summary>
/// The access times of the host's files as they were when one of several runs first looked at them: the host's kernel changes them when a run
/// reads a file, and the next one would see that. Directories are kept as wholes: others make files in them all the time. From any thread.
/// </summary>
internal sealed class AccessTimes
{
    private readonly ConcurrentDictionary<(ulong Device, ulong Inode), NodeAttributes> _seen = new();

    /// <summary>Files whose access times are these.</summary>
    public IHostFiles Over(IHostFiles files) => new Names(this, files);

    /// <summary>The same for open files.</summary>
    public IHostFileContent Over(IHostFileContent content) => new Content(this, content);

    private Result<NodeAttributes> Keep(Result<NodeAttributes> result)
    {
        if (!result.TryGet(out NodeAttributes attributes, out _))
            return result;
        NodeAttributes first = _seen.GetOrAdd((attributes.Device, attributes.Inode), attributes);
        return first.Kind != attributes.Kind ? result : first.Kind == FileKind.Directory ? first : attributes with { AccessTime = first.AccessTime };
    }

    private sealed class Names(AccessTimes times, IHostFiles below) : IHostFiles
    {
        public Result<HostFileId> Grant(string path) => below.Grant(path);

        public Result<NodeAttributes> Stat(HostFileId root, ReadOnlySpan<byte> path) => times.Keep(below.Stat(root, path));

        public Result<byte[]> ReadLink(HostFileId root, ReadOnlySpan<byte> path) => below.ReadLink(root, path);

        public Errno List(HostFileId root, ReadOnlySpan<byte> path, IDirectorySink sink)
        {
            times.Keep(below.Stat(root, path));
            return below.List(root, path, sink);
        }

        public Result<HostFileId> Open(HostFileId root, ReadOnlySpan<byte> path, OpenFlags flags, uint permissions)
        {
            times.Keep(below.Stat(root, path));
            return below.Open(root, path, flags, permissions);
        }

        public Result<FileSystemStatistics> GetStatistics(HostFileId root) => below.GetStatistics(root);

        public void Close(HostFileId handle) => below.Close(handle);
    }

    private sealed class Content(AccessTimes times, IHostFileContent below) : IHostFileContent
    {
        public Result<int> Read(HostFileId file, long offset, Span<byte> destination) => below.Read(file, offset, destination);

        public Result<int> Write(HostFileId file, long offset, ReadOnlySpan<byte> source) => below.Write(file, offset, source);

        public Result<NodeAttributes> Stat(HostFileId file) => times.Keep(below.Stat(file));

        public Errno SetAttributes(HostFileId file, in AttributeChange change) => below.SetAttributes(file, in change);

        public Errno MakeHole(HostFileId file, long offset, long length) => below.MakeHole(file, offset, length);

        public Result<long> Seek(HostFileId file, long offset, int whence) => below.Seek(file, offset, whence);

        public Errno Synchronize(HostFileId file) => below.Synchronize(file);
    }
}
