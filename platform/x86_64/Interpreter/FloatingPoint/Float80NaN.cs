using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>What the x87 makes of NaNs and of patterns that it does not support (SDM vol. 1 table 4-7 and 8.5.1.2).</summary>
internal static class Float80NaN
{
    /// <summary>
    /// The result of an operation on two operands of which at least one is a NaN or unsupported; false when neither is.
    /// Of two NaNs of the same kind the one with the larger significand wins, then the positive one; of a signalling and a quiet
    /// one the quiet one.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool TryPropagate(Float80 left, Float80 right, out Float80 result, ref uint flags)
    {
        if (left.IsUnsupported || right.IsUnsupported)
        {
            flags |= FloatStatus.Invalid;
            result = Float80.Indefinite;
            return true;
        }

        bool leftIsNaN = left.IsNaN;
        bool rightIsNaN = right.IsNaN;
        if (!leftIsNaN && !rightIsNaN)
        {
            result = default;
            return false;
        }

        bool leftSignals = leftIsNaN && (left.Significand & Float80.QuietBit) == 0;
        bool rightSignals = rightIsNaN && (right.Significand & Float80.QuietBit) == 0;
        if (leftSignals || rightSignals)
            flags |= FloatStatus.Invalid;
        if (!rightIsNaN)
            result = left.Quieted();
        else if (!leftIsNaN)
            result = right.Quieted();
        else if (leftSignals != rightSignals)
            result = leftSignals ? right : left;
        else
            result = Larger(left, right).Quieted();
        return true;
    }

    /// <summary>The same for one operand.</summary>
    public static bool TryPropagate(Float80 operand, out Float80 result, ref uint flags)
    {
        if (operand.IsUnsupported)
        {
            flags |= FloatStatus.Invalid;
            result = Float80.Indefinite;
            return true;
        }

        result = operand.Quieted();
        if (!operand.IsNaN)
            return false;
        if ((operand.Significand & Float80.QuietBit) == 0)
            flags |= FloatStatus.Invalid;
        return true;
    }

    private static Float80 Larger(Float80 left, Float80 right)
    {
        if (left.Significand != right.Significand)
            return left.Significand > right.Significand ? left : right;
        return left.SignExponent < right.SignExponent ? left : right;
    }
}
