using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>
/// Executes one instruction on the host's processor with given registers and memory. The registers are loaded by a stub that jumps
/// to the instruction; whatever ends it (int3 behind it, or a fault) raises a signal, whose handler, machine code as well, keeps
/// the registers of the signal frame and sends the thread to a stub that leaves. Signals of other threads go on to the handlers
/// that were there before.
/// </summary>
internal sealed unsafe class NativeProcessor
{
    private const int Rwx = 7, ReadWrite = 3, PrivateAnonymousFixed = 0x100022;
    private const ulong Input = OracleMemory.Control + 0x1000, Output = OracleMemory.Control + 0x1400;
    private const ulong HostStack = OracleMemory.Control + 0x1800, HostMxcsr = HostStack + 8, Active = HostStack + 16, ThreadId = HostStack + 24;
    private const ulong Previous = OracleMemory.Control + 0x1900;
    private const ulong Frame = OracleMemory.Control + 0x1A00;

    // struct ucontext of the kernel (arch/x86 signal frame): uc_mcontext begins at 40.
    private const int ContextRegisters = 40, ContextStack = ContextRegisters + (15 * 8), ContextRip = ContextRegisters + (16 * 8), ContextFlags = ContextRegisters + (17 * 8), ContextCount = 23;

    /// <summary>Where the frame keeps the general registers, in the order of their encoding.</summary>
    private static readonly int[] s_frameOrder = [13, 14, 12, 11, 15, 10, 9, 8, 0, 1, 2, 3, 4, 5, 6, 7];

    private static readonly int[] s_signals = [4, 5, 7, 8, 11];

    private readonly delegate* unmanaged<void> _enter;
    private int _thread;

    private NativeProcessor(ulong enter) => _enter = (delegate* unmanaged<void>)enter;

    /// <summary>The bytes at <see cref="OracleMemory.Code"/>.</summary>
    public static Span<byte> Code => new((void*)OracleMemory.Code, OracleMemory.CodeLength);

    /// <summary>The bytes at <see cref="OracleMemory.Data"/>.</summary>
    public static Span<byte> Data => new((void*)OracleMemory.Data, OracleMemory.DataLength);

    /// <summary>Fails where the host cannot be the oracle: a test that compared nothing has not passed.</summary>
    public static void Require() => Assert.True(
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
        "The oracle of this test is an x86_64 processor under Linux; this host has none, so the comparison was not made.");

    /// <summary>Whether the host's processor is one of AMD's: the vendor of CPUID leaf 0 begins "Auth".</summary>
    public static bool IsAmd => X86Base.CpuId(0, 0).Ebx == 0x6874_7541;

    /// <summary>The one of the process: memory at fixed addresses and signal handlers are the process's.</summary>
    public static NativeProcessor Instance { get; } = Create();

    /// <summary>Runs from <see cref="ProcessorSnapshot.Rip"/> to the first exception. One thread at a time.</summary>
    public void Run(in ProcessorSnapshot input, out ProcessorSnapshot output)
    {
        lock (this)
        {
            *(ProcessorSnapshot*)Input = input;
            UseThread(gettid());
            _enter();
            ulong* frame = (ulong*)Frame;
            output = *(ProcessorSnapshot*)Output;
            for (int i = 0; i < 16; i++) output.Gpr[i] = frame[s_frameOrder[i]];
            output.Rip = frame[16];
            output.Rflags = frame[17];
            output.Vector = frame[20];
            output.ErrorCode = frame[20] is 13 or 14 or 12 or 17 ? frame[19] : 0;
            output.FaultAddress = frame[20] == 14 ? frame[22] : 0;
        }
    }

    /// <summary>Tells the signal handler whose signals it may take, and sets the thread's GS.</summary>
    private void UseThread(int thread)
    {
        if (thread == _thread) return;
        const int arch_prctl = 158, ARCH_SET_GS = 0x1001;
        if (syscall(arch_prctl, ARCH_SET_GS, (nint)OracleMemory.GsBase) != 0) throw new InvalidOperationException("GS cannot be set.");
        *(ulong*)ThreadId = (ulong)thread;
        _thread = thread;
    }

    private static NativeProcessor Create()
    {
        Map(OracleMemory.Control, OracleMemory.ControlLength, Rwx);
        Map(OracleMemory.Code, OracleMemory.CodeLength, Rwx);
        Map(OracleMemory.Data, OracleMemory.DataLength, ReadWrite);

        var code = new MemoryWriter((byte*)OracleMemory.Control);
        ulong leave = OracleMemory.Control;
        Emit(code, EmitLeave);
        ulong handler = code.Align();
        Emit(code, a => EmitHandler(a, leave));
        ulong enter = code.Align();
        Emit(code, EmitEnter);

        foreach (int signal in s_signals)
        {
            const int SA_SIGINFO = 4, SA_ONSTACK = 0x0800_0000;
            var action = new SignalAction { Handler = handler, Flags = SA_SIGINFO | SA_ONSTACK };
            SignalAction previous = default;
            if (sigaction(signal, &action, &previous) != 0) throw new InvalidOperationException("No signal handler.");
            ((ulong*)Previous)[signal] = previous.Handler;
        }

        return new NativeProcessor(enter);
    }

    private static void Map(ulong address, int length, int protection)
    {
        if ((ulong)mmap((nint)address, length, protection, PrivateAnonymousFixed, -1, 0) != address) throw new InvalidOperationException($"Nothing can be mapped at {address:x}.");
    }

    private static void Emit(MemoryWriter writer, Action<Assembler> emit)
    {
        var assembler = new Assembler(64);
        emit(assembler);
        assembler.Assemble(writer, writer.Position);
    }

    private static void EmitEnter(Assembler a)
    {
        foreach (AssemblerRegister64 register in new[] { rbx, rbp, r12, r13, r14, r15 }) a.push(register);
        a.mov(__qword_ptr[HostStack], rsp);
        a.stmxcsr(__dword_ptr[HostMxcsr]);
        a.fxrstor64(__[Input + ProcessorSnapshot.FxOffset]);
        a.push(__qword_ptr[Input + ProcessorSnapshot.RflagsOffset]);
        a.mov(__qword_ptr[Active], 1);
        a.popfq();
        for (int i = 0; i < 16; i++) a.mov(new AssemblerRegister64(Register.RAX + i), __qword_ptr[Input + ((ulong)i * 8)]);
        a.jmp(__qword_ptr[Input + ProcessorSnapshot.RipOffset]);
    }

    private static void EmitLeave(Assembler a)
    {
        a.fxsave64(__[Output + ProcessorSnapshot.FxOffset]);
        a.fninit();
        a.ldmxcsr(__dword_ptr[HostMxcsr]);
        if (Avx.IsSupported) a.vzeroupper();
        foreach (AssemblerRegister64 register in new[] { r15, r14, r13, r12, rbp, rbx }) a.pop(register);
        a.ret();
    }

    /// <summary>handler(signal, siginfo, ucontext), on the alternate stack.</summary>
    private static void EmitHandler(Assembler a, ulong leave)
    {
        Label pass = a.CreateLabel(), die = a.CreateLabel();
        a.cld();
        a.cmp(__qword_ptr[Active], 1);
        a.jne(pass);
        a.mov(eax, 186); // gettid
        a.syscall();
        a.cmp(rax, __qword_ptr[ThreadId]);
        a.jne(pass);
        a.mov(__qword_ptr[Active], 0);
        a.lea(rsi, __[rdx + ContextRegisters]);
        a.mov(edi, (uint)Frame);
        a.mov(ecx, ContextCount);
        a.rep.movsq();
        a.mov(eax, (uint)leave);
        a.mov(__qword_ptr[rdx + ContextRip], rax);
        a.mov(__qword_ptr[rdx + ContextFlags], 0x202);
        a.mov(rax, __qword_ptr[HostStack]); // The guest's may be no address that the kernel returns with.
        a.mov(__qword_ptr[rdx + ContextStack], rax);
        a.ret();

        a.Label(ref pass);
        a.mov(eax, edi);
        a.mov(rax, __qword_ptr[(rax * 8) + (long)Previous]);
        a.cmp(rax, 1);
        a.jbe(die);
        a.jmp(rax);

        a.Label(ref die);
        a.mov(edi, 134);
        a.mov(eax, 231); // exit_group
        a.syscall();
    }

    private sealed class MemoryWriter(byte* start) : CodeWriter
    {
        private byte* _next = start;

        public ulong Position => (ulong)_next;

        public ulong Align() => (ulong)(_next = (byte*)(((ulong)_next + 15) & ~15UL));

        public override void WriteByte(byte value) => *_next++ = value;
    }

    /// <summary>struct sigaction of the C library on x86_64.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SignalAction
    {
        public ulong Handler;
        public fixed ulong Mask[16];
        public int Flags;
        public nint Restorer;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", SetLastError = true)]
    private static extern int sigaction(int signal, SignalAction* action, SignalAction* previous);

    [DllImport("libc")]
    private static extern int gettid();

    [DllImport("libc")]
    private static extern nint syscall(nint number, nint first, nint second);
}
