namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>The four answers of a comparison, with their bits in the order ZF, PF, CF as FCOMI and COMISS set them.</summary>
internal enum FloatRelation : byte
{
    /// <summary>The first is greater.</summary>
    Greater = 0,

    /// <summary>The first is less: CF.</summary>
    Less = 1,

    /// <summary>Equal: ZF.</summary>
    Equal = 0x40,

    /// <summary>At least one is a NaN: ZF, PF and CF.</summary>
    Unordered = 0x45,
}

/// <summary>Comparisons of the x87 and FXAM.</summary>
internal static class Float80Comparison
{
    /// <summary>Compares. A quiet NaN is invalid for the ordered comparisons only; a signalling one and an unsupported pattern always are.</summary>
    public static FloatRelation Compare(Float80 left, Float80 right, bool quiet, ref uint flags)
    {
        if (!(left.IsNormal && right.IsNormal))
        {
            if (left.IsUnsupported || right.IsUnsupported || left.IsNaN || right.IsNaN)
            {
                if (!quiet || left.IsUnsupported || right.IsUnsupported || left.IsSignalingNaN || right.IsSignalingNaN)
                    flags |= FloatStatus.Invalid;
                return FloatRelation.Unordered;
            }

            if (left.IsDenormal || right.IsDenormal)
                flags |= FloatStatus.Denormal;
            if (left.IsZero && right.IsZero)
                return FloatRelation.Equal;
        }

        if (left.IsNegative != right.IsNegative)
            return left.IsNegative ? FloatRelation.Less : FloatRelation.Greater;
        int order = CompareMagnitudes(left, right);
        if (order == 0)
            return FloatRelation.Equal;
        return (order < 0) != left.IsNegative ? FloatRelation.Less : FloatRelation.Greater;
    }

    /// <summary>The class of a number as FXAM puts it into C3, C2 and C0, with the sign in C1: status word bits 14, 10, 8 and 9.</summary>
    public static ushort Classify(Float80 value, bool empty)
    {
        int sign = value.IsNegative ? 0x0200 : 0;
        int kind;
        if (empty)
            kind = 0x4100;
        else if (value.IsZero)
            kind = 0x4000;
        else if (value.IsDenormal)
            kind = 0x4400;
        else if (value.IsUnsupported)
            kind = 0x0000;
        else if (value.IsNaN)
            kind = 0x0100;
        else if (value.IsInfinity)
            kind = 0x0500;
        else
            kind = 0x0400;
        return (ushort)(sign | kind);
    }

    private static int CompareMagnitudes(Float80 left, Float80 right)
    {
        // A pseudo-denormal has exponent 0 and the worth of exponent 1.
        int leftExponent = Math.Max(left.Exponent, 1);
        int rightExponent = Math.Max(right.Exponent, 1);
        if (left.IsZero || right.IsZero)
            return left.IsZero ? (right.IsZero ? 0 : -1) : 1;
        return leftExponent != rightExponent
            ? leftExponent.CompareTo(rightExponent)
            : left.Significand.CompareTo(right.Significand);
    }
}
