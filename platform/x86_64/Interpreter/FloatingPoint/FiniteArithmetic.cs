using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>How a format makes an exact result its own: rounds, packs and finds out about overflow and underflow.</summary>
/// <typeparam name="TResult">The packed number.</typeparam>
internal interface IFloatRounding<TResult>
{
    /// <summary>Packs a number other than zero.</summary>
    /// <param name="sign">0x8000 for a negative number, else 0.</param>
    /// <param name="exponent">The exponent, biased as in <see cref="Float80"/>; it may lie outside the format.</param>
    /// <param name="high">The significand's upper bits, bit 63 set.</param>
    /// <param name="low">The lower bits, the last one sticky.</param>
    /// <param name="control">The control word or MXCSR.</param>
    /// <param name="flags">Collects the exceptions.</param>
    static abstract TResult Pack(uint sign, int exponent, ulong high, ulong low, uint control, ref uint flags);

    /// <summary>Zero.</summary>
    static abstract TResult Zero(bool negative);

    /// <summary>The rounding mode in a control word.</summary>
    static abstract uint Mode(uint control);
}

/// <summary>
/// The operations on finite numbers other than zero, for every format: signs as 0x8000 or 0 (other bits of a sign are ignored
/// where one is taken), exponents biased as in <see cref="Float80"/>, significands with bit 63 set.
/// </summary>
internal static class FiniteArithmetic<TRounding, TResult>
    where TRounding : struct, IFloatRounding<TResult>
{
    /// <summary>left + right.</summary>
    public static TResult Add(
        uint leftSign, int leftExponent, ulong left, uint rightSign, int rightExponent, ulong right, uint control, ref uint flags)
    {
        if (leftExponent < rightExponent)
        {
            (leftSign, rightSign) = (rightSign, leftSign);
            (leftExponent, rightExponent) = (rightExponent, leftExponent);
            (left, right) = (right, left);
        }

        int distance = leftExponent - rightExponent;
        ulong high = right;
        ulong low = 0;
        FloatRounding.ShiftRightSticky(ref high, ref low, distance);
        uint sign = leftSign & 0x8000;
        if (((leftSign ^ rightSign) & 0x8000) == 0)
        {
            ulong sum = left + high;
            if (sum < left)
            {
                low = (sum << 63) | (low >> 1) | (low & 1);
                sum = (sum >> 1) | (1UL << 63);
                leftExponent++;
            }

            return TRounding.Pack(sign, leftExponent, sum, low, control, ref flags);
        }

        if (distance == 0)
        {
            if (left == high)
                return TRounding.Zero(TRounding.Mode(control) == FloatRounding.Down);
            if (left < high)
            {
                sign ^= 0x8000;
                (left, high) = (high, left);
            }
        }

        ulong difference = left - high - (low != 0 ? 1UL : 0UL);
        low = 0 - low;
        if (difference == 0)
        {
            // One place apart and nearly equal: a single bit of the lower half is left.
            difference = low;
            low = 0;
            leftExponent -= 64;
        }

        int shift = BitOperations.LeadingZeroCount(difference);
        if (shift != 0)
        {
            difference = (difference << shift) | (low >> (64 - shift));
            low <<= shift;
        }

        return TRounding.Pack(sign, leftExponent - shift, difference, low, control, ref flags);
    }

    /// <summary>left × right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TResult Multiply(
        uint sign, int leftExponent, ulong left, int rightExponent, ulong right, uint control, ref uint flags)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        int exponent = leftExponent + rightExponent - (Float80.Bias - 1);
        if ((long)high >= 0)
        {
            high = (high << 1) | (low >> 63);
            low <<= 1;
            exponent--;
        }

        return TRounding.Pack(sign, exponent, high, low, control, ref flags);
    }

    /// <summary>left ÷ right.</summary>
    public static TResult Divide(
        uint sign, int leftExponent, ulong left, int rightExponent, ulong right, uint control, ref uint flags)
    {
        int exponent = leftExponent - rightExponent + Float80.Bias;
        ulong low = 0;
        if (left >= right)
        {
            low = left << 63;
            left >>= 1;
        }
        else
        {
            exponent--;
        }

        ulong quotient = WideArithmetic.Divide(left, low, right, out ulong remainder);
        // A quotient never lies half way between two numbers of 64 bits, so more or less than half is all there is to know.
        low = remainder == 0 ? 0 : remainder > right - remainder ? FloatRounding.Half | 1 : 1;
        return TRounding.Pack(sign, exponent, quotient, low, control, ref flags);
    }

    /// <summary>The square root of a positive number.</summary>
    public static TResult SquareRoot(int exponent, ulong significand, uint control, ref uint flags)
    {
        // The radicand gets 127 or 128 bits so that its exponent is even and the root has 64.
        bool odd = ((exponent - Float80.Bias) & 1) != 0;
        ulong root = WideArithmetic.SquareRoot(
            odd ? significand : significand >> 1, odd ? 0 : significand << 63, out UInt128 remainder);
        // Beyond half a unit exactly when the remainder is above the root; never at half.
        ulong low = remainder == 0 ? 0 : remainder > root ? FloatRounding.Half | 1 : 1;
        return TRounding.Pack(0, ((exponent - Float80.Bias) >> 1) + Float80.Bias, root, low, control, ref flags);
    }
}
