using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Signals;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>rt_sigqueueinfo(2) and rt_tgsigqueueinfo(2): signals with a structure of the sender's.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult RtSigqueueinfo(GuestTask task, int pid, int signal, UserPointer<Siginfo> info)
    {
        if (!TryReadInfo(task, signal, info, out SignalInfo sent, out SysResult stop))
            return stop;
        // The kernel's own codes, and tkill's, are for oneself only: no program can pretend to be the kernel.
        if (sent.Code is >= SignalCode.SI_USER or SignalCode.SI_TKILL && task.Group.Pid != pid)
            return Errno.EPERM;
        return SendInfo(task, pid, 0, signal, in sent);
    }

    private SysResult RtTgsigqueueinfo(GuestTask task, int tgid, int tid, int signal, UserPointer<Siginfo> info)
    {
        if (!TryReadInfo(task, signal, info, out SignalInfo sent, out SysResult stop))
            return stop;
        if (tid <= 0 || tgid <= 0)
            return Errno.EINVAL;
        if (sent.Code is >= SignalCode.SI_USER or SignalCode.SI_TKILL && task.Tid != tid)
            return Errno.EPERM;
        return SendInfo(task, tgid, tid, signal, in sent);
    }

    private SysResult SendInfo(GuestTask task, int pid, int tid, int signal, in SignalInfo info)
    {
        Errno error = CheckSend(task, pid, tid, signal);
        return error != Errno.None || signal == 0 ? error : _processes.Current.Send(pid, tid, in info);
    }

    private static bool TryReadInfo(GuestTask task, int signal, UserPointer<Siginfo> info, out SignalInfo result, out SysResult stop)
    {
        result = default;
        Span<byte> bytes = stackalloc byte[SignalInfoLayout.Size];
        if (!task.Memory.TryRead(task, info.Address, bytes[..SignalInfoLayout.UsedSize], out stop))
            return false;
        var number = (Signal)(signal is >= 0 and <= SignalNumbers.Count ? signal : 0);
        result = SignalInfoLayout.Read(bytes, number);
        if (SignalInfoLayout.IsKnown(number, result.Code))
            return true;

        // What the kernel does not know may use the whole structure, of which it would lose the end (post_copy_siginfo_from_user).
        Span<byte> rest = bytes[SignalInfoLayout.UsedSize..];
        if (!task.Memory.TryRead(task, info.Address + SignalInfoLayout.UsedSize, rest, out stop))
            return false;
        stop = Errno.E2BIG;
        return !rest.ContainsAnyExcept((byte)0);
    }
}
