using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>statfs(2) and fstatfs(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Statfs(GuestTask task, UserString path, UserPointer<Statfs> buffer)
    {
        if (!TryGetPath(task, WorkingDirectory, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        if (!_vfs.Current.Open(in start, text, OpenFlags.O_PATH, 0).TryGet(out FileId file, out Errno error))
            return error;
        SysResult result = WriteStatistics(file, buffer);
        _files.Current.Release(file);
        return result;
    }

    private SysResult Fstatfs(GuestTask task, Fd fd, UserPointer<Statfs> buffer) =>
        TryGetFile(task, fd, out FileId file) ? WriteStatistics(file, buffer) : Errno.EBADF;

    private SysResult WriteStatistics(FileId file, UserPointer<Statfs> buffer)
    {
        if (!_mounts.Current.GetStatistics(file).TryGet(out FileSystemStatistics statistics, out Errno error))
            return error;
        var result = new Statfs
        {
            f_type = (long)statistics.Magic,
            f_bsize = statistics.BlockSize,
            f_blocks = (ulong)statistics.Blocks,
            f_bfree = (ulong)statistics.FreeBlocks,
            f_bavail = (ulong)statistics.FreeBlocks,
            f_files = (ulong)statistics.Files,
            f_ffree = (ulong)statistics.FreeFiles,
            f_fsid = statistics.Id,
            f_namelen = statistics.NameMaximum,
            f_frsize = statistics.BlockSize,
            f_flags = (long)statistics.Flags | ST_VALID,
        };
        return buffer.TryWrite(in result, out SysResult stop) ? SysResult.Zero : stop;
    }
}
