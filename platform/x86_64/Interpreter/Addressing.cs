using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter;

/// <summary>An address form as a type parameter.</summary>
internal unsafe interface IAddress
{
    static abstract ulong Compute(CpuState* s, Op* op);
}

/// <summary>Base + displacement. RIP-relative and absolute addresses have zero as their base.</summary>
internal readonly unsafe struct BaseAddress : IAddress
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute(CpuState* s, Op* op) =>
        *(ulong*)((byte*)s + op->Base) + (ulong)op->Displacement;
}

/// <summary>Base + index * scale + displacement.</summary>
internal readonly unsafe struct IndexedAddress : IAddress
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute(CpuState* s, Op* op) =>
        *(ulong*)((byte*)s + op->Base) + (*(ulong*)((byte*)s + op->Index) * op->Scale) + (ulong)op->Displacement;
}

/// <summary>Any form: with a segment base or 32-bit address size too.</summary>
internal readonly unsafe struct AnyAddress : IAddress
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute(CpuState* s, Op* op)
    {
        ulong address = *(ulong*)((byte*)s + op->Base) + (*(ulong*)((byte*)s + op->Index) * op->Scale) + (ulong)op->Displacement;
        if ((op->Detail & OpDetail.Address32) != 0) address = (uint)address;
        return address + ((ulong*)s)[op->Segment];
    }
}

/// <summary>Bits of <see cref="Op.Detail"/> that mean the same to every handler.</summary>
internal static class OpDetail
{
    /// <summary>The address is computed in 32 bits.</summary>
    public const ushort Address32 = 0x8000;

    /// <summary>The address goes through the stack segment: non-canonical ones raise #SS.</summary>
    public const ushort StackSegment = 0x4000;
}
