using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>COMISS, COMISD, UCOMISS and UCOMISD, bound by <see cref="SseFloatBindings"/>: they set RFLAGS, OF, SF and AF to zero.</summary>
internal static unsafe class SseCompare
{
    public static void OrderedDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        if (SseArithmetic.CompareDouble(state, *(double*)destination, *(double*)source, false, out FloatRelation relation))
            Flags.SetArithmetic(state, (uint)relation);
    }

    public static void OrderedSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        if (SseArithmetic.CompareSingle(state, *(float*)destination, *(float*)source, false, out FloatRelation relation))
            Flags.SetArithmetic(state, (uint)relation);
    }

    public static void UnorderedDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        if (SseArithmetic.CompareDouble(state, *(double*)destination, *(double*)source, true, out FloatRelation relation))
            Flags.SetArithmetic(state, (uint)relation);
    }

    public static void UnorderedSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        if (SseArithmetic.CompareSingle(state, *(float*)destination, *(float*)source, true, out FloatRelation relation))
            Flags.SetArithmetic(state, (uint)relation);
    }
}
