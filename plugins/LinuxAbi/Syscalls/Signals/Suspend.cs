using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>pause(2) and rt_sigsuspend(2): waits that only a signal's handler ends.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult Pause(GuestTask task) =>
        task.Restart.Reason == WakeReason.Interrupted ? Errno.EINTR : SysResult.Wait(task.Wait.Begin(InterruptKind.RestartUnlessHandled));

    private SysResult RtSigsuspend(GuestTask task, UserPointer<ulong> mask, ulong sigsetsize)
    {
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        if (sigsetsize != SigsetSize)
            return Errno.EINVAL;
        if (!mask.TryRead(out ulong bits, out SysResult stop))
            return stop;
        _signals.Current.BlockDuringCall(task, new SignalSet(bits));
        return SysResult.Wait(task.Wait.Begin(InterruptKind.RestartUnlessHandled));
    }
}
