using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>inotify_init(2), inotify_add_watch(2), inotify_rm_watch(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const uint AllWatchBits = 0xFFF | IN_UNMOUNT | IN_Q_OVERFLOW | IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | IN_MASK_CREATE
        | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT;

    private SysResult InotifyInit(GuestTask task) => InotifyInit1(task, 0);

    private SysResult InotifyInit1(GuestTask task, int flags) =>
        (flags & ~(IN_CLOEXEC | IN_NONBLOCK)) != 0
            ? Errno.EINVAL
            : InstallNew(task, _watches.Current.Create(task.Credentials.RealUser, (OpenFlags)flags & OpenFlags.O_NONBLOCK), flags);

    private SysResult InotifyAddWatch(GuestTask task, Fd fd, UserString path, uint mask)
    {
        if ((mask & AllWatchBits) == 0)
            return Errno.EINVAL;
        if (!TryGetFile(task, fd, out FileId queue))
            return Errno.EBADF;
        if ((mask & (IN_MASK_ADD | IN_MASK_CREATE)) == (IN_MASK_ADD | IN_MASK_CREATE))
            return Errno.EINVAL;
        if (!TryGetPath(task, WorkingDirectory, path, out PathStart start, out ReadOnlySpan<byte> text, out SysResult stop))
            return stop;
        return SysResult.From(_watches.Current.Add(queue, in start, text, mask));
    }

    private SysResult InotifyRmWatch(GuestTask task, Fd fd, int wd) =>
        TryGetFile(task, fd, out FileId queue) ? _watches.Current.Remove(queue, wd) : Errno.EBADF;
}
