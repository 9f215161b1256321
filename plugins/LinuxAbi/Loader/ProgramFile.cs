using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.LinuxAbi.Loader;

/// <summary>A program's file as the loader reads it: by position, all or nothing.</summary>
internal sealed class ProgramFile
{
    private readonly IOpenFiles _files;

    public ProgramFile(IOpenFiles files, FileId id)
    {
        _files = files;
        Id = id;
        Length = files.Stat(id).ValueOrDefault.Size;
    }

    public FileId Id { get; }

    public long Length { get; }

    /// <summary>Fills the span from a position; false when the file is shorter or cannot be read.</summary>
    public bool TryRead(Span<byte> destination, ulong offset) => offset <= long.MaxValue && ReadAtMost(destination, (long)offset) == destination.Length;

    /// <summary>Reads as much as there is.</summary>
    public int ReadAtMost(Span<byte> destination, long offset)
    {
        int done = 0;
        while (done < destination.Length && offset <= long.MaxValue - done)
        {
            if (!_files.Read(Id, destination[done..], offset + done).TryGet(out int count, out _) || count <= 0)
                break;
            done += count;
        }

        return done;
    }
}
