using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;

namespace Kpio.Plugins.Vfs.OpenFiles;

/// <summary>Moves bytes within a regular file, whatever it was opened for; mappings see them move.</summary>
internal sealed class ContentMover
{
    private const int Part = 65536;

    private readonly OpenFile _file;
    private readonly byte[] _buffer = new byte[Part];

    public ContentMover(OpenFile file) => _file = file;

    /// <summary>Moves what lies between two positions towards the start of the file.</summary>
    public Errno MoveDown(long start, long end, long distance)
    {
        for (long from = start; from < end;)
        {
            int length = (int)Math.Min(Part, end - from);
            Errno error = Move(from, from - distance, length);
            if (error != Errno.None)
                return error;
            from += length;
        }

        return Errno.None;
    }

    /// <summary>Moves what lies between two positions towards the end of the file, which is long enough, and leaves zeros.</summary>
    public Errno MoveUp(long start, long end, long distance)
    {
        for (long to = end; to > start;)
        {
            int length = (int)Math.Min(Part, to - start);
            to -= length;
            Errno error = Move(to, to + distance, length);
            if (error != Errno.None)
                return error;
        }

        Array.Clear(_buffer);
        for (long at = start; at < start + distance;)
        {
            int length = (int)Math.Min(Part, start + distance - at);
            Errno error = Write(_buffer.AsSpan(0, length), at);
            if (error != Errno.None)
                return error;
            at += length;
        }

        return Errno.None;
    }

    private Errno Move(long from, long to, int length)
    {
        for (int done = 0; done < length;)
        {
            if (!_file.Driver.Read(_file, _buffer.AsSpan(done, length - done), from + done, null).TryGet(out int count, out Errno error))
                return error;
            if (count == 0)
                return Errno.EIO;
            done += count;
        }

        return Write(_buffer.AsSpan(0, length), to);
    }

    private Errno Write(ReadOnlySpan<byte> bytes, long at)
    {
        OpenFlags flags = _file.Flags;
        _file.Flags &= ~OpenFlags.O_APPEND; // What is written at a position would go to the end.
        Errno error = Errno.None;
        for (int done = 0; done < bytes.Length && error == Errno.None;)
        {
            if (_file.Driver.Write(_file, bytes[done..], at + done, null).TryGet(out int count, out error))
                done += count;
        }

        _file.Flags = flags;
        return error;
    }
}
