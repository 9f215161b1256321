using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Signals;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>rt_sigtimedwait(2): takes a signal without a handler.</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult RtSigtimedwait(GuestTask task, UserPointer<ulong> set, UserPointer<Siginfo> info, UserPointer<Timespec> timeout, ulong sigsetsize)
    {
        if (sigsetsize != SigsetSize)
            return Errno.EINVAL;
        if (!set.TryRead(out ulong bits, out SysResult stop) || !TryGetTimeout(timeout, out long duration, out stop))
            return stop;
        var wanted = new SignalSet(bits & ~SignalSet.Unblockable.Bits);
        task.Signals.Awaited = default;
        if (_signals.Current.TryTake(task, wanted, out SignalInfo taken))
            return Deliver(task, info, in taken);
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        if (IsTimeOver(task, duration))
            return Errno.EAGAIN;
        task.Signals.Awaited = wanted;
        return WaitUntilDeadline(task, task.Wait.Begin(InterruptKind.NeverRestarted).On(WaitKind.Signal, (ulong)task.Tid));
    }

    private static SysResult Deliver(GuestTask task, UserPointer<Siginfo> info, in SignalInfo taken)
    {
        if (info.IsNull)
            return (long)taken.Signal;
        Span<byte> bytes = stackalloc byte[SignalInfoLayout.Size];
        SignalInfoLayout.Write(bytes, in taken);
        // The signal is gone even when its structure cannot be written.
        return task.Memory.TryWrite(task, info.Address, bytes, out SysResult stop) ? (long)taken.Signal : stop.IsWait ? Errno.EFAULT : stop;
    }
}
