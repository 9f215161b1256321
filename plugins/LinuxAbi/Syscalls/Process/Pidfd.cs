using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>pidfd_open(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult PidfdOpen(GuestTask task, int pid, uint flags)
    {
        if ((flags & ~O_NONBLOCK) != 0 || pid <= 0)
            return Errno.EINVAL;
        if (_tasks.Find(pid) is { } thread && thread.Group.Pid != pid)
            return Errno.EINVAL; // a thread, not a process
        return InstallNew(task, _special.Current.CreateProcess(pid, (OpenFlags)flags), (int)O_CLOEXEC);
    }
}
