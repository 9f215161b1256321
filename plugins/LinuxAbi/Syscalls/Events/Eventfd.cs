using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>eventfd(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Eventfd(GuestTask task, uint initval) => Eventfd2(task, initval, 0);

    private SysResult Eventfd2(GuestTask task, uint initval, int flags)
    {
        if ((flags & ~(EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK)) != 0)
            return Errno.EINVAL;
        return InstallNew(task, _special.Current.CreateCounter(initval, (flags & EFD_SEMAPHORE) != 0, (OpenFlags)flags & OpenFlags.O_NONBLOCK), flags);
    }

    /// <summary>Gives a file just made a number; <paramref name="flags"/> may hold O_CLOEXEC, whose value all such calls share.</summary>
    private SysResult InstallNew(GuestTask task, Result<FileId> made, int flags) =>
        made.TryGet(out FileId file, out Errno error) ? Install(task, file, (flags & (int)O_CLOEXEC) != 0) : error;
}
