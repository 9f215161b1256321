using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>setns(2) of a machine without namespaces: nothing can be joined, and the errors are Linux's.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Setns(GuestTask task, Fd fd, ulong nstype)
    {
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        // Neither a file that stands for no namespace, nor a process's of kinds that the kernel was built without.
        bool isGone = !_special.Current.ProcessOf(file, orDirectory: false).TryGet(out _, out Errno error) && error == Errno.ESRCH;
        return isGone && nstype != 0 && ((CloneFlags)nstype & ~CloneFlagSets.Namespaces) == 0 ? Errno.ESRCH : Errno.EINVAL;
    }
}
