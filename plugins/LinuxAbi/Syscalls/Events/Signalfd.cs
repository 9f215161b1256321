using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Contracts.Vfs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>signalfd(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Signalfd(GuestTask task, Fd fd, UserPointer<ulong> mask, ulong sigsetsize) => Signalfd4(task, fd, mask, sigsetsize, 0);

    private SysResult Signalfd4(GuestTask task, Fd fd, UserPointer<ulong> mask, ulong sigsetsize, int flags)
    {
        if (sigsetsize != SigsetSize)
            return Errno.EINVAL;
        if (!mask.TryRead(out ulong bits, out SysResult stop))
            return stop;
        if ((flags & ~(SFD_CLOEXEC | SFD_NONBLOCK)) != 0)
            return Errno.EINVAL;
        var signals = new SignalSet(bits);
        if (fd.Number == -1)
            return InstallNew(task, _special.Current.CreateSignals(signals, (OpenFlags)flags & OpenFlags.O_NONBLOCK), flags);
        if (!TryGetFile(task, fd, out FileId file))
            return Errno.EBADF;
        Errno error = _special.Current.SetSignals(file, signals);
        if (error != Errno.None)
            return error;
        _queues.Wake(_events.Current.KeyOf(file, task));
        return fd.Number;
    }
}
