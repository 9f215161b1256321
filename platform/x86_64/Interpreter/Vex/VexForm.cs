using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.FloatingPoint;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>What the operands of a VEX instruction are to its operation.</summary>
internal enum VexShape : byte
{
    /// <summary>A result, the first source if there are two, the source, the third source, an immediate.</summary>
    Plain,

    /// <summary>The last register is the first source, and the immediate the only other: shifts.</summary>
    Shift,

    /// <summary>The result is the first source as well; the second operand is the third source.</summary>
    Fused,

    /// <summary>There is no result but flags or fixed registers; the first operand is the first source.</summary>
    Flags,
}

/// <summary>
/// The operation of a VEX instruction: a function that changes its destination, which begins as the first source, as the operations of
/// <see cref="Simd.SimdBindings"/> do; a third source lies 32 bytes behind the destination.
/// </summary>
internal readonly unsafe struct VexForm
{
    private VexForm(
        delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function, VexShape shape, bool whole, int sourceStride, int destinationStride, int immediateShift)
    {
        Function = function;
        Shape = shape;
        IsWhole = whole;
        SourceStride = (byte)sourceStride;
        DestinationStride = (byte)destinationStride;
        ImmediateShift = (byte)immediateShift;
    }

    /// <summary>Null when there is none.</summary>
    public readonly delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> Function;

    public VexShape Shape { get; }

    /// <summary>Whether one call does the whole register: pointers to 32 bytes, those that do not count being zero.</summary>
    public bool IsWhole { get; }

    public byte SourceStride { get; }

    public byte DestinationStride { get; }

    public byte ImmediateShift { get; }

    /// <summary>The immediate of an operation whose instruction has none.</summary>
    public byte Immediate { get; private init; }

    /// <summary>Half by half.</summary>
    public static VexForm Lanes(delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function, int immediateShift = 0, VexShape shape = VexShape.Plain) =>
        new(function, shape, false, 16, 16, immediateShift);

    /// <summary>Half by half; both take the first half of the source: a count.</summary>
    public static VexForm Count(delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function) => new(function, VexShape.Plain, false, 0, 16, 0);

    /// <summary>Half by half; the source's elements are narrower than the result's.</summary>
    public static VexForm Widen(delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function, int stride) => new(function, VexShape.Plain, false, stride, 16, 0);

    /// <summary>Half by half; the result of each is eight bytes.</summary>
    public static VexForm Narrow(delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function) => new(function, VexShape.Plain, false, 16, 8, 0);

    /// <summary>Half by half, on the result and two sources.</summary>
    public static VexForm Fused(delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function, FusedOrder order, FusedSigns signs) =>
        new(function, VexShape.Fused, false, 16, 16, 0) { Immediate = (byte)((byte)order | (byte)signs) };

    /// <summary>In one call.</summary>
    public static VexForm Whole(delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function, VexShape shape = VexShape.Plain) =>
        new(function, shape, true, 0, 0, 0);
}
