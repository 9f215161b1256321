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
        return Scatter(task, segments, 0, record[..count], out SysResult stop) ? count : stop;
    }

    /// <summary>Each segment is a record of its own; a short one is the last.</summary>
    private SysResult TransferRecords(GuestTask task, FileId file, ReadOnlySpan<Iovec> segments, bool isWrite)
    {
        long done = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            long length = (long)segments[i].iov_len;
            SysResult result = isWrite
                ? WriteRecord(task, file, segments.Slice(i, 1), length)
                : ReadRecord(task, file, segments.Slice(i, 1), length);
            if (result.IsError || result.IsWait)
                return done > 0 ? done : result;
            done += result.Raw;
            if (result.Raw < length)
                break;
        }

        return done;
    }

    private SysResult WriteRecord(GuestTask task, FileId file, ReadOnlySpan<Iovec> segments, long total)
    {
        if (total > MostRecord)
            return Errno.EMSGSIZE;
        Span<byte> record = RecordBuffer(total);
        if (!Gather(task, segments, 0, record, out SysResult stop))
            return stop;
        return _files.Current.Write(file, record, -1, task).TryGet(out int count, out Errno error) ? count : WriteFailed(task, file, error, 0);
    }

    private Span<byte> RecordBuffer(long length)
    {
        int size = (int)Math.Min(length, MostRecord);
        if (_record.Length < size)
            _record = new byte[Math.Max(size, PIPE_BUF)];
        return _record.AsSpan(0, size);
    }

    /// <summary>Takes from the segments what lies behind the first <paramref name="skip"/> bytes, until the destination is full.</summary>
    private static bool Gather(GuestTask task, ReadOnlySpan<Iovec> segments, long skip, Span<byte> destination, out SysResult stop)
    {
        stop = default;
        foreach (ref readonly Iovec segment in segments)
        {
            long length = (long)segment.iov_len;
            if (skip >= length)
            {
                skip -= length;
                continue;
            }

            int part = (int)Math.Min(destination.Length, length - skip);
            if (part > 0 && !task.Memory.TryRead(task, segment.iov_base + (ulong)skip, destination[..part], out stop))
                return false;
            destination = destination[part..];
            skip = 0;
        }

        return true;
    }

    /// <summary>Puts bytes into the segments, behind the first <paramref name="skip"/> bytes.</summary>
    private static bool Scatter(GuestTask task, ReadOnlySpan<Iovec> segments, long skip, ReadOnlySpan<byte> source, out SysResult stop)
    {
        stop = default;
        foreach (ref readonly Iovec segment in segments)
        {
            long length = (long)segment.iov_len;
            if (skip >= length)
            {
                skip -= length;
                continue;
            }

            int part = (int)Math.Min(source.Length, length - skip);
            if (part > 0 && !task.Memory.TryWrite(task, segment.iov_base + (ulong)skip, source[..part], out stop))
                return false;
            source = source[part..];
            skip = 0;
        }

        return true;
    }
}
