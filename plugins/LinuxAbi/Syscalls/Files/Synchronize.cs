using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>fsync(2), sync(2), sync_file_range(2), and the advice of posix_fadvise(2) and readahead(2), which nothing needs here.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Fsync(GuestTask task, Fd fd) => TryGetFile(task, fd, out FileId file) ? _control.Current.Synchronize(file) : Errno.EBADF;

    private SysResult Fdatasync(GuestTask task, Fd fd) => Fsync(task, fd);

    // What files on the host hold is the host's page cache's: sync(2) may return before it is on the disk, and always succeeds.
    private SysResult Sync(GuestTask task) => SysResult.Zero;

    private SysResult Syncfs(GuestTask task, Fd fd) => TryGetFile(task, fd, out _) ? SysResult.Zero : Errno.EBADF;

    private SysResult SyncFileRange(GuestTask task, Fd fd, long offset, long length, uint flags)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if ((flags & ~(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER)) != 0)
            return Errno.EINVAL;
        if (offset < 0 || length < 0 || offset > long.MaxValue - length)
            return Errno.EINVAL;
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        return attributes.Kind is FileKind.Regular or FileKind.BlockDevice or FileKind.Directory or FileKind.SymbolicLink
            ? SysResult.Zero
            : Errno.ESPIPE;
    }

    private SysResult Fadvise64(GuestTask task, Fd fd, long offset, long length, int advice)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_files.Current.Stat(file).TryGet(out NodeAttributes attributes, out Errno error))
            return error;
        if (attributes.Kind == FileKind.Fifo)
            return Errno.ESPIPE;
        return length < 0 || advice is < POSIX_FADV_NORMAL or > POSIX_FADV_NOREUSE ? Errno.EINVAL : SysResult.Zero;
    }

    private SysResult Readahead(GuestTask task, Fd fd, long offset, ulong count)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        if (!_control.Current.GetFlags(file).TryGet(out OpenFlags flags, out Errno error))
            return error;
        if ((flags & OpenFlags.O_ACCMODE) == OpenFlags.O_WRONLY || (flags & OpenFlags.O_PATH) != 0)
            return Errno.EBADF;
        return _files.Current.Stat(file).ValueOrDefault.Kind is FileKind.Regular or FileKind.BlockDevice ? SysResult.Zero : Errno.EINVAL;
    }
}
