using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// The conversions of SSE, bound by <see cref="SseFloatBindings"/>. A general or MMX register as destination gets the low eight
/// bytes; 32-bit results are extended with zeros. Methods with a <c>TMode</c> round as it says: MXCSR's way, or toward zero (CVTT).
/// </summary>
internal static unsafe class SseConversion
{
    public static void SingleToDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate) =>
        SseArithmetic.SingleToDouble(state, (double*)destination, *(float*)source);

    public static void DoubleToSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate) =>
        SseArithmetic.DoubleToSingle(state, (float*)destination, *(double*)source);

    /// <summary>CVTPS2PD.</summary>
    public static void PackedSingleToDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        double low = SseScalar.ToDouble(((float*)source)[0], state->Mxcsr, ref flags);
        double high = SseScalar.ToDouble(((float*)source)[1], state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = Vector128.Create(low, high).AsByte();
    }

    /// <summary>CVTPD2PS.</summary>
    public static void PackedDoubleToSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        float low = SseScalar.ToSingle(((double*)source)[0], state->Mxcsr, ref flags);
        float high = SseScalar.ToSingle(((double*)source)[1], state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = Vector128.Create(low, high, 0, 0).AsByte();
    }

    /// <summary>CVTSI2SD from 32 bits: always exact.</summary>
    public static void Int32ToDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate) =>
        *(double*)destination = *(int*)source;

    /// <summary>CVTSI2SD from 64 bits.</summary>
    public static void Int64ToDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        double result = SseScalar.ToDouble(*(long*)source, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(double*)destination = result;
    }

    /// <summary>CVTSI2SS from 32 bits.</summary>
    public static void Int32ToSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        float result = SseScalar.ToSingle(*(int*)source, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(float*)destination = result;
    }

    /// <summary>CVTSI2SS from 64 bits.</summary>
    public static void Int64ToSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        float result = SseScalar.ToSingle(*(long*)source, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(float*)destination = result;
    }

    /// <summary>CVTDQ2PD and CVTPI2PD: always exact.</summary>
    public static void PackedInt32ToDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate) =>
        *destination = Vector128.Create((double)((int*)source)[0], ((int*)source)[1]).AsByte();

    /// <summary>CVTDQ2PS.</summary>
    public static void PackedInt32ToSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        Vector128<float> result = default;
        for (int element = 0; element < 4; element++)
            ((float*)&result)[element] = SseScalar.ToSingle(((int*)source)[element], state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }

    /// <summary>CVTPI2PS: the upper half of the destination stays.</summary>
    public static void MmxInt32ToSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        float low = SseScalar.ToSingle(((int*)source)[0], state->Mxcsr, ref flags);
        float high = SseScalar.ToSingle(((int*)source)[1], state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
        {
            ((float*)destination)[0] = low;
            ((float*)destination)[1] = high;
        }
    }

    /// <summary>CVTSD2SI and CVTTSD2SI to 32 bits.</summary>
    public static void DoubleToInt32<TMode>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TMode : struct, ISseConversionMode
    {
        uint flags = 0;
        long result = SseScalar.ToInteger(*(double*)source, 32, TMode.Get(state->Mxcsr), state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(ulong*)destination = (uint)result;
    }

    /// <summary>CVTSD2SI and CVTTSD2SI to 64 bits.</summary>
    public static void DoubleToInt64<TMode>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TMode : struct, ISseConversionMode
    {
        uint flags = 0;
        long result = SseScalar.ToInteger(*(double*)source, 64, TMode.Get(state->Mxcsr), state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(long*)destination = result;
    }

    /// <summary>CVTSS2SI and CVTTSS2SI to 32 bits.</summary>
    public static void SingleToInt32<TMode>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TMode : struct, ISseConversionMode
    {
        uint flags = 0;
        long result = SseScalar.ToInteger(*(float*)source, 32, TMode.Get(state->Mxcsr), state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(ulong*)destination = (uint)result;
    }

    /// <summary>CVTSS2SI and CVTTSS2SI to 64 bits.</summary>
    public static void SingleToInt64<TMode>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TMode : struct, ISseConversionMode
    {
        uint flags = 0;
        long result = SseScalar.ToInteger(*(float*)source, 64, TMode.Get(state->Mxcsr), state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(long*)destination = result;
    }

    /// <summary>CVTPS2DQ and CVTTPS2DQ.</summary>
    public static void PackedSingleToInt32<TMode>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TMode : struct, ISseConversionMode
    {
        uint flags = 0;
        Vector128<int> result = default;
        for (int element = 0; element < 4; element++)
            ((int*)&result)[element] = (int)SseScalar.ToInteger(((float*)source)[element], 32, TMode.Get(state->Mxcsr), state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }

    /// <summary>CVTPS2PI and CVTTPS2PI: to an MMX register.</summary>
    public static void SingleToMmxInt32<TMode>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TMode : struct, ISseConversionMode
    {
        uint flags = 0;
        uint low = (uint)SseScalar.ToInteger(((float*)source)[0], 32, TMode.Get(state->Mxcsr), state->Mxcsr, ref flags);
        uint high = (uint)SseScalar.ToInteger(((float*)source)[1], 32, TMode.Get(state->Mxcsr), state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(ulong*)destination = low | ((ulong)high << 32);
    }

    /// <summary>CVTPD2PI and CVTTPD2PI: to an MMX register.</summary>
    public static void DoubleToMmxInt32<TMode>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TMode : struct, ISseConversionMode
    {
        if (TryConvertPair<TMode>(state, source, out ulong result))
            *(ulong*)destination = result;
    }

    /// <summary>CVTPD2DQ and CVTTPD2DQ: the upper half of the destination becomes zero.</summary>
    public static void PackedDoubleToInt32<TMode>(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        where TMode : struct, ISseConversionMode
    {
        if (TryConvertPair<TMode>(state, source, out ulong result))
            *destination = Vector128.Create(result, 0).AsByte();
    }

    private static bool TryConvertPair<TMode>(CpuState* state, Vector128<byte>* source, out ulong result)
        where TMode : struct, ISseConversionMode
    {
        uint flags = 0;
        uint low = (uint)SseScalar.ToInteger(((double*)source)[0], 32, TMode.Get(state->Mxcsr), state->Mxcsr, ref flags);
        uint high = (uint)SseScalar.ToInteger(((double*)source)[1], 32, TMode.Get(state->Mxcsr), state->Mxcsr, ref flags);
        result = low | ((ulong)high << 32);
        return SseArithmetic.Complete(state, flags);
    }
}

/// <summary>How a conversion to an integer rounds.</summary>
internal interface ISseConversionMode
{
    /// <summary>The rounding mode, a constant of <see cref="FloatRounding"/>.</summary>
    static abstract uint Get(uint mxcsr);
}

/// <summary>As MXCSR says.</summary>
internal readonly struct SseRoundedConversion : ISseConversionMode
{
    public static uint Get(uint mxcsr) => Mxcsr.RoundingMode(mxcsr);
}

/// <summary>Toward zero: the CVTT instructions.</summary>
internal readonly struct SseTruncatedConversion : ISseConversionMode
{
    public static uint Get(uint mxcsr) => FloatRounding.Zero;
}
