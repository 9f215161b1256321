using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>ptrace(2): who may, and which way a request goes. Its families are in files of their own, the stops in the Process plugin.</summary>
internal sealed partial class LinuxSyscalls
{
    private const TraceOptions KnownTraceOptions = TraceOptions.PTRACE_O_TRACESYSGOOD | TraceOptions.PTRACE_O_TRACEFORK | TraceOptions.PTRACE_O_TRACEVFORK
        | TraceOptions.PTRACE_O_TRACECLONE | TraceOptions.PTRACE_O_TRACEEXEC | TraceOptions.PTRACE_O_TRACEVFORKDONE | TraceOptions.PTRACE_O_TRACEEXIT
        | TraceOptions.PTRACE_O_EXITKILL;

    private SysResult Ptrace(GuestTask task, long request, int pid, ulong address, ulong data)
    {
        if (request == PTRACE_TRACEME)
            return _tracing.Current.TraceMe(task);
        if (_tasks.Find(pid) is not { } target)
            return Errno.ESRCH;
        if (request is PTRACE_ATTACH or PTRACE_SEIZE)
            return AttachTo(task, target, request == PTRACE_SEIZE, address, data);
        if (target.Trace is not { } trace || trace.TracerTid != task.Tid || target.State >= TaskState.Zombie)
            return Errno.ESRCH;
        if (request == PTRACE_KILL)
        {
            _processes.Current.Send(target.Group.Pid, target.Tid, new SignalInfo(Signal.SIGKILL, SignalCode.SI_USER));
            return SysResult.Zero;
        }

        if (request == PTRACE_INTERRUPT)
            return _tracing.Current.Interrupt(target, listens: false);
        if (trace.Stop == TraceStop.None || trace.IsListening || target.IsKilled)
            return Errno.ESRCH;
        return request switch
        {
            PTRACE_CONT => GoOn(target, TraceResume.Continue, data),
            PTRACE_SYSCALL => GoOn(target, TraceResume.Calls, data),
            PTRACE_SINGLESTEP => GoOn(target, TraceResume.Step, data),
            PTRACE_SYSEMU => GoOn(target, TraceResume.Emulate, data),
            PTRACE_SYSEMU_SINGLESTEP => GoOn(target, TraceResume.EmulateStep, data),
            PTRACE_ARCH_PRCTL => SetBase(task, target, (int)data, address),
            PTRACE_DETACH => LetGo(target, data),
            PTRACE_LISTEN => _tracing.Current.Interrupt(target, listens: true),
            PTRACE_SETOPTIONS => SetTraceOptions(trace, data),
            PTRACE_GETEVENTMSG => Answer(task, data, trace.EventMessage),
            PTRACE_PEEKTEXT or PTRACE_PEEKDATA => PeekWord(task, target, address, data),
            PTRACE_POKETEXT or PTRACE_POKEDATA => PokeWord(target, address, data),
            PTRACE_PEEKUSER => PeekUser(task, target, trace, address, data),
            PTRACE_POKEUSER => PokeUser(target, trace, address, data),
            PTRACE_GETREGS => GetRegisters(task, target, trace, data, RegistersSize, out _),
            PTRACE_SETREGS => SetRegisters(task, target, trace, data, RegistersSize, out _),
            PTRACE_GETFPREGS => GetExtendedState(task, target, data, LegacyStateSize, out _),
            PTRACE_SETFPREGS => SetExtendedState(task, target, data, LegacyStateSize, out _),
            PTRACE_GETREGSET => RegisterSet(task, target, trace, address, data, writes: false),
            PTRACE_SETREGSET => RegisterSet(task, target, trace, address, data, writes: true),
            PTRACE_GETSIGINFO => GetStopInfo(task, trace, data),
            PTRACE_SETSIGINFO => SetStopInfo(task, trace, data),
            PTRACE_PEEKSIGINFO => PeekPending(task, target, address, data),
            PTRACE_GETSIGMASK => GetTraceeMask(task, target, address, data),
            PTRACE_SETSIGMASK => SetTraceeMask(task, target, address, data),
            PTRACE_GET_SYSCALL_INFO => GetCallInfo(task, target, trace, address, data),
            _ => Errno.EIO,
        };
    }

    private SysResult AttachTo(GuestTask task, GuestTask target, bool seizes, ulong address, ulong options)
    {
        if (seizes && (address != 0 || (options & ~(ulong)KnownTraceOptions) != 0))
            return Errno.EIO;
        if (ReferenceEquals(task.Group, target.Group) || !MayAccess(task, target))
            return Errno.EPERM;
        return _tracing.Current.Attach(task, target, seizes, seizes ? (TraceOptions)options : TraceOptions.None);
    }

    private SysResult GoOn(GuestTask target, TraceResume how, ulong signal)
    {
        if (signal > SignalNumbers.Count)
            return Errno.EIO;
        _tracing.Current.Resume(target, how, (Signal)signal);
        return SysResult.Zero;
    }

    private SysResult LetGo(GuestTask target, ulong signal)
    {
        if (signal > SignalNumbers.Count)
            return Errno.EIO;
        _tracing.Current.Detach(target, (Signal)signal);
        return SysResult.Zero;
    }

    private static SysResult SetTraceOptions(TraceState trace, ulong options)
    {
        if ((options & ~(ulong)KnownTraceOptions) != 0)
            return Errno.EINVAL;
        trace.Options = (TraceOptions)options;
        return SysResult.Zero;
    }

    private static SysResult Answer(GuestTask task, ulong address, ulong value) =>
        new UserPointer<ulong>(task, address).TryWrite(value, out SysResult stop) ? SysResult.Zero : stop;
}
