using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// What <see cref="SseArithmetic"/> does not inline: first the host once more, with a test for exactness while PE is still clear,
/// then integer arithmetic. The element methods are for the packed forms.
/// </summary>
internal static unsafe class SseScalar
{
    /// <summary>ADDSD, SUBSD, MULSD, DIVSD.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool ApplySlow<TOperation>(CpuState* state, double* destination, double source)
        where TOperation : struct, ISseOperation
    {
        uint flags = 0;
        double result = Element<TOperation>(*destination, source, state->Mxcsr, ref flags);
        if (!SseArithmetic.Complete(state, flags))
            return false;
        *destination = result;
        return true;
    }

    /// <summary>ADDSS, SUBSS, MULSS, DIVSS.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool ApplySlow<TOperation>(CpuState* state, float* destination, float source)
        where TOperation : struct, ISseOperation
    {
        uint flags = 0;
        float result = Element<TOperation>(*destination, source, state->Mxcsr, ref flags);
        if (!SseArithmetic.Complete(state, flags))
            return false;
        *destination = result;
        return true;
    }

    /// <summary>One element of a basic operation.</summary>
    public static double Element<TOperation>(double left, double right, uint mxcsr, ref uint flags)
        where TOperation : struct, ISseOperation
    {
        if (Mxcsr.HasDefaultControl(mxcsr) && !SseArithmetic.IsDenormal(left) && !SseArithmetic.IsDenormal(right))
        {
            double result = TOperation.Host(left, right);
            if (SseArithmetic.IsOrdinary(result, TOperation.LowestExponent))
            {
                if ((mxcsr & FloatStatus.Inexact) != 0)
                    return result;
                if (TOperation.TryIsExact(left, right, result, out bool exact))
                {
                    if (!exact)
                        flags |= FloatStatus.Inexact;
                    return result;
                }
            }
            else if (result == 0 && TOperation.IsTrueZero(left, right))
            {
                return result;
            }
        }

        return BitConverter.UInt64BitsToDouble(TOperation.Soft<DoubleFormat>(
            BitConverter.DoubleToUInt64Bits(left), BitConverter.DoubleToUInt64Bits(right), mxcsr, ref flags));
    }

    /// <summary>One element of a basic operation.</summary>
    public static float Element<TOperation>(float left, float right, uint mxcsr, ref uint flags)
        where TOperation : struct, ISseOperation
    {
        if (Mxcsr.HasDefaultControl(mxcsr) && !SseArithmetic.IsDenormal(left) && !SseArithmetic.IsDenormal(right))
        {
            float result = TOperation.Host(left, right);
            if (SseArithmetic.IsOrdinary(result, TOperation.LowestExponent))
            {
                if ((mxcsr & FloatStatus.Inexact) == 0 && !TOperation.IsExact(left, right, result))
                    flags |= FloatStatus.Inexact;
                return result;
            }

            if (result == 0 && TOperation.IsTrueZero(left, right))
                return result;
        }

        return FromBits(TOperation.Soft<SingleFormat>(ToBits(left), ToBits(right), mxcsr, ref flags));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool SquareRootDoubleSlow(CpuState* state, double* destination, double source)
    {
        uint flags = 0;
        if (!TrySquareRoot(source, state->Mxcsr, out double result, ref flags))
        {
            result = BitConverter.UInt64BitsToDouble(
                SseSoftFloat<DoubleFormat>.SquareRoot(BitConverter.DoubleToUInt64Bits(source), state->Mxcsr, ref flags));
        }

        if (!SseArithmetic.Complete(state, flags))
            return false;
        *destination = result;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool SquareRootSingleSlow(CpuState* state, float* destination, float source)
    {
        uint flags = 0;
        if (!TrySquareRoot(source, state->Mxcsr, out float result, ref flags))
            result = FromBits(SseSoftFloat<SingleFormat>.SquareRoot(ToBits(source), state->Mxcsr, ref flags));
        if (!SseArithmetic.Complete(state, flags))
            return false;
        *destination = result;
        return true;
    }

    /// <summary>The host's square root, when it is SSE's.</summary>
    public static bool TrySquareRoot(double source, uint mxcsr, out double root, ref uint flags)
    {
        root = Math.Sqrt(source);
        if (!Mxcsr.HasDefaultControl(mxcsr) || !SseArithmetic.IsPositiveNormal(source)
            || SseArithmetic.Exponent(source) < SseArithmetic.ResidualExponent)
        {
            return false;
        }

        if ((mxcsr & FloatStatus.Inexact) == 0 && Math.FusedMultiplyAdd(root, root, -source) != 0)
            flags |= FloatStatus.Inexact;
        return true;
    }

    /// <summary>The host's square root, when it is SSE's.</summary>
    public static bool TrySquareRoot(float source, uint mxcsr, out float root, ref uint flags)
    {
        root = MathF.Sqrt(source);
        if (!Mxcsr.HasDefaultControl(mxcsr) || !SseArithmetic.IsPositiveNormal(source))
            return false;
        if ((mxcsr & FloatStatus.Inexact) == 0 && (double)root * root != source)
            flags |= FloatStatus.Inexact;
        return true;
    }

    /// <summary>The host's rounding to an integral number, in any mode.</summary>
    public static double RoundToIntegral(double value, uint mode) => mode switch
    {
        FloatRounding.Nearest => Math.Round(value),
        FloatRounding.Down => Math.Floor(value),
        FloatRounding.Up => Math.Ceiling(value),
        _ => Math.Truncate(value),
    };

    /// <summary>A conversion to an integer of 32 or 64 bits.</summary>
    public static long ToInteger(double source, int bits, uint mode, uint mxcsr, ref uint flags)
    {
        double limit = bits == 32 ? int.MaxValue : long.MaxValue / 2;
        if (Math.Abs(source) < limit && !SseArithmetic.IsDenormal(source))
        {
            double rounded = RoundToIntegral(source, mode);
            if (rounded != source)
                flags |= FloatStatus.Inexact;
            return (long)rounded;
        }

        return SseSoftFloat<DoubleFormat>.ToInteger(BitConverter.DoubleToUInt64Bits(source), bits, mode, mxcsr, ref flags);
    }

    /// <summary>A conversion to an integer of 32 or 64 bits.</summary>
    public static long ToInteger(float source, int bits, uint mode, uint mxcsr, ref uint flags) =>
        SseArithmetic.IsOrdinary(source, 1) || source == 0
            ? ToInteger((double)source, bits, mode, mxcsr, ref flags)
            : SseSoftFloat<SingleFormat>.ToInteger(ToBits(source), bits, mode, mxcsr, ref flags);

    /// <summary>CVTSI2SD from 64 bits.</summary>
    public static double ToDouble(long value, uint mxcsr, ref uint flags) =>
        value is >= -(1L << 53) and <= 1L << 53
            ? value
            : BitConverter.UInt64BitsToDouble(SseSoftFloat<DoubleFormat>.FromInteger(value, mxcsr, ref flags));

    /// <summary>CVTSI2SS.</summary>
    public static float ToSingle(long value, uint mxcsr, ref uint flags)
    {
        if (value is < -(1L << 53) or > 1L << 53 || Mxcsr.RoundingMode(mxcsr) != FloatRounding.Nearest)
            return FromBits(SseSoftFloat<SingleFormat>.FromInteger(value, mxcsr, ref flags));
        // As a float64 the integer is exact, so that it is rounded once.
        double exact = value;
        float result = (float)exact;
        if (result != exact)
            flags |= FloatStatus.Inexact;
        return result;
    }

    /// <summary>One element of CVTPS2PD.</summary>
    public static double ToDouble(float source, uint mxcsr, ref uint flags) =>
        SseArithmetic.IsOrdinary(source, 1) || source == 0
            ? source
            : BitConverter.UInt64BitsToDouble(SseSoftFloat<SingleFormat>.ConvertTo<DoubleFormat>(ToBits(source), mxcsr, ref flags));

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool CompareDoubleSlow(CpuState* state, double left, double right, bool quiet, out FloatRelation relation)
    {
        uint flags = 0;
        relation = SseSoftFloat<DoubleFormat>.Compare(
            BitConverter.DoubleToUInt64Bits(left), BitConverter.DoubleToUInt64Bits(right), quiet, state->Mxcsr, ref flags);
        return SseArithmetic.Complete(state, flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool CompareSingleSlow(CpuState* state, float left, float right, bool quiet, out FloatRelation relation)
    {
        uint flags = 0;
        relation = SseSoftFloat<SingleFormat>.Compare(ToBits(left), ToBits(right), quiet, state->Mxcsr, ref flags);
        return SseArithmetic.Complete(state, flags);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TruncateDoubleToInt32Slow(CpuState* state, int* destination, double source)
    {
        uint flags = 0;
        long result = ToInteger(source, 32, FloatRounding.Zero, state->Mxcsr, ref flags);
        if (!SseArithmetic.Complete(state, flags))
            return false;
        *destination = (int)result;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TruncateDoubleToInt64Slow(CpuState* state, long* destination, double source)
    {
        uint flags = 0;
        long result = ToInteger(source, 64, FloatRounding.Zero, state->Mxcsr, ref flags);
        if (!SseArithmetic.Complete(state, flags))
            return false;
        *destination = result;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool SingleToDoubleSlow(CpuState* state, double* destination, float source)
    {
        uint flags = 0;
        double result = ToDouble(source, state->Mxcsr, ref flags);
        if (!SseArithmetic.Complete(state, flags))
            return false;
        *destination = result;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool DoubleToSingleSlow(CpuState* state, float* destination, double source)
    {
        uint flags = 0;
        float result = ToSingle(source, state->Mxcsr, ref flags);
        if (!SseArithmetic.Complete(state, flags))
            return false;
        *destination = result;
        return true;
    }

    /// <summary>One element of CVTPD2PS.</summary>
    public static float ToSingle(double source, uint mxcsr, ref uint flags)
    {
        float result = (float)source;
        if (Mxcsr.HasDefaultControl(mxcsr) && SseArithmetic.IsOrdinary(result, 2))
        {
            if (result != source)
                flags |= FloatStatus.Inexact;
            return result;
        }

        return FromBits(SseSoftFloat<DoubleFormat>.ConvertTo<SingleFormat>(BitConverter.DoubleToUInt64Bits(source), mxcsr, ref flags));
    }

    private static ulong ToBits(float value) => BitConverter.SingleToUInt32Bits(value);

    private static float FromBits(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);
}
