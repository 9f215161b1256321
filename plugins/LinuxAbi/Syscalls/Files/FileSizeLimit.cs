using System.Runtime.CompilerServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>
/// RLIMIT_FSIZE (getrlimit(2)): regular files are not written beyond it. A transfer that crosses the limit is shortened to it; one that
/// begins there, and a change of the size to more than it, gives EFBIG and SIGXFSZ (generic_write_check_limits, inode_newsize_ok).
/// </summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>Shortens a write of <paramref name="total"/> bytes at <paramref name="offset"/> (-1: the file's position) to the limit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryLimitWrite(GuestTask task, FileId file, long offset, ref long total, out SysResult stop)
    {
        ulong limit = task.Group.Limits[(int)RLIMIT_FSIZE].Soft;
        stop = default;
        return limit == ResourceLimit.Infinity || TryLimitWrite(task, file, offset, limit, ref total, out stop);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryLimitWrite(GuestTask task, FileId file, long offset, ulong limit, ref long total, out SysResult stop)
    {
        stop = default;
        if (total == 0 || !IsLimited(file, out NodeAttributes attributes))
            return true;
        long position = IsAppending(file) ? attributes.Size : offset >= 0 ? offset : _files.Current.Seek(file, 0, SEEK_CUR).ValueOrDefault;
        if ((ulong)position >= limit)
        {
            stop = ExceedFileSize(task);
            return false;
        }

        total = (long)Math.Min((ulong)total, limit - (ulong)position);
        return true;
    }

    /// <summary>The same for a vector.</summary>
    private bool TryLimitWrite(GuestTask task, FileId file, long offset, ref ReadOnlySpan<Iovec> segments, ref long total, out SysResult stop)
    {
        long wanted = total;
        if (!TryLimitWrite(task, file, offset, ref total, out stop))
            return false;
        if (total == wanted)
            return true;

        // The segments are this class's own copies (TryGetSegments).
        Span<Iovec> copies = _segments.AsSpan(0, segments.Length);
        long left = total;
        int count = 0;
        while (left > 0)
        {
            ref Iovec segment = ref copies[count++];
            segment.iov_len = Math.Min(segment.iov_len, (ulong)left);
            left -= (long)segment.iov_len;
        }

        segments = copies[..count];
        return true;
    }

    /// <summary>Whether a file may be given a size: EFBIG when that is more than it has and more than the limit.</summary>
    private bool TryLimitSize(GuestTask task, in NodeAttributes attributes, long size, out SysResult stop)
    {
        stop = default;
        if (attributes.Kind != FileKind.Regular || size <= attributes.Size || (ulong)size <= task.Group.Limits[(int)RLIMIT_FSIZE].Soft)
            return true;
        stop = ExceedFileSize(task);
        return false;
    }

    private bool IsLimited(FileId file, out NodeAttributes attributes) =>
        _files.Current.Stat(file).TryGet(out attributes, out _) && attributes.Kind == FileKind.Regular && CheckAccess(file, OpenFlags.O_WRONLY, out _);

    private SysResult ExceedFileSize(GuestTask task)
    {
        SendToSelf(task, Signal.SIGXFSZ);
        return Errno.EFBIG;
    }
}
