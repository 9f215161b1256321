using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>fallocate(2).</summary>
internal sealed partial class LinuxSyscalls
{
    /// <summary>What ranges that go or come must be multiples of.</summary>
    private const long AllocationBlock = 4096;

    /// <summary>TMPFS_MAGIC (statfs(2)).</summary>
    private const ulong TmpFsMagic = 0x01021994;

    private SysResult Fallocate(GuestTask task, Fd fd, int mode, long offset, long length)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (offset < 0 || length <= 0)
            return Errno.EINVAL;
        bool keepsSize = (mode & FALLOC_FL_KEEP_SIZE) != 0;
        int what = mode & ~FALLOC_FL_KEEP_SIZE;
        if (what is not (0 or FALLOC_FL_ZERO_RANGE or FALLOC_FL_PUNCH_HOLE or FALLOC_FL_COLLAPSE_RANGE or FALLOC_FL_INSERT_RANGE))
            return Errno.EOPNOTSUPP;
        if (what == FALLOC_FL_PUNCH_HOLE ? !keepsSize : keepsSize && what is FALLOC_FL_COLLAPSE_RANGE or FALLOC_FL_INSERT_RANGE)
            return Errno.EOPNOTSUPP; // A hole keeps the size; the others cannot.
        if (!CheckAccess(file, OpenFlags.O_WRONLY, out Errno error))
            return error;
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out error))
            return error;
        if (attributes.Kind == FileKind.Fifo)
            return Errno.ESPIPE;
        if (attributes.Kind != FileKind.Regular)
            return attributes.Kind == FileKind.Directory ? Errno.EISDIR : Errno.ENODEV;
        if (offset > long.MaxValue - length)
            return Errno.EFBIG;
        if (what is not (0 or FALLOC_FL_PUNCH_HOLE) && IsOfTmpFs(file))
            return Errno.EOPNOTSUPP;
        if (what is FALLOC_FL_COLLAPSE_RANGE or FALLOC_FL_INSERT_RANGE)
            return MoveContent(task, file, in attributes, offset, length, inserts: what == FALLOC_FL_INSERT_RANGE);
        if (what != 0)
        {
            error = what == FALLOC_FL_PUNCH_HOLE
                ? PunchHole(file, offset, offset + length, attributes.Size)
                : WriteZeros(file, offset, Math.Min(offset + length, attributes.Size));
            if (error != Errno.None)
                return error;
        }

        if (keepsSize || offset + length <= attributes.Size)
            return SysResult.Zero;
        return TryLimitSize(task, in attributes, offset + length, out SysResult stop)
            ? _control.Current.SetAttributes(task, file, new AttributeChange { Size = offset + length })
            : stop;
    }

    /// <summary>Whole pages become a hole where the file system has such, and zeros elsewhere, as the pieces at both ends do.</summary>
    private Errno PunchHole(FileId file, long from, long to, long size)
    {
        const int PageShift = 12;
        const long PageSize = 1 << PageShift;
        to = Math.Min(to, (size + PageSize - 1) & -PageSize);
        long first = (from + PageSize - 1) >> PageShift;
        long end = to >> PageShift;
        Errno error = first < end ? _control.Current.PunchHole(file, first, end) : Errno.EOPNOTSUPP;
        if (error == Errno.EOPNOTSUPP)
            return WriteZeros(file, from, Math.Min(to, size));
        if (error == Errno.None)
            error = WriteZeros(file, from, Math.Min(first << PageShift, size));
        return error == Errno.None ? WriteZeros(file, end << PageShift, Math.Min(to, size)) : error;
    }

    /// <summary>FALLOC_FL_COLLAPSE_RANGE and FALLOC_FL_INSERT_RANGE: what lies behind the range moves to its start, or behind it.</summary>
    private SysResult MoveContent(GuestTask task, FileId file, in NodeAttributes attributes, long offset, long length, bool inserts)
    {
        long size = attributes.Size;
        if (((offset | length) & (AllocationBlock - 1)) != 0 || offset >= size || (!inserts && offset + length >= size))
            return Errno.EINVAL;
        if (inserts && length > long.MaxValue - size)
            return Errno.EFBIG;
        return _control.Current.MoveContent(task, file, offset, inserts ? length : -length);
    }

    private bool IsOfTmpFs(FileId file) => _mounts.Current.GetStatistics(file).TryGet(out FileSystemStatistics statistics, out _) && statistics.Magic == TmpFsMagic;

    private Errno WriteZeros(FileId file, long from, long to)
    {
        byte[] zeros = CopyBuffer;
        Array.Clear(zeros);
        while (from < to)
        {
            if (!_files.Current.Write(file, zeros.AsSpan(0, (int)Math.Min(zeros.Length, to - from)), from).TryGet(out int count, out Errno error))
                return error;
            from += count;
        }

        return Errno.None;
    }
}
