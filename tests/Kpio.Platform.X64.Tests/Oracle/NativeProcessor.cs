using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>
/// Executes instructions on the host's processor with given registers and memory, in a process of their own: a copy of this one that
/// runs nothing but the machine code below, so that nothing an instruction does, and no signal of the runtime, meets the test's host.
/// Memory is shared at fixed addresses. The registers are loaded by a stub that jumps to the instruction; whatever ends it (int3
/// behind it, or a fault) raises a signal, whose handler keeps the registers of the signal frame and sends the process to a stub that
/// reports and waits for the next request.
/// </summary>
internal sealed unsafe class NativeProcessor
{
    private const int Rwx = 7, ReadWrite = 3, SharedAnonymousFixed = 0x100021;
    private const ulong Input = OracleMemory.Control + 0x1000, Output = OracleMemory.Control + 0x1400;
    private const ulong HostMxcsr = OracleMemory.Control + 0x1800, Active = HostMxcsr + 8, Request = HostMxcsr + 16;
    private const ulong Frame = OracleMemory.Control + 0x1A00;

    // Arguments of the system calls that the process begins with: stack_t, the signal mask, struct sigaction as the kernel takes it.
    private const ulong AlternateStack = OracleMemory.Control + 0x1C00, Mask = AlternateStack + 24, Action = AlternateStack + 32;

    private const ulong SignalStack = OracleMemory.Control + 0x8000, SignalStackLength = 0x10000, Stack = OracleMemory.Control + OracleMemory.ControlLength;

    // What Request holds.
    private const uint Idle = 0, Asked = 1, Done = 2;

    private const int FUTEX_WAIT = 0, FUTEX_WAKE = 1;
    private const uint Clone = 56, ExitGroup = 231, Futex = 202;

    // struct ucontext of the kernel (arch/x86 signal frame): uc_mcontext begins at 40.
    private const int ContextRegisters = 40, ContextStack = ContextRegisters + (15 * 8), ContextRip = ContextRegisters + (16 * 8), ContextFlags = ContextRegisters + (17 * 8), ContextCount = 23;

    /// <summary>Where the frame keeps the general registers, in the order of their encoding.</summary>
    private static readonly int[] s_frameOrder = [13, 14, 12, 11, 15, 10, 9, 8, 0, 1, 2, 3, 4, 5, 6, 7];

    private static readonly int[] s_signals = [4, 5, 7, 8, 11];

    private readonly int _process;

    private NativeProcessor(int process) => _process = process;

    /// <summary>The bytes at <see cref="OracleMemory.Code"/>.</summary>
    public static Span<byte> Code => new((void*)OracleMemory.Code, OracleMemory.CodeLength);

    /// <summary>The bytes at <see cref="OracleMemory.Data"/>.</summary>
    public static Span<byte> Data => new((void*)OracleMemory.Data, OracleMemory.DataLength);

    /// <summary>The bytes at <see cref="OracleMemory.OtherCode"/>.</summary>
    public static Span<byte> OtherCode => new((void*)OracleMemory.OtherCode, OracleMemory.OtherCodeLength);

    /// <summary>Fails where the host cannot be the oracle: a test that compared nothing has not passed.</summary>
    public static void Require() => Assert.True(
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
        "The oracle of this test is an x86_64 processor under Linux; this host has none, so the comparison was not made.");

    /// <summary>Fails where the host lacks what the largest model of the emulated processor has.</summary>
    public static void RequireEveryFeature()
    {
        Require();
        const int f16c = 29, movbe = 22, sha = 29;
        bool has = Avx2.IsSupported && Bmi1.X64.IsSupported && Bmi2.X64.IsSupported && Fma.IsSupported && Lzcnt.X64.IsSupported
            && Aes.IsSupported && Pclmulqdq.IsSupported && ((X86Base.CpuId(1, 0).Ecx >> f16c) & 1) != 0 && ((X86Base.CpuId(1, 0).Ecx >> movbe) & 1) != 0
            && ((X86Base.CpuId(7, 0).Ebx >> sha) & 1) != 0;
        Assert.True(has, "The host's processor lacks AVX2, BMI, F16C, FMA, LZCNT, MOVBE, AES, PCLMULQDQ or SHA, so the comparison was not made.");
    }

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
            uint* request = (uint*)Request;

            // struct timespec: a wait ends once a second to see whether the process is still there.
            long* second = stackalloc long[] { 1, 0 };
            Volatile.Write(ref *request, Asked);
            _ = futex(request, FUTEX_WAKE, 1, null);
            while (Volatile.Read(ref *request) != Done)
            {
                _ = futex(request, FUTEX_WAIT, Asked, second);
                Assert.True(Volatile.Read(ref *request) == Done || IsAlive(), $"The native processor has died; its last instruction was at {input.Rip:x}.");
            }

            Volatile.Write(ref *request, Idle);
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

    private bool IsAlive()
    {
        const int WNOHANG = 1, __WALL = 0x4000_0000;
        int status;
        return waitpid(_process, &status, WNOHANG | __WALL) == 0;
    }

    private static NativeProcessor Create()
    {
        Map(OracleMemory.Control, OracleMemory.ControlLength, Rwx);
        Map(OracleMemory.Code, OracleMemory.CodeLength, Rwx);
        Map(OracleMemory.OtherCode, OracleMemory.OtherCodeLength, Rwx);
        Map(OracleMemory.Data, OracleMemory.DataLength, ReadWrite);

        var code = new MemoryWriter((byte*)OracleMemory.Control);
        ulong wait = OracleMemory.Control;
        Emit(code, EmitWaitAndRun);
        ulong leave = code.Align();
        Emit(code, a => EmitLeave(a, wait));
        ulong handler = code.Align();
        Emit(code, a => EmitHandler(a, leave));
        ulong restorer = code.Align();
        Emit(code, EmitRestorer);
        ulong start = code.Align();
        Emit(code, a => EmitStart(a, wait));
        if (code.Position > Input) throw new InvalidOperationException("The stubs are too long.");

        const ulong SA_SIGINFO = 4, SA_ONSTACK = 0x0800_0000, SA_RESTORER = 0x0400_0000;
        ulong* stack = (ulong*)AlternateStack;
        stack[0] = SignalStack;
        stack[2] = SignalStackLength;
        *(ulong*)Mask = ulong.MaxValue;
        foreach (int signal in s_signals) *(ulong*)Mask &= ~(1UL << (signal - 1));
        ulong* action = (ulong*)Action;
        action[0] = handler;
        action[1] = SA_SIGINFO | SA_ONSTACK | SA_RESTORER;
        action[2] = restorer;

        // The process ends with the thread that made it (PR_SET_PDEATHSIG): one that lives as long as this process.
        int process = 0;
        using var made = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            process = ((delegate* unmanaged<int>)start)();
            made.Set();
            Thread.Sleep(Timeout.Infinite);
        })
        {
            IsBackground = true,
            Name = "Native processor",
        };
        thread.Start();
        made.Wait();
        if (process <= 0) throw new InvalidOperationException($"No process for the native processor: error {-process}.");
        return new NativeProcessor(process);
    }

    private static void Map(ulong address, int length, int protection)
    {
        if ((ulong)mmap((nint)address, length, protection, SharedAnonymousFixed, -1, 0) != address) throw new InvalidOperationException($"Nothing can be mapped at {address:x}.");
    }

    private static void Emit(MemoryWriter writer, Action<Assembler> emit)
    {
        var assembler = new Assembler(64);
        emit(assembler);
        assembler.Assemble(writer, writer.Position);
    }

    private static void EmitSyscall(Assembler a, uint number, ulong first = 0, ulong second = 0, ulong third = 0, ulong fourth = 0)
    {
        a.mov(rdi, first);
        a.mov(rsi, second);
        a.mov(rdx, third);
        a.mov(r10, fourth);
        a.mov(eax, number);
        a.syscall();
    }

    /// <summary>Makes the process; in this one, returns its number.</summary>
    private static void EmitStart(Assembler a, ulong wait)
    {
        const uint rt_sigaction = 13, rt_sigprocmask = 14, sigaltstack = 131, prctl = 157, arch_prctl = 158, close_range = 436;
        const ulong PR_SET_PDEATHSIG = 1, SIGKILL = 9, SIG_SETMASK = 2, ARCH_SET_GS = 0x1001;
        Label child = a.CreateLabel();
        EmitSyscall(a, Clone);
        a.test(rax, rax);
        a.je(child);
        a.ret();

        a.Label(ref child);
        a.mov(rsp, Stack);
        EmitSyscall(a, prctl, PR_SET_PDEATHSIG, SIGKILL);
        EmitSyscall(a, close_range, 0, uint.MaxValue);
        EmitSyscall(a, sigaltstack, AlternateStack);
        foreach (int signal in s_signals) EmitSyscall(a, rt_sigaction, (ulong)signal, Action, 0, 8);
        EmitSyscall(a, rt_sigprocmask, SIG_SETMASK, Mask, 0, 8);
        EmitSyscall(a, arch_prctl, ARCH_SET_GS, OracleMemory.GsBase);
        a.stmxcsr(__dword_ptr[HostMxcsr]);
        a.mov(rax, wait);
        a.jmp(rax);
    }

    /// <summary>Waits for a request, loads its registers and goes to its instruction.</summary>
    private static void EmitWaitAndRun(Assembler a)
    {
        Label wait = a.CreateLabel(), run = a.CreateLabel(), serialised = a.CreateLabel();
        a.Label(ref wait);
        a.mov(edx, __dword_ptr[Request]);
        a.cmp(edx, Asked);
        a.je(run);
        a.mov(edi, (uint)Request);
        a.mov(esi, FUTEX_WAIT);
        a.xor(r10d, r10d);
        a.mov(eax, Futex);
        a.syscall();
        a.jmp(wait);

        // Another process has written the code: IRET makes the processor fetch it anew (SDM vol. 3A 10.1.3).
        a.Label(ref run);
        a.mov(rax, rsp);
        a.mov(ecx, ss);
        a.push(rcx);
        a.push(rax);
        a.pushfq();
        a.mov(ecx, cs);
        a.push(rcx);
        a.lea(rcx, __[serialised]);
        a.push(rcx);
        a.iretq();

        a.Label(ref serialised);
        a.fxrstor64(__[Input + ProcessorSnapshot.FxOffset]);
        for (int i = 0; i < 16 && Avx.IsSupported; i++)
        {
            var register = new AssemblerRegisterYMM(Register.YMM0 + i);
            a.vinsertf128(register, register, __xmmword_ptr[Input + ProcessorSnapshot.UpperOffset + ((ulong)i * 16)], 1);
        }

        a.push(__qword_ptr[Input + ProcessorSnapshot.RflagsOffset]);
        a.mov(__qword_ptr[Active], 1);
        a.popfq();
        for (int i = 0; i < 16; i++) a.mov(new AssemblerRegister64(Register.RAX + i), __qword_ptr[Input + ((ulong)i * 8)]);
        a.jmp(__qword_ptr[Input + ProcessorSnapshot.RipOffset]);
    }

    private static void EmitLeave(Assembler a, ulong wait)
    {
        a.fxsave64(__[Output + ProcessorSnapshot.FxOffset]);
        for (int i = 0; i < 16 && Avx.IsSupported; i++)
            a.vextractf128(__xmmword_ptr[Output + ProcessorSnapshot.UpperOffset + ((ulong)i * 16)], new AssemblerRegisterYMM(Register.YMM0 + i), 1);
        a.fninit();
        a.ldmxcsr(__dword_ptr[HostMxcsr]);
        if (Avx.IsSupported) a.vzeroupper();
        a.mov(__dword_ptr[Request], Done);
        EmitSyscall(a, Futex, Request, FUTEX_WAKE, 1);
        a.mov(rax, wait);
        a.jmp(rax);
    }

    /// <summary>handler(signal, siginfo, ucontext), on the alternate stack.</summary>
    private static void EmitHandler(Assembler a, ulong leave)
    {
        Label die = a.CreateLabel();
        a.cld();
        a.cmp(__qword_ptr[Active], 1);
        a.jne(die);
        a.mov(__qword_ptr[Active], 0);
        a.lea(rsi, __[rdx + ContextRegisters]);
        a.mov(edi, (uint)Frame);
        a.mov(ecx, ContextCount);
        a.rep.movsq();
        a.mov(eax, (uint)leave);
        a.mov(__qword_ptr[rdx + ContextRip], rax);
        a.mov(__qword_ptr[rdx + ContextFlags], 0x202);
        a.mov(rax, Stack); // The guest's may be no address that the kernel returns with.
        a.mov(__qword_ptr[rdx + ContextStack], rax);
        a.ret();

        a.Label(ref die);
        EmitSyscall(a, ExitGroup, 134);
    }

    private static void EmitRestorer(Assembler a)
    {
        const uint rt_sigreturn = 15;
        a.mov(eax, rt_sigreturn);
        a.syscall();
    }

    private static int futex(uint* word, int operation, uint value, long* timeout) =>
        (int)syscall((nint)Futex, (nint)word, operation, (nint)value, (nint)timeout);

    /// <summary>Writes machine code to memory.</summary>
    internal sealed class MemoryWriter(byte* start) : CodeWriter
    {
        private byte* _next = start;

        public ulong Position => (ulong)_next;

        public ulong Align() => (ulong)(_next = (byte*)(((ulong)_next + 15) & ~15UL));

        public override void WriteByte(byte value) => *_next++ = value;
    }

    [DllImport("libc", SetLastError = true)]
    private static extern nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", SetLastError = true)]
    private static extern int waitpid(int process, int* status, int options);

    [DllImport("libc")]
    private static extern nint syscall(nint number, nint first, nint second, nint third, nint fourth);
}
