using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// Whether the host's packed results are what the guest gets, flags included, decided for both elements at once: no operand is
/// denormal, each result is an ordinary number or a zero that is exact, and either PE is set already or the results are exact for
/// sure. Programs in which PE stays clear for long compute with numbers of few digits, so a sufficient test for exactness does.
/// </summary>
internal static class SsePacked
{
    private const int ExponentShift = 20;
    private const int Infinity = 0x7FF << ExponentShift;

    /// <summary>The low half of the significand: a product of numbers that have only zeros there is exact.</summary>
    private const ulong LowHalf = (1UL << 27) - 1;

    /// <summary>For MXCSR's default control (<see cref="Mxcsr.HasDefaultControl"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsHostResult<TOperation>(Vector128<double> left, Vector128<double> right, Vector128<double> result, uint mxcsr)
        where TOperation : struct, ISseOperation
    {
        Vector128<int> lowest = Vector128.Create((TOperation.LowestExponent << ExponentShift) - 1);
        Vector128<int> exponents = Magnitude(result);
        Vector128<int> good = Vector128.GreaterThan(exponents, lowest) & Vector128.LessThan(exponents, Vector128.Create(Infinity));
        Vector128<int> zeros = IsZero(result);
        if (typeof(TOperation) == typeof(SseMultiply)) zeros &= IsZero(left) | IsZero(right);
        else if (typeof(TOperation) == typeof(SseDivide)) zeros &= IsZero(left);
        good |= zeros;
        good &= ~(IsSmall(left) | IsSmall(right));
        if ((mxcsr & FloatStatus.Inexact) == 0) good &= IsExact<TOperation>(left, right, result);
        return good == Vector128<int>.AllBitsSet;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> IsExact<TOperation>(Vector128<double> left, Vector128<double> right, Vector128<double> result)
        where TOperation : struct, ISseOperation
    {
        if (typeof(TOperation) == typeof(SseMultiply))
            return Vector128.Equals((left.AsUInt64() | right.AsUInt64()) & Vector128.Create(LowHalf), Vector128<ulong>.Zero).AsInt32();
        if (typeof(TOperation) == typeof(SseDivide)) return Vector128<int>.Zero;

        // The error of a sum (Knuth's TwoSum) is zero.
        if (typeof(TOperation) == typeof(SseSubtract)) right = -right;
        Vector128<double> part = result - left;
        Vector128<double> error = (left - (result - part)) + (right - part);
        return IsZero(error);
    }

    /// <summary>The upper half of each element without the sign, in both halves of its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Magnitude(Vector128<double> value) =>
        Vector128.Shuffle(value.AsInt32(), Vector128.Create(1, 1, 3, 3)) & Vector128.Create(int.MaxValue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> IsZero(Vector128<double> value) => Vector128.Equals(value, Vector128<double>.Zero).AsInt32();

    /// <summary>Denormal, and not zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> IsSmall(Vector128<double> value) =>
        Vector128.LessThan(Magnitude(value), Vector128.Create(1 << ExponentShift)) & ~IsZero(value);
}
