using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2).</summary>
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

    private SysResult PidfdSendSignal(GuestTask task, Fd pidfd, int signal, UserPointer<Siginfo> info, uint flags)
    {
        if (flags != 0)
            return Errno.EINVAL;
        if (!TryGetFile(task, pidfd, out FileId file))
            return Errno.EBADF;
        if (!_special.Current.ProcessOf(file, orDirectory: true).TryGet(out int pid, out Errno error))
            return error;
        if (info.IsNull)
            return SendChecked(task, pid, 0, signal, SI_USER);
        if (!TryReadInfo(task, signal, info, out SignalInfo sent, out SysResult stop))
            return stop;
        if ((int)sent.Signal != signal)
            return Errno.EINVAL;
        if (sent.Code is >= SignalCode.SI_USER or SignalCode.SI_TKILL && task.Group.Pid != pid)
            return Errno.EPERM;
        return SendInfo(task, pid, 0, signal, in sent);
    }

    private SysResult PidfdGetfd(GuestTask task, Fd pidfd, Fd targetfd, uint flags)
    {
        if (flags != 0)
            return Errno.EINVAL;
        if (!TryGetProcess(task, pidfd, out _, out int pid, out Errno error))
            return error;
        if (_tasks.Find(pid) is not { State: < TaskState.Zombie } target)
            return Errno.ESRCH;
        if (!MayAccess(task, target))
            return Errno.EPERM;
        if (!target.Descriptors.TryGet(targetfd.Number, out Descriptor descriptor))
            return Errno.EBADF;
        _files.Current.AddReference(descriptor.File);
        return Install(task, descriptor.File, closeOnExec: true);
    }

    /// <summary>The process that a descriptor stands for: EBADF for any other file, ESRCH when it is gone.</summary>
    private bool TryGetProcess(GuestTask task, Fd pidfd, out FileId file, out int pid, out Errno error)
    {
        pid = 0;
        error = Errno.EBADF;
        return TryGetFile(task, pidfd, out file) && _special.Current.ProcessOf(file, orDirectory: false).TryGet(out pid, out error);
    }
}
