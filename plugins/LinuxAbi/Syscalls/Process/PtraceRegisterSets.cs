using System.Buffers.Binary;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using Kpio.Plugins.LinuxAbi.Structs;

namespace Kpio.Plugins.LinuxAbi;

/// <summary>PTRACE_GETREGSET and PTRACE_SETREGSET by note type (elf.h), and the floating point registers of PTRACE_GETFPREGS: FXSAVE's 512 bytes, XSAVE's image.</summary>
internal sealed partial class LinuxSyscalls
{
    private const ulong NT_PRSTATUS = 1;
    private const ulong NT_PRFPREG = 2;
    private const ulong NT_X86_XSTATE = 0x202;
    private const ulong LegacyStateSize = 512;
    private const int StateFeatures = 512; // XSTATE_BV
    private const int StateMask = 464; // XCR0, for debuggers (sw_usable_bytes)
    private const int AvxStateSize = 832;
    private const ulong LegacyComponents = 3;
    private const ulong AvxComponents = 7;

    private static SysResult RegisterSet(GuestTask task, GuestTask target, TraceState trace, ulong type, ulong address, bool writes)
    {
        var pointer = new UserPointer<Iovec>(task, address);
        if (!pointer.TryRead(out Iovec vector, out SysResult stop))
            return stop;
        ulong unit = type switch { NT_PRSTATUS or NT_X86_XSTATE => 8, NT_PRFPREG => 4, _ => 0 };
        if (unit == 0 || vector.iov_len % unit != 0)
            return Errno.EINVAL;
        int done;
        SysResult result = (type, writes) switch
        {
            (NT_PRSTATUS, false) => GetRegisters(task, target, trace, vector.iov_base, vector.iov_len, out done),
            (NT_PRSTATUS, true) => SetRegisters(task, target, trace, vector.iov_base, vector.iov_len, out done),
            (_, false) => GetExtendedState(task, target, vector.iov_base, StateLimit(target, type, vector.iov_len), out done),
            _ => SetExtendedState(task, target, vector.iov_base, StateLimit(target, type, vector.iov_len), out done),
        };
        if (!result.IsCompleted || result.IsError)
            return result;
        vector.iov_len = (ulong)done;
        return pointer.TryWrite(vector, out stop) ? SysResult.Zero : stop;
    }

    private static ulong StateLimit(GuestTask target, ulong type, ulong size) =>
        Math.Min(size, type == NT_PRFPREG ? LegacyStateSize : (ulong)target.Cpu.ExtendedStateSize);

    private static SysResult GetExtendedState(GuestTask task, GuestTask target, ulong address, ulong size, out int done)
    {
        Span<byte> image = stackalloc byte[target.Cpu.ExtendedStateSize];
        image.Clear();
        target.Cpu.ReadExtendedState(image);
        if (size > LegacyStateSize)
            BinaryPrimitives.WriteUInt64LittleEndian(image[StateMask..], image.Length >= AvxStateSize ? AvxComponents : LegacyComponents);
        done = (int)size;
        return task.Memory.TryWrite(task, address, image[..done], out SysResult stop) ? SysResult.Zero : stop;
    }

    private static SysResult SetExtendedState(GuestTask task, GuestTask target, ulong address, ulong size, out int done)
    {
        Span<byte> image = stackalloc byte[target.Cpu.ExtendedStateSize];
        image.Clear();
        target.Cpu.ReadExtendedState(image);
        done = (int)size;
        if (size > LegacyStateSize && size < (ulong)image.Length)
            return Errno.EFAULT;
        if (!task.Memory.TryRead(task, address, image[..done], out SysResult stop))
            return stop;

        // The legacy area alone: its components are no longer in their initial state.
        if (size <= LegacyStateSize)
            image[StateFeatures] |= (byte)LegacyComponents;
        return target.Cpu.WriteExtendedState(image) ? SysResult.Zero : Errno.EINVAL;
    }
}
