using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>rt_sigaction(2), rt_sigprocmask(2), rt_sigpending(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const ulong SigsetSize = 8;

    /// <summary>UAPI_SA_FLAGS and the x86 SA_RESTORER: what is kept; a program finds out by what rt_sigaction gives back.</summary>
    private const ulong KnownActionFlags = SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND
        | SA_EXPOSE_TAGBITS | SA_RESTORER;

    private SysResult RtSigaction(GuestTask task, int signal, UserPointer<Sigaction> act, UserPointer<Sigaction> oldact, ulong sigsetsize)
    {
        if (sigsetsize != SigsetSize)
            return Errno.EINVAL;
        Sigaction wanted = default;
        if (!act.IsNull && !act.TryRead(out wanted, out SysResult stop))
            return stop;
        if (signal is < 1 or > SignalNumbers.Count || (!act.IsNull && SignalSet.Unblockable.Contains((Signal)signal)))
            return Errno.EINVAL;
        SignalAction old = task.Group.SignalActions[signal];
        if (!act.IsNull)
        {
            var mask = new SignalSet(wanted.sa_mask & ~SignalSet.Unblockable.Bits);
            var action = new SignalAction(wanted.sa_handler, wanted.sa_flags & KnownActionFlags, wanted.sa_restorer, mask);
            _signals.Current.SetAction(task, (Signal)signal, in action);
        }

        if (oldact.IsNull)
            return SysResult.Zero;
        var previous = new Sigaction { sa_handler = old.Handler, sa_flags = old.Flags, sa_restorer = old.Restorer, sa_mask = old.Mask.Bits };
        return oldact.TryWrite(in previous, out stop) ? SysResult.Zero : stop;
    }

    private SysResult RtSigprocmask(GuestTask task, int how, UserPointer<ulong> set, UserPointer<ulong> oldset, ulong sigsetsize)
    {
        if (sigsetsize != SigsetSize)
            return Errno.EINVAL;
        SignalSet old = task.Signals.Blocked;
        if (!set.IsNull)
        {
            if (!set.TryRead(out ulong bits, out SysResult stop))
                return stop;
            switch (how)
            {
                case SIG_BLOCK:
                    _signals.Current.SetBlocked(task, new SignalSet(old.Bits | bits));
                    break;
                case SIG_UNBLOCK:
                    _signals.Current.SetBlocked(task, new SignalSet(old.Bits & ~bits));
                    break;
                case SIG_SETMASK:
                    _signals.Current.SetBlocked(task, new SignalSet(bits));
                    break;
                default:
                    return Errno.EINVAL;
            }
        }

        if (oldset.IsNull)
            return SysResult.Zero;
        return oldset.TryWrite(old.Bits, out SysResult fault) ? SysResult.Zero : fault;
    }

    private SysResult RtSigpending(GuestTask task, UserPointer<ulong> set, ulong sigsetsize)
    {
        if (sigsetsize > SigsetSize)
            return Errno.EINVAL;
        ulong bits = (task.Signals.Pending.Set.Bits | task.Group.PendingSignals.Set.Bits) & task.Signals.Blocked.Bits;
        ReadOnlySpan<byte> bytes = BitConverter.GetBytes(bits);
        return task.Memory.TryWrite(task, set.Address, bytes[..(int)sigsetsize], out SysResult stop) ? SysResult.Zero : stop;
    }
}
