using System.Runtime.InteropServices;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>PTRACE_GETREGS, PTRACE_PEEKUSER and their like: struct user_regs_struct of x86_64 (sys/user.h), 27 words.</summary>
internal sealed partial class LinuxSyscalls
{
    private const int RegisterWords = 27;
    private const ulong RegistersSize = RegisterWords * 8;
    private const ulong UserAreaSize = 928; // struct user
    private const ulong DebugRegisters = 848; // u_debugreg
    private const ulong DebugRegistersEnd = 912;
    private const int WordRax = 10;
    private const int WordOrigRax = 15;
    private const int WordRip = 16;
    private const int WordCs = 17;
    private const int WordFlags = 18;
    private const int WordRsp = 19;
    private const int WordSs = 20;
    private const int WordFsBase = 21;
    private const int WordGsBase = 22;
    private const ulong TracedCode = 0x33;
    private const ulong TracedData = 0x2B;

    /// <summary>The general registers as the structure has them; RSP lies apart.</summary>
    private static readonly GuestRegister[] TracedOrder =
    [
        GuestRegister.R15, GuestRegister.R14, GuestRegister.R13, GuestRegister.R12, GuestRegister.Rbp, GuestRegister.Rbx, GuestRegister.R11, GuestRegister.R10,
        GuestRegister.R9, GuestRegister.R8, GuestRegister.Rax, GuestRegister.Rcx, GuestRegister.Rdx, GuestRegister.Rsi, GuestRegister.Rdi,
    ];

    private static SysResult GetRegisters(GuestTask task, GuestTask target, TraceState trace, ulong address, ulong size, out int done)
    {
        Span<ulong> words = stackalloc ulong[RegisterWords];
        ReadWords(target, trace, words);
        done = (int)Math.Min(size, RegistersSize);
        return task.Memory.TryWrite(task, address, MemoryMarshal.AsBytes(words)[..done], out SysResult stop) ? SysResult.Zero : stop;
    }

    private static SysResult SetRegisters(GuestTask task, GuestTask target, TraceState trace, ulong address, ulong size, out int done)
    {
        Span<ulong> words = stackalloc ulong[RegisterWords];
        ReadWords(target, trace, words);
        done = (int)Math.Min(size, RegistersSize);
        if (!task.Memory.TryRead(task, address, MemoryMarshal.AsBytes(words)[..done], out SysResult stop))
            return stop;
        for (int i = 0; i < RegisterWords; i++)
        {
            if (!IsWordValid(i, words[i]))
                return Errno.EIO;
        }

        // The call first: what RAX means depends on it.
        WriteWord(target, trace, WordRax, words[WordRax]);
        for (int i = 0; i < RegisterWords; i++)
        {
            if (i is not (WordRax or WordOrigRax))
                WriteWord(target, trace, i, words[i]);
        }

        WriteWord(target, trace, WordOrigRax, words[WordOrigRax]);
        return SysResult.Zero;
    }

    private static SysResult PeekUser(GuestTask task, GuestTask target, TraceState trace, ulong offset, ulong data)
    {
        if ((offset & 7) != 0 || offset >= UserAreaSize)
            return Errno.EIO;
        Span<ulong> words = stackalloc ulong[RegisterWords];
        ReadWords(target, trace, words);
        return Answer(task, data, offset < RegistersSize ? words[(int)(offset / 8)] : 0);
    }

    /// <summary>Debug registers can be cleared alone: the machine's processors have none for programs.</summary>
    private static SysResult PokeUser(GuestTask target, TraceState trace, ulong offset, ulong value)
    {
        if ((offset & 7) != 0 || offset >= UserAreaSize)
            return Errno.EIO;
        if (offset >= RegistersSize)
            return offset is >= DebugRegisters and < DebugRegistersEnd && value == 0 ? SysResult.Zero : Errno.EIO;
        int word = (int)(offset / 8);
        if (!IsWordValid(word, value))
            return Errno.EIO;
        WriteWord(target, trace, word, value);
        return SysResult.Zero;
    }

    private static void ReadWords(GuestTask target, TraceState trace, Span<ulong> words)
    {
        CpuContext cpu = target.Cpu;
        for (int i = 0; i < TracedOrder.Length; i++)
            words[i] = cpu[TracedOrder[i]];
        words[WordOrigRax] = (ulong)CallOf(target, trace);
        if (trace.IsInCall)
            words[WordRax] = trace.CallResult;
        words[WordRip] = cpu.Rip;
        words[WordCs] = TracedCode;
        words[WordFlags] = cpu.Rflags;
        words[WordRsp] = cpu[GuestRegister.Rsp];
        words[WordSs] = TracedData;
        words[WordFsBase] = cpu.FsBase;
        words[WordGsBase] = cpu.GsBase;
        words[(WordGsBase + 1)..].Clear();
    }

    private static long CallOf(GuestTask target, TraceState trace)
    {
        if (trace.IsInCall)
            return trace.IsCallSkipped ? -1 : (uint)target.Cpu[GuestRegister.Rax];
        return target.Restart.Interrupted != InterruptKind.NeverRestarted ? target.Restart.Number : trace.Call;
    }

    /// <summary>Selectors that ring 3 cannot have, and bases beyond user space, are refused (arch/x86/kernel/ptrace.c, putreg).</summary>
    private static bool IsWordValid(int word, ulong value) => word switch
    {
        WordCs or WordSs => (value & 3) == 3,
        WordFsBase or WordGsBase => value < UserBuffer.AddressLimit,
        > WordGsBase => (ushort)value == 0 || (value & 3) == 3,
        _ => true,
    };

    private static void WriteWord(GuestTask target, TraceState trace, int word, ulong value)
    {
        CpuContext cpu = target.Cpu;
        switch (word)
        {
            case WordRax when trace.IsInCall:
                trace.CallResult = value;
                break;
            case WordOrigRax:
                WriteCall(target, trace, (long)value);
                break;
            case WordRip:
                cpu.Rip = value;
                break;
            case WordFlags:
                cpu.Rflags = value;
                break;
            case WordRsp:
                cpu[GuestRegister.Rsp] = value;
                break;
            case WordFsBase:
                cpu.FsBase = value;
                break;
            case WordGsBase:
                cpu.GsBase = value;
                break;
            case < WordOrigRax:
                cpu[TracedOrder[word]] = value;
                break;
        }
    }

    /// <summary>Before a call another number, or none (-1); behind one that a signal has ended, whether it is made again.</summary>
    private static void WriteCall(GuestTask target, TraceState trace, long call)
    {
        if (trace.IsBeforeCall)
        {
            trace.IsCallSkipped = (int)call == -1;
            if (!trace.IsCallSkipped)
                target.Cpu[GuestRegister.Rax] = (uint)call;
            return;
        }

        if (trace.HoldsCall)
            return;
        trace.Call = call;
        target.Restart.Number = (uint)call;
        target.Restart.Interrupted = call < 0 ? InterruptKind.NeverRestarted : -(long)target.Cpu[GuestRegister.Rax] switch
        {
            512 => InterruptKind.Restartable,
            513 => InterruptKind.AlwaysRestarted,
            514 => InterruptKind.RestartUnlessHandled,
            516 => InterruptKind.RestartBlock,
            _ => InterruptKind.NeverRestarted,
        };
    }
}
