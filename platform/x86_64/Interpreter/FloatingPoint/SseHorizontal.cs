using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>ADDSUB, HADD, HSUB and the dot products, bound by <see cref="SseFloatBindings"/>.</summary>
internal static unsafe class SseHorizontal
{
    /// <summary>ADDSUBPD.</summary>
    public static void AddSubtractDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        double* left = (double*)destination;
        double* right = (double*)source;
        double low = SseScalar.Element<SseSubtract>(left[0], right[0], state->Mxcsr, ref flags);
        double high = SseScalar.Element<SseAdd>(left[1], right[1], state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = Vector128.Create(low, high).AsByte();
    }

    /// <summary>ADDSUBPS.</summary>
    public static void AddSubtractSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        float* left = (float*)destination;
        float* right = (float*)source;
        Vector128<float> result = Vector128.Create(
            SseScalar.Element<SseSubtract>(left[0], right[0], state->Mxcsr, ref flags),
            SseScalar.Element<SseAdd>(left[1], right[1], state->Mxcsr, ref flags),
            SseScalar.Element<SseSubtract>(left[2], right[2], state->Mxcsr, ref flags),
            SseScalar.Element<SseAdd>(left[3], right[3], state->Mxcsr, ref flags));
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }

    /// <summary>HADDPD and HSUBPD: neighbours of the destination, then of the source.</summary>
    public static void PairsDouble<TOperation>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TOperation : struct, ISseOperation
    {
        uint flags = 0;
        double* left = (double*)destination;
        double* right = (double*)source;
        double low = SseScalar.Element<TOperation>(left[0], left[1], state->Mxcsr, ref flags);
        double high = SseScalar.Element<TOperation>(right[0], right[1], state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = Vector128.Create(low, high).AsByte();
    }

    /// <summary>HADDPS and HSUBPS.</summary>
    public static void PairsSingle<TOperation>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TOperation : struct, ISseOperation
    {
        uint flags = 0;
        float* left = (float*)destination;
        float* right = (float*)source;
        Vector128<float> result = Vector128.Create(
            SseScalar.Element<TOperation>(left[0], left[1], state->Mxcsr, ref flags),
            SseScalar.Element<TOperation>(left[2], left[3], state->Mxcsr, ref flags),
            SseScalar.Element<TOperation>(right[0], right[1], state->Mxcsr, ref flags),
            SseScalar.Element<TOperation>(right[2], right[3], state->Mxcsr, ref flags));
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }

    /// <summary>DPPD: the products that bits 4 and 5 choose, added, to the elements that bits 0 and 1 choose.</summary>
    public static void DotProductDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        double* left = (double*)destination;
        double* right = (double*)source;
        uint flags = 0;
        double first = (immediate & 0x10) != 0 ? SseScalar.Element<SseMultiply>(left[0], right[0], state->Mxcsr, ref flags) : 0;
        double second = (immediate & 0x20) != 0 ? SseScalar.Element<SseMultiply>(left[1], right[1], state->Mxcsr, ref flags) : 0;
        // Each step of the operation reports before the next one begins (SDM vol. 2A, DPPD).
        if (!SseArithmetic.Complete(state, flags))
            return;
        flags = 0;
        double sum = SseScalar.Element<SseAdd>(first, second, state->Mxcsr, ref flags);
        if (!SseArithmetic.Complete(state, flags))
            return;
        left[0] = (immediate & 1) != 0 ? sum : 0;
        left[1] = (immediate & 2) != 0 ? sum : 0;
    }

    /// <summary>DPPS: four products, added in pairs, then the pairs.</summary>
    public static void DotProductSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        float* left = (float*)destination;
        float* right = (float*)source;
        float* products = stackalloc float[4];
        uint flags = 0;
        for (int element = 0; element < 4; element++)
        {
            products[element] = (immediate >> (4 + element) & 1) != 0
                ? SseScalar.Element<SseMultiply>(left[element], right[element], state->Mxcsr, ref flags)
                : 0;
        }

        if (!SseArithmetic.Complete(state, flags))
            return;
        flags = 0;
        float low = SseScalar.Element<SseAdd>(products[0], products[1], state->Mxcsr, ref flags);
        float high = SseScalar.Element<SseAdd>(products[2], products[3], state->Mxcsr, ref flags);
        if (!SseArithmetic.Complete(state, flags))
            return;
        flags = 0;
        float sum = SseScalar.Element<SseAdd>(low, high, state->Mxcsr, ref flags);
        if (!SseArithmetic.Complete(state, flags))
            return;
        for (int element = 0; element < 4; element++)
            left[element] = (immediate >> element & 1) != 0 ? sum : 0;
    }
}
