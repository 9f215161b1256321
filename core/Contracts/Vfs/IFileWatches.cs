using Kpio.Contracts.Values;

namespace Kpio.Contracts.Vfs;

/// <summary>What happens to files and directories as a stream of events (inotify(7)), read from a file.</summary>
public interface IFileWatches
{
    /// <summary>Makes a queue of events with one reference; EMFILE beyond the number that one user may have.</summary>
    Result<FileId> Create(uint user, OpenFlags flags);

    /// <summary>Watches what a path names, or changes the watch that there is, and answers its number. <paramref name="mask"/>: IN_* bits. EINVAL when <paramref name="queue"/> is no queue.</summary>
    Result<int> Add(FileId queue, in PathStart start, ReadOnlySpan<byte> path, uint mask);

    /// <summary>Ends a watch; EINVAL when there is no such one.</summary>
    Errno Remove(FileId queue, int watch);
}
