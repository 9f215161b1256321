namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>left × right + addend by integer arithmetic, exact under every setting of MXCSR; see <see cref="SseSoftFloat{TFormat}"/>.</summary>
internal static class FusedSoftFloat<TFormat>
    where TFormat : struct, IFloatFormat
{
    /// <param name="left">The number that a NaN is first taken from (SDM vol. 1 table 14-17).</param>
    /// <param name="right">The next one.</param>
    /// <param name="addend">The last one.</param>
    /// <param name="turnsProduct">Whether the product changes its sign. A NaN keeps its own.</param>
    /// <param name="turnsAddend">Whether the addend changes its sign.</param>
    /// <param name="mxcsr">MXCSR.</param>
    /// <param name="flags">Collects the exceptions.</param>
    public static ulong Compute(ulong left, ulong right, ulong addend, bool turnsProduct, bool turnsAddend, uint mxcsr, ref uint flags)
    {
        left = SseFormat<TFormat>.Operand(left, mxcsr);
        right = SseFormat<TFormat>.Operand(right, mxcsr);
        addend = SseFormat<TFormat>.Operand(addend, mxcsr);
        bool infinite = SseFormat<TFormat>.IsInfinity(left) || SseFormat<TFormat>.IsInfinity(right);
        bool zero = SseFormat<TFormat>.IsZero(left) || SseFormat<TFormat>.IsZero(right);
        if (SseFormat<TFormat>.IsNaN(left) || SseFormat<TFormat>.IsNaN(right) || SseFormat<TFormat>.IsNaN(addend))
            return Propagate(left, right, addend, ref flags);

        ulong productSign = (left ^ right ^ (turnsProduct ? SseFormat<TFormat>.SignBit : 0)) & SseFormat<TFormat>.SignBit;
        if (turnsAddend)
            addend ^= SseFormat<TFormat>.SignBit;
        ulong addendSign = addend & SseFormat<TFormat>.SignBit;
        bool addsInfinity = SseFormat<TFormat>.IsInfinity(addend);
        if (infinite && (zero || (addsInfinity && addendSign != productSign)))
        {
            flags |= FloatStatus.Invalid;
            return SseFormat<TFormat>.Indefinite;
        }

        if (SseFormat<TFormat>.IsDenormal(left) || SseFormat<TFormat>.IsDenormal(right) || SseFormat<TFormat>.IsDenormal(addend))
            flags |= FloatStatus.Denormal;
        if (infinite)
            return productSign | SseFormat<TFormat>.Infinity;
        if (addsInfinity)
            return addend;
        if (zero)
        {
            if (SseFormat<TFormat>.IsZero(addend))
                return productSign == addendSign ? addend : SseFormat<TFormat>.Zero(Mxcsr.RoundingMode(mxcsr) == FloatRounding.Down);
            SseFormat<TFormat>.Unpack(addend, out int only, out ulong significand);
            return SseFormat<TFormat>.Pack(SseFormat<TFormat>.Sign(addend), only, significand, 0, mxcsr, ref flags);
        }

        SseFormat<TFormat>.Unpack(left, out int leftExponent, out ulong leftSignificand);
        SseFormat<TFormat>.Unpack(right, out int rightExponent, out ulong rightSignificand);
        if (SseFormat<TFormat>.IsZero(addend))
        {
            return FiniteArithmetic<SseFormat<TFormat>, ulong>.Multiply(
                SseFormat<TFormat>.Sign(productSign), leftExponent, leftSignificand, rightExponent, rightSignificand, mxcsr, ref flags);
        }

        // The product in 128 bits, the first of them set.
        ulong high = Math.BigMul(leftSignificand, rightSignificand, out ulong low);
        var product = new UInt128(high, low);
        int exponent = leftExponent + rightExponent - (Float80.Bias - 1);
        if ((long)high >= 0)
        {
            product <<= 1;
            exponent--;
        }

        SseFormat<TFormat>.Unpack(addend, out int addendExponent, out ulong addendSignificand);
        return Add(productSign, exponent, product, addendSign, addendExponent, new UInt128(addendSignificand, 0), mxcsr, ref flags);
    }

    /// <summary>The sum of two numbers of 128 bits. Neither uses more than 106 of them, so that what a shift loses is never needed for more than rounding.</summary>
    private static ulong Add(ulong leftSign, int leftExponent, UInt128 left, ulong rightSign, int rightExponent, UInt128 right, uint mxcsr, ref uint flags)
    {
        if (leftExponent < rightExponent || (leftExponent == rightExponent && left < right))
        {
            (leftSign, rightSign) = (rightSign, leftSign);
            (leftExponent, rightExponent) = (rightExponent, leftExponent);
            (left, right) = (right, left);
        }

        right = ShiftRightSticky(right, leftExponent - rightExponent);
        UInt128 sum;
        if (leftSign == rightSign)
        {
            sum = left + right;
            if (sum < left)
            {
                sum = (sum >> 1) | (sum & 1) | (UInt128.One << 127);
                leftExponent++;
            }
        }
        else
        {
            sum = left - right;
            if (sum == UInt128.Zero)
                return SseFormat<TFormat>.Zero(Mxcsr.RoundingMode(mxcsr) == FloatRounding.Down);
            int shift = (int)UInt128.LeadingZeroCount(sum);
            sum <<= shift;
            leftExponent -= shift;
        }

        return SseFormat<TFormat>.Pack(SseFormat<TFormat>.Sign(leftSign), leftExponent, (ulong)(sum >> 64), (ulong)sum, mxcsr, ref flags);
    }

    private static UInt128 ShiftRightSticky(UInt128 value, int count)
    {
        if (count == 0)
            return value;
        if (count >= 128)
            return UInt128.One;
        UInt128 shifted = value >> count;
        return shifted << count == value ? shifted : shifted | 1;
    }

    private static ulong Propagate(ulong left, ulong right, ulong addend, ref uint flags)
    {
        if (SseFormat<TFormat>.IsSignalingNaN(left) || SseFormat<TFormat>.IsSignalingNaN(right) || SseFormat<TFormat>.IsSignalingNaN(addend))
            flags |= FloatStatus.Invalid;
        ulong nan = SseFormat<TFormat>.IsNaN(left) ? left : SseFormat<TFormat>.IsNaN(right) ? right : addend;
        return nan | SseFormat<TFormat>.QuietBit;
    }
}
