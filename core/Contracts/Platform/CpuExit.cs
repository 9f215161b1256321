namespace Kpio.Contracts.Platform;

/// <summary>Why <see cref="ICpu.Run"/> came back.</summary>
public enum CpuExitReason : byte
{
    /// <summary>The cycle budget is used up; the context stands at an instruction boundary.</summary>
    Budget,

    /// <summary>
    /// The guest executed <c>syscall</c>: RCX and R11 are as the processor leaves them, RIP is the return address. RFLAGS stays as it
    /// is in R11, which is what SYSRET gives back; IA32_FMASK would only change it for the kernel.
    /// </summary>
    Syscall,

    /// <summary>A page fault; RIP is the faulting instruction's and no part of it has taken effect (string instructions: whole iterations).</summary>
    Fault,

    /// <summary>Another exception, by <see cref="CpuExit.Vector"/>.</summary>
    Exception,

    /// <summary><see cref="ICpu.Interrupt"/> was called.</summary>
    Interrupted,

    /// <summary>For a debugger (<see cref="IDebugCpu"/>): RIP is at a breakpoint, whose instruction has not been done.</summary>
    Breakpoint,

    /// <summary>For a debugger: the instruction before RIP has accessed watched memory; <see cref="CpuExit.Fault"/> says where, and what was watched for.</summary>
    Watchpoint,

    /// <summary>For a debugger: <see cref="IDebugCpu.Step"/> is done.</summary>
    Stepped,
}

/// <summary>Processor exceptions that ring 3 can raise (SDM vol. 3A 6.3).</summary>
public enum ExceptionVector : byte
{
    /// <summary>#DE: divide error.</summary>
    DivideError = 0,

    /// <summary>#DB: single step (TF) or a debug register.</summary>
    Debug = 1,

    /// <summary>#BP: int3.</summary>
    Breakpoint = 3,

    /// <summary>#OF: into.</summary>
    Overflow = 4,

    /// <summary>#UD: undefined instruction.</summary>
    InvalidOpcode = 6,

    /// <summary>#SS: a non-canonical address through the stack segment.</summary>
    StackFault = 12,

    /// <summary>#GP: a privileged instruction, a non-canonical address, a misaligned SSE operand.</summary>
    GeneralProtection = 13,

    /// <summary>#PF: see <see cref="CpuExitReason.Fault"/>.</summary>
    PageFault = 14,

    /// <summary>#MF: an unmasked x87 exception.</summary>
    X87FloatingPoint = 16,

    /// <summary>#AC: alignment check.</summary>
    AlignmentCheck = 17,

    /// <summary>#XM: an unmasked SSE exception.</summary>
    SimdFloatingPoint = 19,
}

/// <summary>Why the guest left ring 3, with what the kernel needs to know of it.</summary>
/// <param name="Reason">The reason; it tells which of the other members have a meaning.</param>
/// <param name="Vector">The exception, for <see cref="CpuExitReason.Exception"/>.</param>
/// <param name="ErrorCode">The exception's error code, 0 where it has none.</param>
/// <param name="Fault">The page fault, for <see cref="CpuExitReason.Fault"/>; the access, for <see cref="CpuExitReason.Watchpoint"/>.</param>
public readonly record struct CpuExit(
    CpuExitReason Reason,
    ExceptionVector Vector = default,
    uint ErrorCode = 0,
    FaultInfo Fault = default);
