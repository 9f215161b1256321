using Kpio.Contracts.Values;

namespace Kpio.Contracts.Platform;

/// <summary>
/// What a processor does for a debugger, beside running. Breakpoints and watchpoints are the processor's own: guest memory does not
/// change for them, so neither the guest nor a copy that it makes of its memory shows any. They belong to an address space and go with
/// it. Without any, running costs nothing more. Under the kernel lock.
/// </summary>
public interface IDebugCpu
{
    /// <summary>
    /// Does one instruction, or one iteration of a repeated string instruction, as the processor does under RFLAGS.TF, which the guest
    /// does not see; breakpoints do not stop it. <see cref="CpuExitReason.Stepped"/> when it is done, else as <see cref="ICpu.Run"/>.
    /// </summary>
    CpuExit Step(CpuContext context);

    /// <summary>Makes <see cref="ICpu.Run"/> come back with <see cref="CpuExitReason.Breakpoint"/> before the instruction at an address. Twice is the same as once.</summary>
    void AddBreakpoint(AddressSpaceId space, ulong address);

    /// <summary>Takes a breakpoint away, if there is one.</summary>
    void RemoveBreakpoint(AddressSpaceId space, ulong address);

    /// <summary>
    /// Makes <see cref="ICpu.Run"/> and <see cref="Step"/> come back with <see cref="CpuExitReason.Watchpoint"/> behind each instruction
    /// of ring 3 that accesses one of <paramref name="length"/> bytes so (read, write, or both). What system calls read and write is not seen.
    /// </summary>
    void AddWatchpoint(AddressSpaceId space, ulong address, ulong length, PageAccess access);

    /// <summary>Takes a watchpoint away, if there is one just like this.</summary>
    void RemoveWatchpoint(AddressSpaceId space, ulong address, ulong length, PageAccess access);

    /// <summary>Takes every breakpoint and watchpoint of a space away.</summary>
    void Clear(AddressSpaceId space);
}
