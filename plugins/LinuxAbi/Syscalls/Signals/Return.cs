using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Signals;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>rt_sigreturn(2) and restart_syscall(2).</summary>
internal sealed partial class LinuxSyscalls
{
    private SysResult RtSigreturn(GuestTask task)
    {
        if (!_frames.TryPop(task, out FrameContent content, out SysResult stop))
        {
            if (stop.IsWait)
                return stop;
            _signals.Current.SetBlocked(task, content.Blocked);
            _signals.Current.Force(task, new SignalInfo(Signal.SIGSEGV, SignalCode.SI_KERNEL));
            return SysResult.NoReturn;
        }

        if (task.Trace is { } trace)
            trace.Call = -1; // the registers are those of no call any more

        // A call that was to go on with restart_syscall ends with EINTR from now on: its handler may have taken any time.
        task.RestartBlock.IsSet = false;
        _signals.Current.SetBlocked(task, content.Blocked);
        SetAlternateStack(task.Signals, task.Cpu[GuestRegister.Rsp], content.Stack);
        if (content.HasBadSelector)
        {
            // IRET raises #GP, which Linux turns into the program's own.
            task.Signals.Fault = task.Signals.Fault with { Vector = (byte)ExceptionVector.GeneralProtection };
            _signals.Current.Force(task, new SignalInfo(Signal.SIGSEGV, SignalCode.SI_KERNEL));
        }

        return SysResult.NoReturn;
    }

    /// <summary>Goes on with a call that a signal without a handler has interrupted. The kernel calls it; a program that does gets EINTR.</summary>
    private SysResult RestartSyscall(GuestTask task)
    {
        RestartBlock block = task.RestartBlock;
        if (!block.IsSet)
            return Errno.EINTR;
        if (task.Restart.Reason == WakeReason.None)
        {
            task.Restart.Reason = WakeReason.Restarted;
            task.Restart.DeadlineNanoseconds = block.DeadlineNanoseconds;
        }

        Contracts.Abi.SyscallFrame frame = block.Frame;
        return Dispatch(task, in frame);
    }
}
