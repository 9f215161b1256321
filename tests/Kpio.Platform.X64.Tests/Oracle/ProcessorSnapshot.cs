using System.Runtime.InteropServices;

namespace Kpio.Platform.X64.Tests.Oracle;

/// <summary>
/// The user-mode registers of an x86_64 processor before or after one instruction, and how the instruction ended. The layout is
/// known to the machine code of <see cref="NativeProcessor"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ProcessorSnapshot
{
    /// <summary>General registers in the order of their encoding.</summary>
    public fixed ulong Gpr[16];

    public ulong Rip;

    public ulong Rflags;

    /// <summary>The exception's vector; 3 when the instruction ended and the int3 behind it was reached.</summary>
    public ulong Vector;

    /// <summary>The exception's error code, 0 where it has none.</summary>
    public ulong ErrorCode;

    /// <summary>CR2 after a page fault, otherwise 0.</summary>
    public ulong FaultAddress;

    /// <summary>Not used: keeps <see cref="Fx"/> aligned to 64 bytes.</summary>
    public fixed ulong Padding[3];

    /// <summary>x87, MMX and SSE state as FXSAVE64 writes it (SDM vol. 1 10.5).</summary>
    public fixed byte Fx[512];

    /// <summary>The upper halves of YMM0 to YMM15, zero on a host without AVX.</summary>
    public fixed byte Upper[256];

    public const int GprOffset = 0, RipOffset = 128, RflagsOffset = 136, VectorOffset = 144, ErrorCodeOffset = 152, FaultAddressOffset = 160, FxOffset = 192, UpperOffset = FxOffset + 512;
}
