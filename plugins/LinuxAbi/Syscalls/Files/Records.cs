using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>
/// Bytes between guest memory and files that keep messages apart: event counters, queues of events, datagrams. One read or write of
/// the file takes the whole message, through a buffer of this class when the guest's memory is in pieces.
/// </summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>More than any message has: the greatest send buffer of a socket.</summary>
    private const int MostRecord = 1 << 20;

    private byte[] _record = [];

    private SysResult ReadRecord(GuestTask task, FileId file, ReadOnlySpan<Iovec> segments, long total)
    {
        Span<byte> record = RecordBuffer(total);
        if (!_files.Current.Read(file, record, -1, task).TryGet(out int count, out Errno error))
            return WaitForFile(task, file, error);
        return Scatter(task, segments, record[..count], out SysResult stop) ? count : stop;
    }

    /// <summary>Each segment takes what one read gives; a short one is the last.</summary>
    private SysResult ReadRecords(GuestTask task, FileId file, ReadOnlySpan<Iovec> segments)
    {
        long done = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            SysResult result = ReadRecord(task, file, segments.Slice(i, 1), (long)segments[i].iov_len);
            if (result.IsError || result.IsWait)
                return done > 0 ? done : result;
            done += result.Raw;
            if (result.Raw < (long)segments[i].iov_len)
                break;
        }

        return done;
    }

    private SysResult WriteRecord(GuestTask task, FileId file, ReadOnlySpan<Iovec> segments, long total)
    {
        if (total > MostRecord)
            return Errno.EMSGSIZE;
        Span<byte> record = RecordBuffer(total);
        if (!Gather(task, segments, record, out SysResult stop))
            return stop;
        return _files.Current.Write(file, record, -1, task).TryGet(out int count, out Errno error) ? count : WriteFailed(task, file, error, 0);
    }

    private SysResult WriteRecords(GuestTask task, FileId file, ReadOnlySpan<Iovec> segments)
    {
        long done = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            SysResult result = WriteRecord(task, file, segments.Slice(i, 1), (long)segments[i].iov_len);
            if (result.IsError || result.IsWait)
                return done > 0 ? done : result;
            done += result.Raw;
            if (result.Raw < (long)segments[i].iov_len)
                break;
        }

        return done;
    }

    private Span<byte> RecordBuffer(long length)
    {
        int size = (int)Math.Min(length, MostRecord);
        if (_record.Length < size)
            _record = new byte[Math.Max(size, PIPE_BUF)];
        return _record.AsSpan(0, size);
    }

    private static bool Scatter(GuestTask task, ReadOnlySpan<Iovec> segments, ReadOnlySpan<byte> source, out SysResult stop)
    {
        stop = default;
        foreach (ref readonly Iovec segment in segments)
        {
            int length = (int)Math.Min((ulong)source.Length, segment.iov_len);
            if (length > 0 && !task.Memory.TryWrite(task, segment.iov_base, source[..length], out stop))
                return false;
            source = source[length..];
        }

        return true;
    }

    private static bool Gather(GuestTask task, ReadOnlySpan<Iovec> segments, Span<byte> destination, out SysResult stop)
    {
        stop = default;
        foreach (ref readonly Iovec segment in segments)
        {
            int length = (int)Math.Min((ulong)destination.Length, segment.iov_len);
            if (length > 0 && !task.Memory.TryRead(task, segment.iov_base, destination[..length], out stop))
                return false;
            destination = destination[length..];
        }

        return true;
    }
}
