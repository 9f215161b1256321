using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>MXCSR (SDM vol. 1 figure 10-3): flags in bits 0…5 as in <see cref="FloatStatus"/>, DAZ, masks, rounding mode, FTZ.</summary>
internal static class Mxcsr
{
    /// <summary>The value with which a program starts.</summary>
    public const uint Initial = 0x1F80;

    /// <summary>The bits that may be set; LDMXCSR and FXRSTOR with another raise #GP (MXCSR_MASK of FXSAVE).</summary>
    public const uint Supported = 0xFFFF;

    /// <summary>DAZ: denormal operands count as zero.</summary>
    public const uint DenormalsAreZero = 0x0040;

    /// <summary>FTZ: a result that underflows becomes zero, as long as the exception is masked.</summary>
    public const uint FlushToZero = 0x8000;

    /// <summary>How far the masks lie above the flags.</summary>
    public const int MaskShift = 7;

    /// <summary>Everything but the flags: what <see cref="HasDefaultControl"/> looks at.</summary>
    private const uint ControlBits = 0xFFC0;

    /// <summary>Whether the arithmetic is the host's: round to nearest, no DAZ, no FTZ, all exceptions masked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasDefaultControl(uint mxcsr) => (mxcsr & ControlBits) == Initial;

    /// <summary>
    /// The same, and PE is set already, so that nobody need know whether a result is exact. Almost every program is in this state
    /// after its first few operations, because nothing but LDMXCSR clears a flag.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HasDefaultControlAndInexact(uint mxcsr) => (mxcsr & (ControlBits | FloatStatus.Inexact)) == (Initial | FloatStatus.Inexact);

    /// <summary>Whether an exception of these is not masked.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnmasked(uint mxcsr, uint flags) => (flags & ~(mxcsr >> MaskShift) & FloatStatus.All) != 0;

    /// <summary>The rounding mode, a constant of <see cref="FloatRounding"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint RoundingMode(uint mxcsr) => (mxcsr >> 13) & 3;

    /// <summary>MXCSR with another rounding mode.</summary>
    public static uint WithRoundingMode(uint mxcsr, uint mode) => (mxcsr & ~(3u << 13)) | (mode << 13);
}
