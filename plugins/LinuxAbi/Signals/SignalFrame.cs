using System.Buffers.Binary;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;
using Kpio.Contracts.Values;
using static Kpio.Plugins.LinuxAbi.Linux;

namespace Kpio.Plugins.LinuxAbi.Signals;

/// <summary>
/// Signal frames as Linux 6.1 lays them out (arch/x86/kernel/signal.c, fpu/signal.c), there and back. What comes back is the
/// program's to change, and so is checked as the kernel checks it. Buffers are used again: plugin code runs under one lock.
/// </summary>
internal sealed class SignalFrame : ISignalFrame
{
    private const ulong UC_FP_XSTATE = 1;
    private const ulong UC_SIGCONTEXT_SS = 2;
    private const ulong UC_STRICT_RESTORE_SS = 4;
    private const ushort UserCode = 0x33;
    private const ushort UserData = 0x2B;
    private const uint InitialMxcsr = 0x1F80;
    private const ulong LegacyFeatures = 3; // x87, SSE
    private const ulong AvxFeatures = 7; // and the upper halves of YMM
    private const ulong Sse = 2;
    private const ulong TF = 0x100, DF = 0x400, RF = 0x1_0000;

    /// <summary>FIX_EFLAGS without RF, which the emulated processor does not keep: AC, OF, DF, TF, SF, ZF, AF, PF, CF.</summary>
    private const ulong RestoredFlags = 0x4_0000 | 0x800 | DF | TF | 0x80 | 0x40 | 0x10 | 4 | 1;

    private readonly byte[] _frame = new byte[FrameLayout.Size];
    private byte[] _state = [];

    /// <summary>The registers in the order of struct sigcontext.</summary>
    private static ReadOnlySpan<GuestRegister> Order =>
    [
        GuestRegister.R8, GuestRegister.R9, GuestRegister.R10, GuestRegister.R11, GuestRegister.R12, GuestRegister.R13, GuestRegister.R14,
        GuestRegister.R15, GuestRegister.Rdi, GuestRegister.Rsi, GuestRegister.Rbp, GuestRegister.Rbx, GuestRegister.Rdx,
        GuestRegister.Rax, GuestRegister.Rcx, GuestRegister.Rsp,
    ];

    public FramePush Push(GuestTask task, in SignalInfo info, in SignalAction action, SignalSet blocked)
    {
        CpuContext registers = task.Cpu;

        // Linux for x86_64 has no return code of its own on the stack.
        if ((action.Flags & SA_RESTORER) == 0 || !TryPlace(task, in action, out ulong frame, out ulong state))
            return FramePush.NoStack;
        Span<byte> image = StateImage(registers);
        registers.ReadExtendedState(image[..registers.ExtendedStateSize]);
        SealState(image);
        if (!task.Memory.TryWrite(task, state, image, out SysResult stop))
            return Failed(in stop);
        Build(task, in info, in action, blocked, state);
        if (!task.Memory.TryWrite(task, frame, _frame, out stop))
            return Failed(in stop);

        registers[GuestRegister.Rdi] = (ulong)info.Signal;
        registers[GuestRegister.Rsi] = frame + FrameLayout.Info;
        registers[GuestRegister.Rdx] = frame + FrameLayout.Context;
        registers[GuestRegister.Rax] = 0;
        registers[GuestRegister.Rsp] = frame;
        registers.Rip = action.Handler;
        registers.Rflags &= ~(TF | DF | RF);
        ResetState(registers);
        return FramePush.Pushed;
    }

    /// <summary>
    /// rt_sigreturn(2): puts the registers back as the frame at RSP says, and answers what else is in it. False when the frame is bad:
    /// SIGSEGV, with whatever has been restored until then; or, with a wait in <paramref name="stop"/>, when it must be tried again.
    /// </summary>
    public bool TryPop(GuestTask task, out FrameContent content, out SysResult stop)
    {
        // RET has taken the handler's return address off the stack.
        ulong frame = task.Cpu[GuestRegister.Rsp] - sizeof(ulong);
        content = new FrameContent(task.Signals.Blocked, default, HasBadSelector: false);
        stop = Errno.EFAULT;
        if (!new UserBuffer(task, frame, FrameLayout.Size).IsInUserSpace || !task.Memory.TryRead(task, frame, _frame, out stop))
            return false;
        ulong state = Read(FrameLayout.ExtendedState);
        Span<byte> image = default;
        if (state != 0 && !TryReadState(task, state, out image, out stop) && stop.IsWait)
            return false;
        var stack = new AlternateStack(
            Read(FrameLayout.Stack), BinaryPrimitives.ReadUInt32LittleEndian(_frame.AsSpan(FrameLayout.StackFlags)), Read(FrameLayout.StackSize));
        content = new FrameContent(new SignalSet(Read(FrameLayout.Mask)), stack, !SelectorsHold());
        stop = Errno.EFAULT;
        RestoreRegisters(task.Cpu);
        if (state == 0)
            ResetState(task.Cpu);
        return state == 0 || (!image.IsEmpty && task.Cpu.WriteExtendedState(image));
    }

    private static FramePush Failed(in SysResult stop) => stop.IsWait ? FramePush.Wait : FramePush.NoStack;

    /// <summary>Where the frame and the state go (get_sigframe); false when they would leave the alternate stack.</summary>
    private static bool TryPlace(GuestTask task, in SignalAction action, out ulong frame, out ulong state)
    {
        SignalState signals = task.Signals;
        ulong pointer = task.Cpu[GuestRegister.Rsp];
        bool isOnStack = AlternateStack.IsOn(signals, pointer);
        pointer -= FrameLayout.RedZone;
        bool enters = (action.Flags & SA_ONSTACK) != 0 && signals.AlternateStackSize != 0 && !AlternateStack.IsOn(signals, pointer);
        if (enters)
            pointer = signals.AlternateStack + signals.AlternateStackSize;
        state = (pointer - (ulong)task.Cpu.ExtendedStateSize - FrameLayout.MagicSize) & ~63UL;

        // At the handler's entry RSP is as behind a CALL: 8 below a multiple of 16.
        frame = ((state - FrameLayout.Size) & ~15UL) - sizeof(ulong);
        return !(isOnStack || enters) || AlternateStack.Holds(signals, frame);
    }

    private Span<byte> StateImage(CpuContext registers)
    {
        int size = registers.ExtendedStateSize + FrameLayout.MagicSize;
        if (_state.Length < size)
            _state = new byte[size];
        return _state.AsSpan(0, size);
    }

    /// <summary>The software-reserved bytes and the second magic number, by which the way back knows that the state is whole.</summary>
    private static void SealState(Span<byte> image)
    {
        int size = image.Length - FrameLayout.MagicSize;
        BinaryPrimitives.WriteUInt64LittleEndian(image[FrameLayout.Features..], BinaryPrimitives.ReadUInt64LittleEndian(image[FrameLayout.Features..]) | LegacyFeatures);
        ulong features = BinaryPrimitives.ReadUInt64LittleEndian(image[FrameLayout.Features..]);
        Span<byte> software = image[FrameLayout.Software..];
        BinaryPrimitives.WriteUInt32LittleEndian(software, FrameLayout.FP_XSTATE_MAGIC1);
        BinaryPrimitives.WriteUInt32LittleEndian(software[4..], (uint)image.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(software[8..], features);
        BinaryPrimitives.WriteUInt32LittleEndian(software[16..], (uint)size);
        BinaryPrimitives.WriteUInt32LittleEndian(image[size..], FrameLayout.FP_XSTATE_MAGIC2);
    }

    private void Build(GuestTask task, in SignalInfo info, in SignalAction action, SignalSet blocked, ulong state)
    {
        CpuContext registers = task.Cpu;
        SignalState signals = task.Signals;
        Array.Clear(_frame);
        Write(FrameLayout.Restorer, action.Restorer);
        Write(FrameLayout.ContextFlags, UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS);
        Write(FrameLayout.Stack, signals.AlternateStack);
        Write(FrameLayout.StackFlags, signals.AlternateStackFlags);
        Write(FrameLayout.StackSize, signals.AlternateStackSize);
        for (int i = 0; i < Order.Length; i++)
            Write(FrameLayout.Machine + (i * 8), registers[Order[i]]);
        Write(FrameLayout.Rip, registers.Rip);
        Write(FrameLayout.Flags, registers.Rflags | (signals.HasResumeFlag ? RF : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(_frame.AsSpan(FrameLayout.CodeSelector), UserCode);
        BinaryPrimitives.WriteUInt16LittleEndian(_frame.AsSpan(FrameLayout.StackSelector), UserData);
        Write(FrameLayout.ErrorCode, signals.Fault.ErrorCode);
        Write(FrameLayout.Vector, signals.Fault.Vector);
        Write(FrameLayout.OldMask, blocked.Bits);
        Write(FrameLayout.FaultAddress, signals.Fault.Address);
        Write(FrameLayout.ExtendedState, state);
        Write(FrameLayout.Mask, blocked.Bits);
        if ((action.Flags & SA_SIGINFO) != 0)
            SignalInfoLayout.Write(_frame.AsSpan(FrameLayout.Info), in info);
    }

    /// <summary>The state that programs start with: x87 as FNINIT leaves it, no exception of SSE unmasked, all registers zero.</summary>
    private void ResetState(CpuContext registers)
    {
        Span<byte> image = StateImage(registers)[..registers.ExtendedStateSize];
        image.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(image[24..], InitialMxcsr);
        registers.WriteExtendedState(image);
    }

    /// <summary>
    /// Copies the state in and makes of it what XRSTOR would load (fpu__restore_sig): without both magic numbers only the legacy area
    /// counts. False for what the kernel cannot read.
    /// </summary>
    private bool TryReadState(GuestTask task, ulong address, out Span<byte> image, out SysResult stop)
    {
        int size = task.Cpu.ExtendedStateSize;
        Span<byte> buffer = StateImage(task.Cpu)[..size];
        image = default;
        stop = Errno.EFAULT;
        if (!new UserBuffer(task, address, (ulong)size).IsInUserSpace || !task.Memory.TryRead(task, address, buffer[..512], out stop))
            return false;
        if (!IsWhole(task, address, buffer, out ulong features, out stop))
        {
            // FXRSTOR: an image on a multiple of 16, and nothing behind it.
            if (stop.IsWait || (address & 15) != 0)
                return false;
            buffer[512..].Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(buffer[FrameLayout.Features..], LegacyFeatures);
            image = buffer;
            return true;
        }

        if ((address & 63) != 0 || !task.Memory.TryRead(task, address, buffer, out stop))
            return false;
        if ((features & Sse) == 0)
            BinaryPrimitives.WriteUInt32LittleEndian(buffer[24..], InitialMxcsr);
        ulong present = BinaryPrimitives.ReadUInt64LittleEndian(buffer[FrameLayout.Features..]);

        // Components that the header names and the processor lacks are an error whatever the software bytes say.
        bool unknown = (present & ~(size == FrameLayout.SmallestState ? LegacyFeatures : AvxFeatures)) != 0;
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[FrameLayout.Features..], unknown ? present : present & features);
        image = buffer;
        return true;
    }

    private static bool IsWhole(GuestTask task, ulong address, ReadOnlySpan<byte> legacy, out ulong features, out SysResult stop)
    {
        ReadOnlySpan<byte> software = legacy[FrameLayout.Software..];
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(software);
        uint extended = BinaryPrimitives.ReadUInt32LittleEndian(software[4..]);
        features = BinaryPrimitives.ReadUInt64LittleEndian(software[8..]);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(software[16..]);
        stop = default;
        if (magic != FrameLayout.FP_XSTATE_MAGIC1 || size < FrameLayout.SmallestState || size > (uint)legacy.Length || size > extended)
            return false;
        Span<byte> end = stackalloc byte[FrameLayout.MagicSize];
        return task.Memory.TryRead(task, address + size, end, out stop) && BinaryPrimitives.ReadUInt32LittleEndian(end) == FrameLayout.FP_XSTATE_MAGIC2;
    }

    private void RestoreRegisters(CpuContext registers)
    {
        for (int i = 0; i < Order.Length; i++)
            registers[Order[i]] = Read(FrameLayout.Machine + (i * 8));
        registers.Rip = Read(FrameLayout.Rip);
        registers.Rflags = (registers.Rflags & ~RestoredFlags) | (Read(FrameLayout.Flags) & RestoredFlags);
    }

    /// <summary>
    /// Whether IRET would take the selectors: the machine has 64-bit code only. Without UC_STRICT_RESTORE_SS the kernel puts a wrong
    /// SS right.
    /// </summary>
    private bool SelectorsHold()
    {
        const ushort Ring3 = 3;
        int code = BinaryPrimitives.ReadUInt16LittleEndian(_frame.AsSpan(FrameLayout.CodeSelector)) | Ring3;
        int stack = BinaryPrimitives.ReadUInt16LittleEndian(_frame.AsSpan(FrameLayout.StackSelector)) | Ring3;
        return code == UserCode && (stack == UserData || (Read(FrameLayout.ContextFlags) & UC_STRICT_RESTORE_SS) == 0);
    }

    private ulong Read(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(_frame.AsSpan(offset));

    private void Write(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(_frame.AsSpan(offset), value);
}

/// <summary>What a signal frame holds besides registers.</summary>
/// <param name="Blocked">uc_sigmask.</param>
/// <param name="Stack">uc_stack.</param>
/// <param name="HasBadSelector">Whether the processor would not go back to ring 3 with its CS and SS.</param>
internal readonly record struct FrameContent(SignalSet Blocked, AlternateStack Stack, bool HasBadSelector);
