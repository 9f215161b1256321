using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>An operation on one element of each operand whose result has the same format.</summary>
internal interface ISseElement
{
    /// <summary>Computes it. A unary operation looks at the source alone.</summary>
    static abstract ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat;
}

/// <summary>MIN.</summary>
internal readonly struct SseMinimum : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.Extreme(destination, source, false, mxcsr, ref flags);
}

/// <summary>MAX.</summary>
internal readonly struct SseMaximum : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.Extreme(destination, source, true, mxcsr, ref flags);
}

/// <summary>CMP with one of its eight predicates: all ones where it holds.</summary>
internal readonly struct SsePredicate : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat =>
        SseSoftFloat<TFormat>.Holds(destination, source, immediate & 7, mxcsr, ref flags) ? ulong.MaxValue : 0;
}

/// <summary>ROUND.</summary>
internal readonly struct SseRound : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.RoundToIntegral(source, immediate, mxcsr, ref flags);
}

/// <summary>SQRT.</summary>
internal readonly struct SseSquareRoot : ISseElement
{
    public static ulong Apply<TFormat>(ulong destination, ulong source, byte immediate, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => TFormat.FractionBits == 52
            ? BitConverter.DoubleToUInt64Bits(SseScalar.SquareRoot(BitConverter.UInt64BitsToDouble(source), mxcsr, ref flags))
            : BitConverter.SingleToUInt32Bits(SseScalar.SquareRoot(BitConverter.UInt32BitsToSingle((uint)source), mxcsr, ref flags));
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
        ulong result = TOperation.Apply<DoubleFormat>(*(ulong*)destination, *(ulong*)source, immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(ulong*)destination = result;
    }

    public static void ScalarSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        uint result = (uint)TOperation.Apply<SingleFormat>(*(uint*)destination, *(uint*)source, immediate, state->Mxcsr, ref flags);
        if (SseArithmetic.Complete(state, flags))
            *(uint*)destination = result;
    }

    public static void PackedDouble(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        ulong* left = (ulong*)destination;
        ulong* right = (ulong*)source;
        Vector128<ulong> result = Vector128.Create(
            TOperation.Apply<DoubleFormat>(left[0], right[0], immediate, state->Mxcsr, ref flags),
            TOperation.Apply<DoubleFormat>(left[1], right[1], immediate, state->Mxcsr, ref flags));
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }

    public static void PackedSingle(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint flags = 0;
        uint* left = (uint*)destination;
        uint* right = (uint*)source;
        Vector128<uint> result = Vector128.Create(
            (uint)TOperation.Apply<SingleFormat>(left[0], right[0], immediate, state->Mxcsr, ref flags),
            (uint)TOperation.Apply<SingleFormat>(left[1], right[1], immediate, state->Mxcsr, ref flags),
            (uint)TOperation.Apply<SingleFormat>(left[2], right[2], immediate, state->Mxcsr, ref flags),
            (uint)TOperation.Apply<SingleFormat>(left[3], right[3], immediate, state->Mxcsr, ref flags));
        if (SseArithmetic.Complete(state, flags))
            *destination = result.AsByte();
    }
}
