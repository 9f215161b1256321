using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// The short ways of scalar SSE arithmetic, for handlers that an engine writes by hand; and what the packed forms share with them.
/// </summary>
/// <remarks>
/// Each method takes the CPU's state, a pointer to the destination (which is the first operand too, where there are two) and the
/// source's value. True: the destination was written and MXCSR brought up to date. False: an unmasked exception; the destination
/// is unchanged, the flags are in MXCSR, <see cref="CpuState.PendingSimdException"/> is set, and #XM is due. The part that is
/// inlined lets the host compute when rounding is to nearest, everything is masked, PE is already set, and operands and result are
/// ordinary numbers; that is where all of a program's arithmetic but its first few operations ends.
/// </remarks>
internal static unsafe class SseArithmetic
{
    /// <summary>Above this exponent the residual of a product, quotient or root does not underflow.</summary>
    public const int ResidualExponent = 64;

    private const ulong DoubleExponents = 0x7FF;

    private const uint SingleExponents = 0xFF;

    /// <summary>ADDSD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AddDouble(CpuState* state, double* destination, double source) => Apply<SseAdd>(state, destination, source);

    /// <summary>SUBSD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool SubtractDouble(CpuState* state, double* destination, double source) => Apply<SseSubtract>(state, destination, source);

    /// <summary>MULSD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MultiplyDouble(CpuState* state, double* destination, double source) => Apply<SseMultiply>(state, destination, source);

    /// <summary>DIVSD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool DivideDouble(CpuState* state, double* destination, double source) => Apply<SseDivide>(state, destination, source);

    /// <summary>ADDSS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AddSingle(CpuState* state, float* destination, float source) => Apply<SseAdd>(state, destination, source);

    /// <summary>SUBSS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool SubtractSingle(CpuState* state, float* destination, float source) => Apply<SseSubtract>(state, destination, source);

    /// <summary>MULSS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool MultiplySingle(CpuState* state, float* destination, float source) => Apply<SseMultiply>(state, destination, source);

    /// <summary>DIVSS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool DivideSingle(CpuState* state, float* destination, float source) => Apply<SseDivide>(state, destination, source);

    /// <summary>SQRTSD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool SquareRootDouble(CpuState* state, double* destination, double source)
    {
        // Positive and normal: the root is normal as well, and cannot underflow.
        if (Mxcsr.HasDefaultControlAndInexact(state->Mxcsr) && IsPositiveNormal(source))
        {
            *destination = Math.Sqrt(source);
            return true;
        }

        return SseScalar.SquareRootDoubleSlow(state, destination, source);
    }

    /// <summary>SQRTSS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool SquareRootSingle(CpuState* state, float* destination, float source)
    {
        if (Mxcsr.HasDefaultControlAndInexact(state->Mxcsr) && IsPositiveNormal(source))
        {
            *destination = MathF.Sqrt(source);
            return true;
        }

        return SseScalar.SquareRootSingleSlow(state, destination, source);
    }

    /// <summary>
    /// UCOMISD and COMISD (<paramref name="quiet"/> for the former): ZF, PF and CF in the places of RFLAGS come in
    /// <paramref name="relation"/>; OF, SF and AF become zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool CompareDouble(CpuState* state, double left, double right, bool quiet, out FloatRelation relation)
    {
        if (!IsDenormal(left) && !IsDenormal(right))
        {
            if (left > right)
            {
                relation = FloatRelation.Greater;
                return true;
            }

            if (left < right)
            {
                relation = FloatRelation.Less;
                return true;
            }

            if (left == right)
            {
                relation = FloatRelation.Equal;
                return true;
            }
        }

        return SseScalar.CompareDoubleSlow(state, left, right, quiet, out relation);
    }

    /// <summary>UCOMISS and COMISS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool CompareSingle(CpuState* state, float left, float right, bool quiet, out FloatRelation relation)
    {
        if (!IsDenormal(left) && !IsDenormal(right))
        {
            if (left > right)
            {
                relation = FloatRelation.Greater;
                return true;
            }

            if (left < right)
            {
                relation = FloatRelation.Less;
                return true;
            }

            if (left == right)
            {
                relation = FloatRelation.Equal;
                return true;
            }
        }

        return SseScalar.CompareSingleSlow(state, left, right, quiet, out relation);
    }

    /// <summary>CVTTSD2SI with a 32-bit destination.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TruncateDoubleToInt32(CpuState* state, int* destination, double source)
    {
        // Without DAZ and with PE set there is nothing to report but what does not fit; a denormal operand is not reported.
        if (Mxcsr.HasDefaultControlAndInexact(state->Mxcsr) && Math.Abs(source) < 2147483648.0)
        {
            *destination = (int)source;
            return true;
        }

        return SseScalar.TruncateDoubleToInt32Slow(state, destination, source);
    }

    /// <summary>CVTTSD2SI with a 64-bit destination.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TruncateDoubleToInt64(CpuState* state, long* destination, double source)
    {
        if (Mxcsr.HasDefaultControlAndInexact(state->Mxcsr) && Math.Abs(source) < 9223372036854775808.0)
        {
            *destination = (long)source;
            return true;
        }

        return SseScalar.TruncateDoubleToInt64Slow(state, destination, source);
    }

    /// <summary>CVTSS2SD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool SingleToDouble(CpuState* state, double* destination, float source)
    {
        // Exact for every normal number; zero takes the slow way, which costs little.
        if (IsOrdinary(source, 1))
        {
            *destination = source;
            return true;
        }

        return SseScalar.SingleToDoubleSlow(state, destination, source);
    }

    /// <summary>CVTSD2SS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool DoubleToSingle(CpuState* state, float* destination, double source)
    {
        float result = (float)source;
        if (Mxcsr.HasDefaultControlAndInexact(state->Mxcsr) && IsOrdinary(result, 2))
        {
            *destination = result;
            return true;
        }

        return SseScalar.DoubleToSingleSlow(state, destination, source);
    }

    /// <summary>The biased exponent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Exponent(double value) => (int)(BitConverter.DoubleToUInt64Bits(value) >> 52) & 0x7FF;

    /// <summary>Whether the exponent is zero and the fraction is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDenormal(double value) => (BitConverter.DoubleToUInt64Bits(value) << 1) - 1 < (1UL << 53) - 1;

    /// <summary>Whether the exponent is zero and the fraction is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsDenormal(float value) => (BitConverter.SingleToUInt32Bits(value) << 1) - 1 < (1U << 24) - 1;

    /// <summary>Whether it is finite with an exponent of at least <paramref name="lowest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOrdinary(double value, int lowest) =>
        (BitConverter.DoubleToUInt64Bits(value) << 1) - ((ulong)lowest << 53) < (DoubleExponents - (ulong)lowest) << 53;

    /// <summary>Whether it is finite with an exponent of at least <paramref name="lowest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsOrdinary(float value, int lowest) =>
        (BitConverter.SingleToUInt32Bits(value) << 1) - ((uint)lowest << 24) < (SingleExponents - (uint)lowest) << 24;

    /// <summary>Whether it is normal and above zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPositiveNormal(double value) => BitConverter.DoubleToUInt64Bits(value) - (1UL << 52) < (DoubleExponents - 1) << 52;

    /// <summary>Whether it is normal and above zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPositiveNormal(float value) => BitConverter.SingleToUInt32Bits(value) - (1U << 23) < (SingleExponents - 1) << 23;

    /// <summary>Whether the host compares two numbers as SSE does, with nothing to report: neither is a NaN or a denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreComparable(double left, double right) =>
        !IsDenormal(left) && !IsDenormal(right) && !double.IsNaN(left) && !double.IsNaN(right);

    /// <summary>Whether the host compares two numbers as SSE does, with nothing to report: neither is a NaN or a denormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreComparable(float left, float right) =>
        !IsDenormal(left) && !IsDenormal(right) && !float.IsNaN(left) && !float.IsNaN(right);

    /// <summary>The same for all elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreComparable(Vector128<double> left, Vector128<double> right) =>
        !AnyDenormal(left) && !AnyDenormal(right) && Vector128.EqualsAll(left, left) && Vector128.EqualsAll(right, right);

    /// <summary>The same for all elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreComparable(Vector128<float> left, Vector128<float> right) =>
        !AnyDenormal(left) && !AnyDenormal(right) && Vector128.EqualsAll(left, left) && Vector128.EqualsAll(right, right);

    /// <summary>ADDSD, SUBSD, MULSD, DIVSD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Apply<TOperation>(CpuState* state, double* destination, double source)
        where TOperation : struct, ISseOperation
    {
        double left = *destination;
        double result = TOperation.Host(left, source);
        if (Mxcsr.HasDefaultControlAndInexact(state->Mxcsr)
            && IsOrdinary(result, TOperation.LowestExponent) && !IsDenormal(left) && !IsDenormal(source))
        {
            *destination = result;
            return true;
        }

        return SseScalar.ApplySlow<TOperation>(state, destination, source);
    }

    /// <summary>ADDSS, SUBSS, MULSS, DIVSS.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Apply<TOperation>(CpuState* state, float* destination, float source)
        where TOperation : struct, ISseOperation
    {
        float left = *destination;
        float result = TOperation.Host(left, source);
        if (Mxcsr.HasDefaultControlAndInexact(state->Mxcsr)
            && IsOrdinary(result, TOperation.LowestExponent) && !IsDenormal(left) && !IsDenormal(source))
        {
            *destination = result;
            return true;
        }

        return SseScalar.ApplySlow<TOperation>(state, destination, source);
    }

    /// <summary>
    /// Brings the flags of an instruction into MXCSR. False when one is not masked: the destination must stay, and
    /// <see cref="CpuState.PendingSimdException"/> is set. An unmasked exception that is found before the results are computed keeps
    /// those of the results from being reported (SDM vol. 1 4.9.2).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Complete(CpuState* state, uint flags)
    {
        flags &= FloatStatus.All;
        if (!Mxcsr.IsUnmasked(state->Mxcsr, flags))
        {
            state->Mxcsr |= flags;
            return true;
        }

        return Raise(state, flags);
    }

    /// <summary>Whether the host may compute packed results: see the remarks of the class.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreOrdinary<TOperation>(Vector128<float> left, Vector128<float> right, Vector128<float> result)
        where TOperation : struct, ISseOperation
    {
        uint lowest = (uint)TOperation.LowestExponent;
        Vector128<uint> shifted = result.AsUInt32() << 1;
        return Vector128.LessThanAll(shifted - Vector128.Create(lowest << 24), Vector128.Create((SingleExponents - lowest) << 24))
            && !AnyDenormal(left) && !AnyDenormal(right);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AnyDenormal(Vector128<double> value) =>
        Vector128.LessThanAny((value.AsUInt64() << 1) - Vector128<ulong>.One, Vector128.Create((1UL << 53) - 1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AnyDenormal(Vector128<float> value) =>
        Vector128.LessThanAny((value.AsUInt32() << 1) - Vector128<uint>.One, Vector128.Create((1U << 24) - 1));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Raise(CpuState* state, uint flags)
    {
        bool early = Mxcsr.IsUnmasked(state->Mxcsr, flags & FloatStatus.BeforeResult);
        state->Mxcsr |= early ? flags & FloatStatus.BeforeResult : flags;
        state->PendingSimdException = 1;
        return false;
    }
}
