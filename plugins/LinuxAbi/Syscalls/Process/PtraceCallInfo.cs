using System.Buffers.Binary;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>PTRACE_GET_SYSCALL_INFO: struct ptrace_syscall_info (linux/ptrace.h).</summary>
internal sealed partial class LinuxSyscalls
{
    private const byte PTRACE_SYSCALL_INFO_ENTRY = 1;
    private const byte PTRACE_SYSCALL_INFO_EXIT = 2;
    private const uint AUDIT_ARCH_X86_64 = 0xC000_003E;
    private const int HighestErrno = 4095;

    /// <summary>Answers how many bytes there are, of which as many are written as <paramref name="size"/> allows. Without PTRACE_O_TRACESYSGOOD the kernel cannot tell a call's stop from another.</summary>
    private static SysResult GetCallInfo(GuestTask task, GuestTask target, TraceState trace, ulong size, ulong address)
    {
        Span<byte> info = stackalloc byte[88];
        info.Clear();
        CpuContext cpu = target.Cpu;
        bool isTold = (trace.Info.Code & 0xFF) == ((int)Signal.SIGTRAP | 0x80);
        BinaryPrimitives.WriteUInt32LittleEndian(info[4..], AUDIT_ARCH_X86_64);
        BinaryPrimitives.WriteUInt64LittleEndian(info[8..], cpu.Rip);
        BinaryPrimitives.WriteUInt64LittleEndian(info[16..], cpu[GuestRegister.Rsp]);
        int length = 24;
        if (isTold && trace.Stop == TraceStop.CallEntry)
        {
            info[0] = PTRACE_SYSCALL_INFO_ENTRY;
            BinaryPrimitives.WriteUInt64LittleEndian(info[24..], (ulong)CallOf(target, trace));
            BinaryPrimitives.WriteUInt64LittleEndian(info[32..], cpu[GuestRegister.Rdi]);
            BinaryPrimitives.WriteUInt64LittleEndian(info[40..], cpu[GuestRegister.Rsi]);
            BinaryPrimitives.WriteUInt64LittleEndian(info[48..], cpu[GuestRegister.Rdx]);
            BinaryPrimitives.WriteUInt64LittleEndian(info[56..], cpu[GuestRegister.R10]);
            BinaryPrimitives.WriteUInt64LittleEndian(info[64..], cpu[GuestRegister.R8]);
            BinaryPrimitives.WriteUInt64LittleEndian(info[72..], cpu[GuestRegister.R9]);
            length = 80;
        }
        else if (isTold && trace.Stop == TraceStop.CallExit)
        {
            long result = (long)cpu[GuestRegister.Rax];
            info[0] = PTRACE_SYSCALL_INFO_EXIT;
            BinaryPrimitives.WriteInt64LittleEndian(info[24..], result);
            info[32] = result is < 0 and >= -HighestErrno ? (byte)1 : (byte)0;
            length = 33;
        }

        int count = (int)Math.Min((ulong)length, size);
        return task.Memory.TryWrite(task, address, info[..count], out SysResult stop) ? length : stop;
    }
}
