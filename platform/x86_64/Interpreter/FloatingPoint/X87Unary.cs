namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>The exact operations on ST(0), with ST(1) or without. All have the signature of <see cref="X87Operation.Function"/>.</summary>
internal static unsafe class X87Unary
{
    /// <summary>FCHS. Any pattern; no exception but a stack fault.</summary>
    public static bool ChangeSign(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        Replace(state, X87Stack.Get(state, 0).Negated(), 0);

    /// <summary>FABS.</summary>
    public static bool Absolute(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        Replace(state, X87Stack.Get(state, 0).Magnitude(), 0);

    /// <summary>FSQRT.</summary>
    public static bool SquareRoot(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        return Replace(state, Float80Arithmetic.SquareRoot(X87Stack.Get(state, 0), state->ControlWord, ref flags), flags);
    }

    /// <summary>FRNDINT.</summary>
    public static bool RoundToInteger(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        return Replace(state, Float80Conversion.RoundToInteger(X87Stack.Get(state, 0), state->ControlWord, ref flags), flags);
    }

    /// <summary>FSCALE.</summary>
    public static bool Scale(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 result = Float80Remainder.Scale(X87Stack.Get(state, 0), X87Stack.Get(state, 1), state->ControlWord, ref flags);
        return Replace(state, result, X87Stack.IsEmpty(state, 1) ? X87Stack.Underflowed : flags);
    }

    /// <summary>FXTRACT: the exponent takes the place of ST(0), then the significand is pushed.</summary>
    public static bool Extract(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 significand = Float80Remainder.Extract(X87Stack.Get(state, 0), out Float80 exponent, ref flags);
        ReplaceAndPush(state, exponent, significand, flags);
        return false;
    }

    /// <summary>FPREM; with operand 1 FPREM1.</summary>
    public static bool Remainder(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 result = Float80Remainder.Remainder(
            X87Stack.Get(state, 0), X87Stack.Get(state, 1), operand != 0, state->ControlWord, out uint quotient, out bool partial, ref flags);
        if (X87Stack.IsEmpty(state, 0) || X87Stack.IsEmpty(state, 1))
        {
            flags = X87Stack.Underflowed;
            result = Float80.Indefinite;
            quotient = 0;
            partial = false;
        }

        state->Status &= unchecked((ushort)~X87Stack.C2);
        if (!X87Stack.Complete(state, flags))
            return false;
        X87Stack.Set(state, 0, result);
        // Without a quotient C0 and C3 stay.
        if ((flags & FloatStatus.Invalid) != 0 || result.IsNaN)
            return false;
        state->Status &= unchecked((ushort)~X87Stack.Conditions);
        // Q2, Q1 and Q0 are C0, C3 and C1.
        state->Status |= (ushort)(((quotient & 4) << 6) | ((quotient & 2) << 13) | ((quotient & 1) << 9) | (partial ? X87Stack.C2 : 0u));
        return false;
    }

    /// <summary>Puts a result in the place of ST(0); an empty ST(0) is a stack underflow.</summary>
    public static bool Replace(X87State* state, Float80 result, uint flags)
    {
        if (X87Stack.IsEmpty(state, 0) || (flags & FloatStatus.StackFault) != 0)
        {
            result = Float80.Indefinite;
            flags = X87Stack.Underflowed;
        }

        if (X87Stack.Complete(state, flags))
            X87Stack.Set(state, 0, result);
        return false;
    }

    /// <summary>
    /// Puts one result in the place of ST(0) and pushes another. False when nothing was written. A stack fault, over or under, makes
    /// both the indefinite.
    /// </summary>
    public static bool ReplaceAndPush(X87State* state, Float80 lower, Float80 upper, uint flags)
    {
        if (X87Stack.IsEmpty(state, 0))
            flags = X87Stack.Underflowed;
        else if (!X87Stack.IsEmpty(state, 7))
            flags = X87Stack.Overflowed;
        if ((flags & FloatStatus.StackFault) != 0)
            lower = upper = Float80.Indefinite;
        if (!X87Stack.Complete(state, flags))
            return false;
        X87Stack.Set(state, 0, lower);
        X87Stack.PushUnchecked(state, upper);
        return true;
    }
}
