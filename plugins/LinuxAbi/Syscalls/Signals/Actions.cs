using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>rt_sigaction(2), rt_sigprocmask(2), rt_sigpending(2), sigaltstack(2), pause(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private const ulong SigsetSize = 8;

    /// <summary>UAPI_SA_FLAGS and the x86 SA_RESTORER: what is kept; a program finds out by what rt_sigaction gives back.</summary>
    private const ulong KnownActionFlags = SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND
        | SA_EXPOSE_TAGBITS | SA_RESTORER;

    /// <summary>The signals whose default is to be ignored (signal(7)).</summary>
    private static SignalSet IgnoredByDefault =>
        default(SignalSet).With(Signal.SIGCHLD).With(Signal.SIGCONT).With(Signal.SIGURG).With(Signal.SIGWINCH);

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
            task.Group.SignalActions[signal] = new SignalAction(wanted.sa_handler, wanted.sa_flags & KnownActionFlags, wanted.sa_restorer, mask);
            bool ignored = wanted.sa_handler == SIG_IGN || (wanted.sa_handler == SIG_DFL && IgnoredByDefault.Contains((Signal)signal));
            if (ignored)
                Discard(task, (Signal)signal);
        }

        if (oldact.IsNull)
            return SysResult.Zero;
        var previous = new Sigaction { sa_handler = old.Handler, sa_flags = old.Flags, sa_restorer = old.Restorer, sa_mask = old.Mask.Bits };
        return oldact.TryWrite(in previous, out stop) ? SysResult.Zero : stop;
    }

    /// <summary>A signal that is ignored from now on is pending no more (POSIX, sigaction).</summary>
    private void Discard(GuestTask task, Signal signal)
    {
        task.Group.PendingSignals.Remove(new SignalSet(0).With(signal));
        foreach (int tid in task.Group.Threads)
            _tasks.Find(tid)?.Signals.Pending.Remove(new SignalSet(0).With(signal));
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
            bits &= ~SignalSet.Unblockable.Bits;
            switch (how)
            {
                case SIG_BLOCK:
                    SetBlocked(task, new SignalSet(old.Bits | bits));
                    break;
                case SIG_UNBLOCK:
                    SetBlocked(task, new SignalSet(old.Bits & ~bits));
                    break;
                case SIG_SETMASK:
                    SetBlocked(task, new SignalSet(bits));
                    break;
                default:
                    return Errno.EINVAL;
            }
        }

        if (oldset.IsNull)
            return SysResult.Zero;
        return oldset.TryWrite(old.Bits, out SysResult fault) ? SysResult.Zero : fault;
    }

    private static void SetBlocked(GuestTask task, SignalSet blocked)
    {
        task.Signals.Blocked = blocked;
        // What was pending behind the mask must be looked at before the task runs on.
        if (task.Signals.Pending.Count > 0 || task.Group.PendingSignals.Count > 0)
            task.HasSignalWork = true;
    }

    private SysResult RtSigpending(GuestTask task, UserPointer<ulong> set, ulong sigsetsize)
    {
        if (sigsetsize > SigsetSize)
            return Errno.EINVAL;
        var pending = default(SignalSet);
        foreach (SignalInfo info in task.Signals.Pending.Span)
            pending = pending.With(info.Signal);
        foreach (SignalInfo info in task.Group.PendingSignals.Span)
            pending = pending.With(info.Signal);
        ulong bits = pending.Bits & task.Signals.Blocked.Bits;
        ReadOnlySpan<byte> bytes = BitConverter.GetBytes(bits);
        return task.Memory.TryWrite(task, set.Address, bytes[..(int)sigsetsize], out SysResult stop) ? SysResult.Zero : stop;
    }

    private SysResult Sigaltstack(GuestTask task, UserPointer<StackT> ss, UserPointer<StackT> oldSs)
    {
        StackT wanted = default;
        if (!ss.IsNull && !ss.TryRead(out wanted, out SysResult stop))
            return stop;
        SignalState signals = task.Signals;
        var old = new StackT { ss_sp = signals.AlternateStack, ss_size = signals.AlternateStackSize, ss_flags = AlternateStackFlags(task) };
        if (!ss.IsNull)
        {
            const ulong MinimumSize = 2048; // MINSIGSTKSZ
            if ((old.ss_flags & SS_ONSTACK) != 0)
                return Errno.EPERM;
            uint mode = wanted.ss_flags & ~SS_AUTODISARM;
            if (mode is not (0 or SS_ONSTACK or SS_DISABLE))
                return Errno.EINVAL;
            if (mode == SS_DISABLE)
                wanted.ss_sp = wanted.ss_size = 0;
            else if (wanted.ss_size < MinimumSize)
                return Errno.ENOMEM;
            signals.AlternateStack = wanted.ss_sp;
            signals.AlternateStackSize = wanted.ss_size;
            signals.AlternateStackFlags = wanted.ss_flags;
        }

        if (oldSs.IsNull)
            return SysResult.Zero;
        return oldSs.TryWrite(in old, out stop) ? SysResult.Zero : stop;
    }

    private static uint AlternateStackFlags(GuestTask task)
    {
        SignalState signals = task.Signals;
        uint flags = signals.AlternateStackFlags & SS_AUTODISARM;
        if (signals.AlternateStackSize == 0)
            return flags | SS_DISABLE;
        ulong pointer = task.Cpu[Contracts.Platform.GuestRegister.Rsp];
        bool inside = pointer > signals.AlternateStack && pointer - signals.AlternateStack <= signals.AlternateStackSize;
        return flags | (inside && flags == 0 ? SS_ONSTACK : 0);
    }

    private SysResult Pause(GuestTask task)
    {
        if (task.Restart.Reason == WakeReason.Interrupted)
            return Errno.EINTR;
        return SysResult.Wait(task.Wait.Begin(InterruptKind.RestartBlock).On(WaitKind.Signal, (ulong)task.Tid));
    }
}
