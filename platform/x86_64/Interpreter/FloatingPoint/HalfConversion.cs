using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>F16C: VCVTPH2PS and VCVTPS2PH (SDM vol. 1 14.4). MXCSR.FTZ has no say; DAZ and DE only where the source is float32.</summary>
internal static unsafe class HalfConversion
{
    private const byte ByMxcsr = 4;

    /// <summary>Four elements from the source's low eight bytes.</summary>
    public static void ToSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        uint mxcsr = state->Mxcsr & ~Mxcsr.DenormalsAreZero;
        Vector128<uint> result = default;
        for (int element = 0; element < 4; element++)
            ((uint*)&result)[element] = (uint)SseSoftFloat<HalfFormat>.ConvertTo<SingleFormat>(((ushort*)source)[element], mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags & ~FloatStatus.Denormal))
            *destination = result.AsByte();
    }

    /// <summary>Four elements to the destination's low eight bytes; the others become zero. The immediate has the rounding mode.</summary>
    public static void FromSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        uint mxcsr = state->Mxcsr & ~Mxcsr.FlushToZero;
        if ((immediate & ByMxcsr) == 0) mxcsr = Mxcsr.WithRoundingMode(mxcsr, immediate & 3u);
        ulong result = 0;
        for (int element = 0; element < 4; element++)
            result |= SseSoftFloat<SingleFormat>.ConvertTo<HalfFormat>(((uint*)source)[element], mxcsr, ref flags) << (element * 16);
        if (SseArithmetic.Complete(state, flags))
            *destination = Vector128.CreateScalar(result).AsByte();
    }
}
