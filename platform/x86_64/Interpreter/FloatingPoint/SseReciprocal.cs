namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// RCPPS and RSQRTPS. The manual asks for a relative error of at most 1.5 × 2^-12 (SDM vol. 2B) and leaves the result open; the
/// one that this machine has, on every host and engine, is this: the operand's significand is replaced by the middle of the
/// interval of width 2^-11 that it lies in, and the reciprocal (square root) of that is computed in float64 and rounded to float32.
/// The error is at most 2^-12 + 2^-24. No exception is ever raised.
/// </summary>
internal static class SseReciprocal
{
    private const uint Sign = 0x80000000;

    private const uint Infinity = 0x7F800000;

    private const uint Indefinite = 0xFFC00000;

    private const uint QuietBit = 0x00400000;

    /// <summary>An element of RCPPS. Denormals count as zero, and so does a result that would be one.</summary>
    public static uint Reciprocal(uint operand)
    {
        uint sign = operand & Sign;
        uint exponent = (operand >> 23) & 0xFF;
        if (exponent == 0xFF)
            return (operand & ~Sign) == Infinity ? sign : operand | QuietBit;
        if (exponent == 0)
            return sign | Infinity;
        // 1 / (m × 2^(e-127)) is 1/m, which lies in (1/2, 1), times 2^(127-e).
        uint significand = BitConverter.SingleToUInt32Bits((float)(1 / MiddleOf(operand)));
        int scaled = (int)(significand >> 23) + 127 - (int)exponent;
        return scaled < 1 ? sign : sign | ((uint)scaled << 23) | (significand & 0x7FFFFF);
    }

    /// <summary>An element of RSQRTPS. Denormals count as zero.</summary>
    public static uint ReciprocalSquareRoot(uint operand)
    {
        uint exponent = (operand >> 23) & 0xFF;
        if (exponent == 0xFF && (operand & ~Sign) != Infinity)
            return operand | QuietBit;
        if (exponent == 0)
            return (operand & Sign) | Infinity;
        if ((operand & Sign) != 0)
            return Indefinite;
        if (exponent == 0xFF)
            return 0;
        // The significand takes in one place of an odd exponent, so that what is left can be halved.
        int power = (int)exponent - 127;
        double middle = MiddleOf(operand) * ((power & 1) + 1);
        uint significand = BitConverter.SingleToUInt32Bits((float)(1 / Math.Sqrt(middle)));
        return significand - ((uint)(power >> 1) << 23);
    }

    /// <summary>The middle of the interval around the significand: 1 + (i + 1/2) / 2^11, exact.</summary>
    private static double MiddleOf(uint operand) => (4097 + 2 * (double)((operand & 0x7FFFFF) >> 12)) / 4096;
}
