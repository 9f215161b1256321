using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// One of the four basic operations of SSE, as the host does it and as <see cref="SseSoftFloat{TFormat}"/> does it.
/// </summary>
internal interface ISseOperation
{
    /// <summary>
    /// The smallest exponent of a result that tells for sure that nothing underflowed. A sum that is normal never did; a product or
    /// quotient may have been rounded up to the smallest normal number from below.
    /// </summary>
    static abstract int LowestExponent { get; }

    /// <summary>Whether a zero is what it seems when this operand pair gives it: exact, and no underflow.</summary>
    static abstract bool IsTrueZero(double left, double right);

    /// <summary>The host's result.</summary>
    static abstract double Host(double left, double right);

    /// <summary>The host's result.</summary>
    static abstract float Host(float left, float right);

    /// <summary>The host's results.</summary>
    static abstract Vector128<double> Host(Vector128<double> left, Vector128<double> right);

    /// <summary>The host's results.</summary>
    static abstract Vector128<float> Host(Vector128<float> left, Vector128<float> right);

    /// <summary>
    /// Whether the result is exact; false also when the test itself could underflow or overflow. All three are finite, the result
    /// has passed the test of <see cref="LowestExponent"/>.
    /// </summary>
    static abstract bool TryIsExact(double left, double right, double result, out bool exact);

    /// <summary>The same for float32, where arithmetic in float64 always gives the answer.</summary>
    static abstract bool IsExact(float left, float right, float result);

    /// <summary>The result by integer arithmetic.</summary>
    static abstract ulong Soft<TFormat>(ulong left, ulong right, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat;
}

/// <summary>ADD.</summary>
internal readonly struct SseAdd : ISseOperation
{
    public static int LowestExponent => 1;

    public static bool IsTrueZero(double left, double right) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Host(double left, double right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Host(float left, float right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Host(Vector128<double> left, Vector128<double> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Host(Vector128<float> left, Vector128<float> right) => left + right;

    public static bool TryIsExact(double left, double right, double result, out bool exact)
    {
        // The sum less its larger part is a number of the format (Dekker's Fast2Sum) and cannot overflow.
        (double larger, double smaller) = Math.Abs(left) >= Math.Abs(right) ? (left, right) : (right, left);
        exact = result - larger == smaller;
        return true;
    }

    public static bool IsExact(float left, float right, float result)
    {
        (float larger, float smaller) = Math.Abs(left) >= Math.Abs(right) ? (left, right) : (right, left);
        return (double)result - larger == smaller;
    }

    public static ulong Soft<TFormat>(ulong left, ulong right, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.Add(left, right, 0, mxcsr, ref flags);
}

/// <summary>SUB.</summary>
internal readonly struct SseSubtract : ISseOperation
{
    public static int LowestExponent => 1;

    public static bool IsTrueZero(double left, double right) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Host(double left, double right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Host(float left, float right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Host(Vector128<double> left, Vector128<double> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Host(Vector128<float> left, Vector128<float> right) => left - right;

    public static bool TryIsExact(double left, double right, double result, out bool exact) =>
        SseAdd.TryIsExact(left, -right, result, out exact);

    public static bool IsExact(float left, float right, float result) => SseAdd.IsExact(left, -right, result);

    public static ulong Soft<TFormat>(ulong left, ulong right, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.Add(left, right, SseFormat<TFormat>.SignBit, mxcsr, ref flags);
}

/// <summary>MUL.</summary>
internal readonly struct SseMultiply : ISseOperation
{
    public static int LowestExponent => 2;

    public static bool IsTrueZero(double left, double right) => left == 0 || right == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Host(double left, double right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Host(float left, float right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Host(Vector128<double> left, Vector128<double> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Host(Vector128<float> left, Vector128<float> right) => left * right;

    public static bool TryIsExact(double left, double right, double result, out bool exact)
    {
        // The residual has its last bit 104 places below the product's first.
        exact = Math.FusedMultiplyAdd(left, right, -result) == 0;
        return SseArithmetic.Exponent(result) >= SseArithmetic.ResidualExponent;
    }

    public static bool IsExact(float left, float right, float result) => (double)left * right == result;

    public static ulong Soft<TFormat>(ulong left, ulong right, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.Multiply(left, right, mxcsr, ref flags);
}

/// <summary>DIV.</summary>
internal readonly struct SseDivide : ISseOperation
{
    public static int LowestExponent => 2;

    public static bool IsTrueZero(double left, double right) => left == 0 && right != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Host(double left, double right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Host(float left, float right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Host(Vector128<double> left, Vector128<double> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Host(Vector128<float> left, Vector128<float> right) => left / right;

    public static bool TryIsExact(double left, double right, double result, out bool exact)
    {
        exact = Math.FusedMultiplyAdd(result, right, -left) == 0;
        return SseArithmetic.Exponent(left) >= SseArithmetic.ResidualExponent;
    }

    public static bool IsExact(float left, float right, float result) => (double)result * right == left;

    public static ulong Soft<TFormat>(ulong left, ulong right, uint mxcsr, ref uint flags)
        where TFormat : struct, IFloatFormat => SseSoftFloat<TFormat>.Divide(left, right, mxcsr, ref flags);
}
