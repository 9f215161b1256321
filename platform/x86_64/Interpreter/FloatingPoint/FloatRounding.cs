using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// The rounding step that every format shares. A significand on its way is 128 bits, <c>high.low</c>, with its leading bit at bit
/// 63 of <c>high</c>; bit 0 of <c>low</c> may stand for any number of lower bits ("sticky").
/// </summary>
internal static class FloatRounding
{
    /// <summary>RC = 0: to nearest, ties to even. The codes are those of the control word and of MXCSR.</summary>
    public const uint Nearest = 0;

    /// <summary>RC = 1: toward minus infinity.</summary>
    public const uint Down = 1;

    /// <summary>RC = 2: toward plus infinity.</summary>
    public const uint Up = 2;

    /// <summary>RC = 3: toward zero.</summary>
    public const uint Zero = 3;

    /// <summary>Half of a unit in the last place, when nothing of <c>high</c> is cut off.</summary>
    public const ulong Half = 1UL << 63;

    /// <summary>
    /// Cuts <paramref name="discard"/> (0…63) bits and all of <paramref name="low"/> off. Returns the rounded significand in place,
    /// 0 when it was rounded up to 2^64 (the caller makes that 2^63 with an exponent one higher).
    /// </summary>
    /// <param name="high">The upper 64 bits.</param>
    /// <param name="low">The lower 64 bits, the last one sticky.</param>
    /// <param name="discard">How many bits of <paramref name="high"/> the format does not have.</param>
    /// <param name="mode">The rounding mode.</param>
    /// <param name="negative">The number's sign.</param>
    /// <param name="flags">Gets <see cref="FloatStatus.Inexact"/> and <see cref="FloatStatus.RoundedUp"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Round(ulong high, ulong low, int discard, uint mode, bool negative, ref uint flags)
    {
        ulong rest = discard == 0 ? low : (high << (64 - discard)) | (low != 0 ? 1UL : 0UL);
        if (rest == 0)
            return high;
        flags |= FloatStatus.Inexact;
        ulong unit = 1UL << discard;
        ulong kept = high & (0 - unit);
        bool increase = mode switch
        {
            Nearest => rest > Half || (rest == Half && (high & unit) != 0),
            Down => negative,
            Up => !negative,
            _ => false,
        };
        if (!increase)
            return kept;
        flags |= FloatStatus.RoundedUp;
        return kept + unit;
    }

    /// <summary>Shifts the 128 bits right by any positive count; what falls off stays as the sticky bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ShiftRightSticky(ref ulong high, ref ulong low, int count)
    {
        if (count < 64)
        {
            if (count == 0)
                return;
            ulong lost = low << (64 - count);
            low = (high << (64 - count)) | (low >> count) | (lost != 0 ? 1UL : 0UL);
            high >>= count;
        }
        else if (count == 64)
        {
            low = high | (low != 0 ? 1UL : 0UL);
            high = 0;
        }
        else if (count < 128)
        {
            bool lost = (high << (128 - count)) != 0 || low != 0;
            low = (high >> (count - 64)) | (lost ? 1UL : 0UL);
            high = 0;
        }
        else
        {
            low = (high | low) != 0 ? 1UL : 0UL;
            high = 0;
        }
    }
}
