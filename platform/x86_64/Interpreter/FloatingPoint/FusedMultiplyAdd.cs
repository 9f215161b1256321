using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>Which operands of an FMA instruction are multiplied, in its first two digits; the third is added (SDM vol. 1 14.5.1).</summary>
internal enum FusedOrder : byte
{
    Order132 = 0,
    Order213 = 1,
    Order231 = 2,
}

/// <summary>What of an FMA instruction is turned to its negative, in the bits above <see cref="FusedOrder"/>.</summary>
[Flags]
internal enum FusedSigns : byte
{
    None = 0,

    /// <summary>FNMADD, FNMSUB.</summary>
    Product = 0x04,

    /// <summary>FMSUB, FNMSUB.</summary>
    Addend = 0x08,

    /// <summary>FMADDSUB: in the elements with even numbers.</summary>
    AddendOfEven = 0x10,

    /// <summary>FMSUBADD.</summary>
    AddendOfOdd = 0x20,
}

/// <summary>
/// FMA: a product and a sum with one rounding. The destination is the first operand, the second lies 32 bytes behind it, the source
/// is the third; the immediate is <see cref="FusedOrder"/> and <see cref="FusedSigns"/>.
/// </summary>
internal static unsafe class FusedMultiplyAdd
{
    private const int OrderMask = 3;

    /// <summary>The second operand, behind the destination.</summary>
    private const int SecondOperand = 2;

    public static void ScalarSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        float result = Element((float*)destination, (float*)(destination + SecondOperand), (float*)source, 0, immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(float*)destination = result;
    }

    public static void ScalarDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        double result = Element((double*)destination, (double*)(destination + SecondOperand), (double*)source, 0, immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(double*)destination = result;
    }

    public static void PackedSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        Vector128<float> result = default;
        for (int element = 0; element < 4; element++)
            ((float*)&result)[element] = Element((float*)destination, (float*)(destination + SecondOperand), (float*)source, element, immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }

    public static void PackedDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        Vector128<double> result = default;
        for (int element = 0; element < 2; element++)
            ((double*)&result)[element] = Element((double*)destination, (double*)(destination + SecondOperand), (double*)source, element, immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }

    private static float Element(float* first, float* second, float* third, int element, byte immediate, uint mxcsr, ref uint flags)
    {
        (float left, float right, float addend) = (FusedOrder)(immediate & OrderMask) switch
        {
            FusedOrder.Order132 => (first[element], third[element], second[element]),
            FusedOrder.Order213 => (second[element], first[element], third[element]),
            _ => (second[element], third[element], first[element]),
        };
        bool turnsProduct = (immediate & (byte)FusedSigns.Product) != 0;
        bool turnsAddend = TurnsAddend(immediate, element);
        if (Mxcsr.HasDefaultControlAndInexact(mxcsr) && !SseArithmetic.IsDenormal(left) && !SseArithmetic.IsDenormal(right) && !SseArithmetic.IsDenormal(addend))
        {
            float result = MathF.FusedMultiplyAdd(turnsProduct ? -left : left, right, turnsAddend ? -addend : addend);
            if (SseArithmetic.IsOrdinary(result, 2))
                return result;
        }

        return BitConverter.UInt32BitsToSingle((uint)FusedSoftFloat<SingleFormat>.Compute(
            BitConverter.SingleToUInt32Bits(left), BitConverter.SingleToUInt32Bits(right), BitConverter.SingleToUInt32Bits(addend), turnsProduct, turnsAddend, mxcsr, ref flags));
    }

    private static double Element(double* first, double* second, double* third, int element, byte immediate, uint mxcsr, ref uint flags)
    {
        (double left, double right, double addend) = (FusedOrder)(immediate & OrderMask) switch
        {
            FusedOrder.Order132 => (first[element], third[element], second[element]),
            FusedOrder.Order213 => (second[element], first[element], third[element]),
            _ => (second[element], third[element], first[element]),
        };
        bool turnsProduct = (immediate & (byte)FusedSigns.Product) != 0;
        bool turnsAddend = TurnsAddend(immediate, element);
        if (Mxcsr.HasDefaultControlAndInexact(mxcsr) && !SseArithmetic.IsDenormal(left) && !SseArithmetic.IsDenormal(right) && !SseArithmetic.IsDenormal(addend))
        {
            double result = Math.FusedMultiplyAdd(turnsProduct ? -left : left, right, turnsAddend ? -addend : addend);
            if (SseArithmetic.IsOrdinary(result, 2))
                return result;
        }

        return BitConverter.UInt64BitsToDouble(FusedSoftFloat<DoubleFormat>.Compute(
            BitConverter.DoubleToUInt64Bits(left), BitConverter.DoubleToUInt64Bits(right), BitConverter.DoubleToUInt64Bits(addend), turnsProduct, turnsAddend, mxcsr, ref flags));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TurnsAddend(byte immediate, int element) =>
        (immediate & ((byte)FusedSigns.Addend | (byte)((element & 1) == 0 ? FusedSigns.AddendOfEven : FusedSigns.AddendOfOdd))) != 0;
}
