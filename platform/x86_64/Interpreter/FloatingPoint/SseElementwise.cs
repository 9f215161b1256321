using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>An operation on one element of each operand whose result has the same format.</summary>
internal interface ISseElement
{
    /// <summary>Computes it by integer arithmetic. A unary operation looks at the source alone.</summary>
    static abstract ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat;

    /// <summary>Lets the host compute it; false when it does not do what SSE does.</summary>
    static virtual bool TryHost(double destination, double source, byte immediate, uint mxcsr, out double result, ref uint flags)
    {
        result = 0;
        return false;
    }

    /// <summary>The same for float32.</summary>
    static virtual bool TryHost(float destination, float source, byte immediate, uint mxcsr, out float result, ref uint flags)
    {
        result = 0;
        return false;
    }

    /// <summary>The same for all elements at once, where there is nothing to report.</summary>
    static virtual bool TryHost(Vector128<double> destination, Vector128<double> source, byte immediate, uint mxcsr, out Vector128<double> result)
    {
        result = default;
        return false;
    }

    /// <summary>The same for float32.</summary>
    static virtual bool TryHost(Vector128<float> destination, Vector128<float> source, byte immediate, uint mxcsr, out Vector128<float> result)
    {
        result = default;
        return false;
    }
}

/// <summary>MIN.</summary>
internal readonly struct SseMinimum : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.Extreme(destination, source, false, mxcsr, ref flags);

    public static bool TryHost(double destination, double source, byte immediate, uint mxcsr, out double result, ref uint flags)
    {
        result = destination < source ? destination : source;
        return SseArithmetic.AreComparable(destination, source);
    }

    public static bool TryHost(float destination, float source, byte immediate, uint mxcsr, out float result, ref uint flags)
    {
        result = destination < source ? destination : source;
        return SseArithmetic.AreComparable(destination, source);
    }

    public static bool TryHost(Vector128<double> destination, Vector128<double> source, byte immediate, uint mxcsr, out Vector128<double> result)
    {
        result = Vector128.ConditionalSelect(Vector128.LessThan(destination, source), destination, source);
        return SseArithmetic.AreComparable(destination, source);
    }

    public static bool TryHost(Vector128<float> destination, Vector128<float> source, byte immediate, uint mxcsr, out Vector128<float> result)
    {
        result = Vector128.ConditionalSelect(Vector128.LessThan(destination, source), destination, source);
        return SseArithmetic.AreComparable(destination, source);
    }
}

/// <summary>MAX.</summary>
internal readonly struct SseMaximum : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.Extreme(destination, source, true, mxcsr, ref flags);

    public static bool TryHost(double destination, double source, byte immediate, uint mxcsr, out double result, ref uint flags)
    {
        result = destination > source ? destination : source;
        return SseArithmetic.AreComparable(destination, source);
    }

    public static bool TryHost(float destination, float source, byte immediate, uint mxcsr, out float result, ref uint flags)
    {
        result = destination > source ? destination : source;
        return SseArithmetic.AreComparable(destination, source);
    }

    public static bool TryHost(Vector128<double> destination, Vector128<double> source, byte immediate, uint mxcsr, out Vector128<double> result)
    {
        result = Vector128.ConditionalSelect(Vector128.GreaterThan(destination, source), destination, source);
        return SseArithmetic.AreComparable(destination, source);
    }

    public static bool TryHost(Vector128<float> destination, Vector128<float> source, byte immediate, uint mxcsr, out Vector128<float> result)
    {
        result = Vector128.ConditionalSelect(Vector128.GreaterThan(destination, source), destination, source);
        return SseArithmetic.AreComparable(destination, source);
    }
}

/// <summary>CMP with one of its eight predicates: all ones where it holds.</summary>
internal readonly struct SsePredicate : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat =>
        SseSoftFloat<TFormat>.Holds(destination, source, immediate & 7, mxcsr, ref flags) ? ulong.MaxValue : 0;

    public static bool TryHost(double destination, double source, byte immediate, uint mxcsr, out double result, ref uint flags)
    {
        bool tried = TryHost(Vector128.CreateScalar(destination), Vector128.CreateScalar(source), immediate, mxcsr, out Vector128<double> results);
        result = results.ToScalar();
        return tried;
    }

    public static bool TryHost(float destination, float source, byte immediate, uint mxcsr, out float result, ref uint flags)
    {
        bool tried = TryHost(Vector128.CreateScalar(destination), Vector128.CreateScalar(source), immediate, mxcsr, out Vector128<float> results);
        result = results.ToScalar();
        return tried;
    }

    public static bool TryHost(Vector128<double> destination, Vector128<double> source, byte immediate, uint mxcsr, out Vector128<double> result)
    {
        // Nothing is unordered here.
        result = (immediate & 3) switch
        {
            0 => Vector128.Equals(destination, source),
            1 => Vector128.LessThan(destination, source),
            2 => Vector128.LessThanOrEqual(destination, source),
            _ => Vector128<double>.Zero,
        };
        if ((immediate & 4) != 0)
            result = ~result;
        return SseArithmetic.AreComparable(destination, source);
    }

    public static bool TryHost(Vector128<float> destination, Vector128<float> source, byte immediate, uint mxcsr, out Vector128<float> result)
    {
        result = (immediate & 3) switch
        {
            0 => Vector128.Equals(destination, source),
            1 => Vector128.LessThan(destination, source),
            2 => Vector128.LessThanOrEqual(destination, source),
            _ => Vector128<float>.Zero,
        };
        if ((immediate & 4) != 0)
            result = ~result;
        return SseArithmetic.AreComparable(destination, source);
    }
}

/// <summary>ROUND.</summary>
internal readonly struct SseRound : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.RoundToIntegral(source, immediate, mxcsr, ref flags);

    public static bool TryHost(double destination, double source, byte immediate, uint mxcsr, out double result, ref uint flags)
    {
        result = SseScalar.RoundToIntegral(source, (immediate & 4) != 0 ? Mxcsr.RoundingMode(mxcsr) : immediate & 3u);
        if (!SseArithmetic.AreComparable(source, source))
            return false;
        if (result != source && (immediate & 8) == 0)
            flags |= FloatStatus.Inexact;
        return true;
    }

    public static bool TryHost(float destination, float source, byte immediate, uint mxcsr, out float result, ref uint flags)
    {
        // Every float32 is a float64, and so is what it rounds to.
        result = (float)SseScalar.RoundToIntegral(source, (immediate & 4) != 0 ? Mxcsr.RoundingMode(mxcsr) : immediate & 3u);
        if (!SseArithmetic.AreComparable(source, source))
            return false;
        if (result != source && (immediate & 8) == 0)
            flags |= FloatStatus.Inexact;
        return true;
    }
}

/// <summary>SQRT.</summary>
internal readonly struct SseSquareRoot : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.SquareRoot(source, mxcsr, ref flags);

    public static bool TryHost(double destination, double source, byte immediate, uint mxcsr, out double result, ref uint flags) =>
        SseScalar.TrySquareRoot(source, mxcsr, out result, ref flags);

    public static bool TryHost(float destination, float source, byte immediate, uint mxcsr, out float result, ref uint flags) =>
        SseScalar.TrySquareRoot(source, mxcsr, out result, ref flags);
}

/// <summary>RCP: see <see cref="SseReciprocal"/>.</summary>
internal readonly struct SseReciprocalElement : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseReciprocal.Reciprocal((uint)source);
}

/// <summary>RSQRT.</summary>
internal readonly struct SseReciprocalRootElement : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseReciprocal.ReciprocalSquareRoot((uint)source);
}

/// <summary>The four forms of an <see cref="ISseElement"/>, bound by <see cref="SseFloatBindings"/>.</summary>
internal static unsafe class SseElementwise<TOperation>
    where TOperation : struct, ISseElement
{
    public static void ScalarDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        double result = Element(*(double*)destination, *(double*)source, immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(double*)destination = result;
    }

    public static void ScalarSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        float result = Element(*(float*)destination, *(float*)source, immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(float*)destination = result;
    }

    public static void PackedDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        if (TOperation.TryHost(destination->AsDouble(), source->AsDouble(), immediate, state->Mxcsr, out Vector128<double> results))
        {
            *destination = results.AsByte();
            return;
        }

        uint flags = 0;
        for (int element = 0; element < 2; element++)
            ((double*)&results)[element] = Element(((double*)destination)[element], ((double*)source)[element], immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = results.AsByte();
    }

    public static void PackedSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        if (TOperation.TryHost(destination->AsSingle(), source->AsSingle(), immediate, state->Mxcsr, out Vector128<float> results))
        {
            *destination = results.AsByte();
            return;
        }

        uint flags = 0;
        for (int element = 0; element < 4; element++)
            ((float*)&results)[element] = Element(((float*)destination)[element], ((float*)source)[element], immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *destination = results.AsByte();
    }

    private static double Element(double destination, double source, byte immediate, uint mxcsr, ref uint flags) =>
        TOperation.TryHost(destination, source, immediate, mxcsr, out double result, ref flags)
            ? result
            : BitConverter.UInt64BitsToDouble(TOperation.Apply<DoubleFormat>(
                BitConverter.DoubleToUInt64Bits(destination), BitConverter.DoubleToUInt64Bits(source), immediate, mxcsr, ref flags));

    private static float Element(float destination, float source, byte immediate, uint mxcsr, ref uint flags) =>
        TOperation.TryHost(destination, source, immediate, mxcsr, out float result, ref flags)
            ? result
            : BitConverter.UInt32BitsToSingle((uint)TOperation.Apply<SingleFormat>(
                BitConverter.SingleToUInt32Bits(destination), BitConverter.SingleToUInt32Bits(source), immediate, mxcsr, ref flags));
}
