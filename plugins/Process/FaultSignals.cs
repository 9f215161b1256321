using System.Buffers.Binary;
using Kpio.Contracts.Abi;
using Kpio.Contracts.Memory;
using Kpio.Contracts.Platform;
using Kpio.Contracts.Process;

namespace Kpio.Plugins.Process;

/// <summary>The signal that Linux sends for each fault and exception (sigaction(2), si_code; arch/x86 traps).</summary>
internal static class FaultSignals
{
    private const int SI_KERNEL = 0x80;
    private const int SEGV_MAPERR = 1;
    private const int SEGV_ACCERR = 2;
    private const int BUS_ADRALN = 1;
    private const int BUS_ADRERR = 2;
    private const int FPE_INTDIV = 1;
    private const int FPE_FLTDIV = 3;
    private const int FPE_FLTOVF = 4;
    private const int FPE_FLTUND = 5;
    private const int FPE_FLTRES = 6;
    private const int FPE_FLTINV = 7;
    private const int ILL_ILLOPN = 2;
    private const int TRAP_TRACE = 2;

    public static SignalInfo Of(GuestTask task, in CpuExit exit, FaultOutcome outcome)
    {
        if (exit.Reason == CpuExitReason.Fault)
            return OfPageFault(exit.Fault, outcome);
        ulong rip = task.Cpu.Rip;
        return exit.Vector switch
        {
            ExceptionVector.DivideError => new SignalInfo(Signal.SIGFPE, FPE_INTDIV, Address: rip),
            ExceptionVector.Debug => new SignalInfo(Signal.SIGTRAP, TRAP_TRACE, Address: rip),
            ExceptionVector.Breakpoint => new SignalInfo(Signal.SIGTRAP, SI_KERNEL),
            ExceptionVector.InvalidOpcode => new SignalInfo(Signal.SIGILL, ILL_ILLOPN, Address: rip),
            ExceptionVector.StackFault => new SignalInfo(Signal.SIGBUS, SI_KERNEL),
            ExceptionVector.X87FloatingPoint => new SignalInfo(Signal.SIGFPE, X87Code(task.Cpu), Address: rip),
            ExceptionVector.SimdFloatingPoint => new SignalInfo(Signal.SIGFPE, SimdCode(task.Cpu), Address: rip),
            ExceptionVector.AlignmentCheck => new SignalInfo(Signal.SIGBUS, BUS_ADRALN),
            _ => new SignalInfo(Signal.SIGSEGV, SI_KERNEL),
        };
    }

    /// <summary>What is kept of a fault for signal frames; the address is that of the last page fault. <paramref name="isClosed"/>: the page may not even be read (PROT_NONE).</summary>
    public static FaultRecord Record(FaultRecord last, in CpuExit exit, bool isClosed)
    {
        if (exit.Reason != CpuExitReason.Fault)
            return new FaultRecord((byte)exit.Vector, exit.ErrorCode, last.Address);
        if (exit.Fault.NonCanonical)
            return new FaultRecord((byte)ExceptionVector.GeneralProtection, 0, last.Address);

        // Linux does not tell programs which pages of the kernel's half are there: the bit is always set (sanitize_error_code). Nor does
        // its PROT_NONE set the bit in the page table, as KPIO's does.
        const uint Present = 1;
        uint error = exit.Fault.Address >= UserBuffer.AddressLimit ? exit.ErrorCode | Present : isClosed ? exit.ErrorCode & ~Present : exit.ErrorCode;
        return new FaultRecord((byte)ExceptionVector.PageFault, error, exit.Fault.Address);
    }

    /// <summary>The processor saves RF set for faults, and as it is for traps, which leave RIP behind their instruction (SDM vol. 3A 6.8.3).</summary>
    public static bool SetsResumeFlag(in CpuExit exit) =>
        exit.Reason == CpuExitReason.Fault || exit.Vector is not (ExceptionVector.Breakpoint or ExceptionVector.Debug or ExceptionVector.Overflow);

    /// <summary>The name of a code for reports.</summary>
    public static string Name(in SignalInfo info) => (info.Signal, info.Code) switch
    {
        (_, SI_KERNEL) => "SI_KERNEL",
        (Signal.SIGSEGV, SEGV_MAPERR) => "SEGV_MAPERR",
        (Signal.SIGSEGV, SEGV_ACCERR) => "SEGV_ACCERR",
        (Signal.SIGBUS, BUS_ADRALN) => "BUS_ADRALN",
        (Signal.SIGBUS, BUS_ADRERR) => "BUS_ADRERR",
        (Signal.SIGFPE, FPE_INTDIV) => "FPE_INTDIV",
        (Signal.SIGFPE, FPE_FLTDIV) => "FPE_FLTDIV",
        (Signal.SIGFPE, FPE_FLTOVF) => "FPE_FLTOVF",
        (Signal.SIGFPE, FPE_FLTUND) => "FPE_FLTUND",
        (Signal.SIGFPE, FPE_FLTRES) => "FPE_FLTRES",
        (Signal.SIGFPE, FPE_FLTINV) => "FPE_FLTINV",
        (Signal.SIGILL, ILL_ILLOPN) => "ILL_ILLOPN",
        (Signal.SIGTRAP, TRAP_TRACE) => "TRAP_TRACE",
        _ => $"code {info.Code}",
    };

    private static SignalInfo OfPageFault(in FaultInfo fault, FaultOutcome outcome)
    {
        // #GP tells no address, so neither does the signal.
        if (fault.NonCanonical)
            return new SignalInfo(Signal.SIGSEGV, SI_KERNEL);
        return outcome switch
        {
            FaultOutcome.AccessDenied => new SignalInfo(Signal.SIGSEGV, SEGV_ACCERR, Address: fault.Address),
            FaultOutcome.BeyondFile => new SignalInfo(Signal.SIGBUS, BUS_ADRERR, Address: fault.Address),
            FaultOutcome.OutOfMemory => new SignalInfo(Signal.SIGKILL, SI_KERNEL),
            _ => new SignalInfo(Signal.SIGSEGV, SEGV_MAPERR, Address: fault.Address),
        };
    }

    private static int X87Code(CpuContext registers)
    {
        Span<byte> state = stackalloc byte[registers.ExtendedStateSize];
        registers.ReadExtendedState(state);
        int control = BinaryPrimitives.ReadUInt16LittleEndian(state);
        int status = BinaryPrimitives.ReadUInt16LittleEndian(state[2..]);
        return FloatingPointCode(status & ~control);
    }

    private static int SimdCode(CpuContext registers)
    {
        Span<byte> state = stackalloc byte[registers.ExtendedStateSize];
        registers.ReadExtendedState(state);
        uint mxcsr = BinaryPrimitives.ReadUInt32LittleEndian(state[24..]);
        return FloatingPointCode((int)(mxcsr & ~(mxcsr >> 7)));
    }

    /// <summary>By the unmasked exception flags, in the order in which Linux looks at them; both units have them in the same bits.</summary>
    private static int FloatingPointCode(int flags) => flags switch
    {
        _ when (flags & 0x01) != 0 => FPE_FLTINV,
        _ when (flags & 0x04) != 0 => FPE_FLTDIV,
        _ when (flags & 0x08) != 0 => FPE_FLTOVF,
        _ when (flags & 0x12) != 0 => FPE_FLTUND,
        _ when (flags & 0x20) != 0 => FPE_FLTRES,
        _ => 0,
    };
}
