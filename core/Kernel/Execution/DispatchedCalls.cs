using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Kernel.Execution;

/// <summary>
/// Sends a thread's calls to its own handler of SIGSYS where it has asked for that (<see cref="UserDispatch"/>; prctl(2),
/// PR_SET_SYSCALL_USER_DISPATCH). Comes before tracers and observers: they see nothing of such a call, as on Linux.
/// </summary>
internal static class DispatchedCalls
{
    private const byte SYSCALL_DISPATCH_FILTER_ALLOW = 0;
    private const byte SYSCALL_DISPATCH_FILTER_BLOCK = 1;
    private const int SYS_USER_DISPATCH = 2;
    private const int SI_KERNEL = 0x80;
    private const uint AUDIT_ARCH_X86_64 = 0xC000_003E;
    private const ulong InstructionLength = 2;

    /// <summary>Whether a call that a task is about to make goes to its handler, or ends it; no call is made then.</summary>
    /// <param name="task">A task with <see cref="GuestTask.UserDispatch"/>, behind its <c>syscall</c> instruction.</param>
    /// <param name="dispatch">What it has asked for.</param>
    /// <param name="signals">Sends the signal.</param>
    /// <param name="waits">Whether the task is to be parked, since a page of its is being fetched; it then makes the instruction again.</param>
    public static bool Take(GuestTask task, UserDispatch dispatch, ISignals signals, out bool waits)
    {
        waits = false;
        CpuContext registers = task.Cpu;
        if (registers.Rip - dispatch.Start < dispatch.Length)
            return false;
        if (dispatch.Selector != 0)
        {
            Span<byte> selector = stackalloc byte[1];
            if (!task.Memory.TryRead(task, dispatch.Selector, selector, out SysResult stop))
            {
                waits = stop.IsWait;
                if (waits)
                    registers.Rip -= InstructionLength;
                else
                    End(task, signals, Signal.SIGSEGV);
                return true;
            }

            if (selector[0] == SYSCALL_DISPATCH_FILTER_ALLOW)
                return false;
            if (selector[0] != SYSCALL_DISPATCH_FILTER_BLOCK)
            {
                End(task, signals, Signal.SIGSYS);
                return true;
            }
        }

        // RAX keeps the call's number: the handler finds all registers as the instruction left them.
        ulong number = (uint)registers[GuestRegister.Rax];
        signals.Force(task, new SignalInfo(Signal.SIGSYS, SYS_USER_DISPATCH, Address: registers.Rip, Value: number | (ulong)AUDIT_ARCH_X86_64 << 32));
        return true;
    }

    /// <summary>No handler is asked: what the thread registered makes no sense.</summary>
    private static void End(GuestTask task, ISignals signals, Signal signal)
    {
        signals.SetAction(task, signal, default);
        signals.Force(task, new SignalInfo(signal, SI_KERNEL));
    }
}
