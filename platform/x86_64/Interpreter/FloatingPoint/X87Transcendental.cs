namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>The transcendental instructions. All have the signature of <see cref="X87Operation.Function"/>.</summary>
internal static unsafe class X87Transcendental
{
    /// <summary>FSIN.</summary>
    public static bool Sine(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        if (IsReduced(state, false, out Float80 value))
        {
            uint flags = 0;
            X87Unary.Replace(state, Float80Trigonometry.Sine(value, state->ControlWord, ref flags), flags);
        }

        return false;
    }

    /// <summary>FCOS.</summary>
    public static bool Cosine(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        if (IsReduced(state, false, out Float80 value))
        {
            uint flags = 0;
            X87Unary.Replace(state, Float80Trigonometry.Cosine(value, state->ControlWord, ref flags), flags);
        }

        return false;
    }

    /// <summary>FSINCOS: the sine takes the place of ST(0), the cosine is pushed.</summary>
    public static bool SineAndCosine(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        if (IsReduced(state, true, out Float80 value))
        {
            // C1 tells of the last rounding, the cosine's.
            uint flags = 0;
            Float80 sine = Float80Trigonometry.Sine(value, state->ControlWord, ref flags);
            flags &= ~FloatStatus.RoundedUp;
            Float80 cosine = Float80Trigonometry.Cosine(value, state->ControlWord, ref flags);
            X87Unary.ReplaceAndPush(state, sine, cosine, flags);
        }

        return false;
    }

    /// <summary>FPTAN: the tangent takes the place of ST(0), 1 is pushed (a NaN in its place when the tangent is one).</summary>
    public static bool Tangent(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        if (IsReduced(state, true, out Float80 value))
        {
            uint flags = 0;
            Float80 tangent = Float80Trigonometry.Tangent(value, state->ControlWord, ref flags);
            X87Unary.ReplaceAndPush(state, tangent, tangent.IsNaN ? tangent : Float80.One, flags);
        }

        return false;
    }

    /// <summary>FPATAN: ST(1) over ST(0), which is popped.</summary>
    public static bool ArcTangent(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 result = Float80Trigonometry.ArcTangent(X87Stack.Get(state, 1), X87Stack.Get(state, 0), state->ControlWord, ref flags);
        return ReplaceSecondAndPop(state, result, flags);
    }

    /// <summary>F2XM1.</summary>
    public static bool PowerLessOne(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        return X87Unary.Replace(state, Float80Exponential.PowerLessOne(X87Stack.Get(state, 0), state->ControlWord, ref flags), flags);
    }

    /// <summary>FYL2X.</summary>
    public static bool TimesLogarithm(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 result = Float80Exponential.TimesLogarithm(X87Stack.Get(state, 1), X87Stack.Get(state, 0), state->ControlWord, ref flags);
        return ReplaceSecondAndPop(state, result, flags);
    }

    /// <summary>FYL2XP1.</summary>
    public static bool TimesLogarithmOfSuccessor(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 result = Float80Exponential.TimesLogarithmOfSuccessor(X87Stack.Get(state, 1), X87Stack.Get(state, 0), state->ControlWord, ref flags);
        return ReplaceSecondAndPop(state, result, flags);
    }

    /// <summary>
    /// ST(0), unless it is so large that it stays and C2 is set. A stack fault ranks higher: then the operand is given whatever it
    /// is, and the result will not count.
    /// </summary>
    private static bool IsReduced(X87State* state, bool pushes, out Float80 value)
    {
        value = X87Stack.Get(state, 0);
        state->Status &= unchecked((ushort)~X87Stack.C2);
        if (X87Stack.IsEmpty(state, 0) || (pushes && !X87Stack.IsEmpty(state, 7)) || !Float80Trigonometry.IsOutOfRange(value))
            return true;
        state->Status = (ushort)((state->Status & ~X87Stack.C1) | X87Stack.C2);
        return false;
    }

    private static bool ReplaceSecondAndPop(X87State* state, Float80 result, uint flags)
    {
        if (X87Stack.IsEmpty(state, 0) || X87Stack.IsEmpty(state, 1))
        {
            result = Float80.Indefinite;
            flags = X87Stack.Underflowed;
        }

        if (!X87Stack.Complete(state, flags))
            return false;
        X87Stack.Set(state, 1, result);
        X87Stack.Pop(state);
        return false;
    }
}
