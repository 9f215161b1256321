using Kpio.Contracts.Values;

namespace Kpio.Contracts.Platform;

/// <summary>The general registers in the order of their encoding (SDM vol. 2A table 2-2).</summary>
public enum GuestRegister : byte
{
#pragma warning disable CS1591 // The names are the documentation.
    Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15,
#pragma warning restore CS1591
}

/// <summary>
/// The ring-3 registers of one guest task. Made by the platform (<see cref="ICpu.CreateContext"/>), which keeps them in memory of
/// its own; plugins read and write them through this class. Never touched by two threads at once.
/// </summary>
public abstract class CpuContext
{
    /// <summary>The size in bytes of the state that <see cref="ReadExtendedState"/> gives: XSAVE's standard form for the features that CPUID claims.</summary>
    public abstract int ExtendedStateSize { get; }

    /// <summary>The address space that the registers run in: CR3.</summary>
    public abstract AddressSpaceId AddressSpace { get; set; }

    /// <summary>The next instruction's address.</summary>
    public abstract ulong Rip { get; set; }

    /// <summary>RFLAGS. Writing ignores bits that ring 3 cannot change.</summary>
    public abstract ulong Rflags { get; set; }

    /// <summary>The base of FS: the thread pointer of x86_64 programs.</summary>
    public abstract ulong FsBase { get; set; }

    /// <summary>The base of GS.</summary>
    public abstract ulong GsBase { get; set; }

    /// <summary>A general register.</summary>
    public abstract ulong this[GuestRegister register] { get; set; }

    /// <summary>Writes the x87, SSE and further state as XSAVE does into <paramref name="destination"/> (at least <see cref="ExtendedStateSize"/> bytes).</summary>
    public abstract void ReadExtendedState(Span<byte> destination);

    /// <summary>Takes the state over as XRSTOR does; false, with nothing changed, when the image is invalid (reserved MXCSR bits, for one).</summary>
    public abstract bool WriteExtendedState(ReadOnlySpan<byte> source);

    /// <summary>Puts every register into the state in which Linux starts a program: general registers 0, x87 as FNINIT leaves it, MXCSR 0x1F80.</summary>
    public abstract void Reset();

    /// <summary>Copies every register of <paramref name="source"/>, a context of the same platform.</summary>
    public abstract void CopyFrom(CpuContext source);
}
