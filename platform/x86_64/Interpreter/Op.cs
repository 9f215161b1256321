using System.Runtime.InteropServices;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>
/// One step of a decoded block. <see cref="Handler"/> is a
/// <c>delegate*&lt;CpuState*, Op*, Engine, long, void&gt;</c> that does the step and calls the handler of the next record in tail
/// position. Registers are byte offsets into <see cref="Cpu.CpuState"/>. Some handlers use further records behind their own as data
/// (the links of a branch).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Op
{
    public nint Handler;

    /// <summary>Offset of the destination register (which often is a source too).</summary>
    public ushort Destination;

    /// <summary>Offset of the source register.</summary>
    public ushort Source;

    /// <summary>Offset of the address's base register, or of zero.</summary>
    public ushort Base;

    /// <summary>Offset of the address's index register, or of zero.</summary>
    public ushort Index;

    /// <summary>The address's displacement; for RIP-relative addresses the whole address.</summary>
    public long Displacement;

    /// <summary>The immediate operand, sign-extended as the instruction says, or a pointer that belongs to the handler.</summary>
    public long Immediate;

    /// <summary>The instruction's address.</summary>
    public ulong Rip;

    /// <summary>Instructions of the block that are done when this step is done.</summary>
    public ushort Count;

    /// <summary>Instructions of the block that this step stands for (2 when two are fused).</summary>
    public byte Fused;

    /// <summary>Bytes of code that this step stands for.</summary>
    public byte Length;

    /// <summary>The scale of the index: 1, 2, 4 or 8.</summary>
    public byte Scale;

    /// <summary>Offset of the address's segment base in units of 8 bytes (that of zero when there is none).</summary>
    public byte Segment;

    /// <summary>Operand facts for generic handlers (sizes, address size); their meaning is the handler's.</summary>
    public ushort Detail;

    /// <summary>The address of the instruction after this step.</summary>
    public readonly ulong NextRip => Rip + Length;
}
