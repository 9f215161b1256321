using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>ADD, SUB, MUL, DIV in their four forms, bound by <see cref="SseFloatBindings"/>.</summary>
internal static unsafe class SseBasic<TOperation>
    where TOperation : struct, ISseOperation
{
    public static void ScalarDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate) =>
        SseArithmetic.Apply<TOperation>(state, (double*)destination, *(double*)source);

    public static void ScalarSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate) =>
        SseArithmetic.Apply<TOperation>(state, (float*)destination, *(float*)source);

    public static void PackedDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<double> left = destination->AsDouble();
        Vector128<double> right = source->AsDouble();
        Vector128<double> result = TOperation.Host(left, right);
        if (Mxcsr.HasDefaultControl(state->Mxcsr) && SsePacked.IsHostResult<TOperation>(left, right, result, state->Mxcsr))
        {
            *destination = result.AsByte();
            return;
        }

        uint flags = 0;
        for (int element = 0; element < 2; element++)
            ((double*)&result)[element] = SseScalar.Element<TOperation>(((double*)&left)[element], ((double*)&right)[element], state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }

    public static void PackedSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<float> left = destination->AsSingle();
        Vector128<float> right = source->AsSingle();
        Vector128<float> result = TOperation.Host(left, right);
        if (Mxcsr.HasDefaultControlAndInexact(state->Mxcsr) && SseArithmetic.AreOrdinary<TOperation>(left, right, result))
        {
            *destination = result.AsByte();
            return;
        }

        uint flags = 0;
        for (int element = 0; element < 4; element++)
            ((float*)&result)[element] = SseScalar.Element<TOperation>(((float*)&left)[element], ((float*)&right)[element], state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }
}
