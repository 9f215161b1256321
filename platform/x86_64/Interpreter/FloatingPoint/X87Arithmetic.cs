using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>One of the six two-operand operations. The first operand is the destination's.</summary>
internal interface IX87Binary
{
    /// <summary>Computes it.</summary>
    static abstract Float80 Apply(Float80 destination, Float80 source, uint control, ref uint flags);
}

/// <summary>FADD.</summary>
internal readonly struct X87Add : IX87Binary
{
    public static Float80 Apply(Float80 destination, Float80 source, uint control, ref uint flags) =>
        Float80Arithmetic.Add(destination, source, control, ref flags);
}

/// <summary>FMUL.</summary>
internal readonly struct X87Multiply : IX87Binary
{
    public static Float80 Apply(Float80 destination, Float80 source, uint control, ref uint flags) =>
        Float80Arithmetic.Multiply(destination, source, control, ref flags);
}

/// <summary>FSUB.</summary>
internal readonly struct X87Subtract : IX87Binary
{
    public static Float80 Apply(Float80 destination, Float80 source, uint control, ref uint flags) =>
        Float80Arithmetic.Subtract(destination, source, control, ref flags);
}

/// <summary>FSUBR.</summary>
internal readonly struct X87SubtractReversed : IX87Binary
{
    public static Float80 Apply(Float80 destination, Float80 source, uint control, ref uint flags) =>
        Float80Arithmetic.Subtract(source, destination, control, ref flags);
}

/// <summary>FDIV.</summary>
internal readonly struct X87Divide : IX87Binary
{
    public static Float80 Apply(Float80 destination, Float80 source, uint control, ref uint flags) =>
        Float80Arithmetic.Divide(destination, source, control, ref flags);
}

/// <summary>FDIVR.</summary>
internal readonly struct X87DivideReversed : IX87Binary
{
    public static Float80 Apply(Float80 destination, Float80 source, uint control, ref uint flags) =>
        Float80Arithmetic.Divide(source, destination, control, ref flags);
}

/// <summary>Add, subtract, multiply and divide in their seven forms. All have the signature of <see cref="X87Operation.Function"/>.</summary>
internal static unsafe class X87Arithmetic<TOperation>
    where TOperation : struct, IX87Binary
{
    /// <summary>ST(0) with a float32 in memory.</summary>
    public static bool WithSingle(X87State* state, uint register, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        return ToTop(state, Float80Conversion.FromSingle(Unsafe.ReadUnaligned<uint>(memory), ref flags), IsSignaling(flags), flags);
    }

    /// <summary>ST(0) with a float64 in memory.</summary>
    public static bool WithDouble(X87State* state, uint register, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        return ToTop(state, Float80Conversion.FromDouble(Unsafe.ReadUnaligned<ulong>(memory), ref flags), IsSignaling(flags), flags);
    }

    /// <summary>ST(0) with an int16 in memory.</summary>
    public static bool WithInt16(X87State* state, uint register, byte* memory, ulong* rflags) =>
        ToTop(state, Float80Conversion.FromInteger(Unsafe.ReadUnaligned<short>(memory)), false, 0);

    /// <summary>ST(0) with an int32 in memory.</summary>
    public static bool WithInt32(X87State* state, uint register, byte* memory, ulong* rflags) =>
        ToTop(state, Float80Conversion.FromInteger(Unsafe.ReadUnaligned<int>(memory)), false, 0);

    /// <summary>ST(0) with ST(i).</summary>
    public static bool FromRegister(X87State* state, uint register, byte* memory, ulong* rflags) =>
        Registers(state, 0, register);

    /// <summary>ST(i) with ST(0).</summary>
    public static bool ToRegister(X87State* state, uint register, byte* memory, ulong* rflags) =>
        Registers(state, register, 0);

    /// <summary>ST(i) with ST(0), which is popped.</summary>
    public static bool ToRegisterAndPop(X87State* state, uint register, byte* memory, ulong* rflags)
    {
        if (Registers(state, register, 0))
            X87Stack.Pop(state);
        return false;
    }

    private static bool IsSignaling(uint conversionFlags) => (conversionFlags & FloatStatus.Invalid) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool ToTop(X87State* state, Float80 source, bool signaling, uint flags)
    {
        Float80 result;
        if (X87Stack.IsEmpty(state, 0))
        {
            result = Float80.Indefinite;
            flags = X87Stack.Underflowed;
        }
        else if (flags == 0)
        {
            result = TOperation.Apply(X87Stack.Get(state, 0), source, state->ControlWord, ref flags);
        }
        else
        {
            result = WithSpecialSource(X87Stack.Get(state, 0), source, signaling, state->ControlWord, ref flags);
        }

        if (X87Stack.Complete(state, flags))
            X87Stack.Set(state, 0, result);
        return false;
    }

    /// <summary>
    /// A denormal or a signalling NaN in memory. The conversion made the NaN quiet; its signal has to come back before the choice
    /// between two NaNs. A denormal beside a NaN, an invalid operation or a division by zero counts for nothing (SDM vol. 1 4.9.2).
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Float80 WithSpecialSource(Float80 destination, Float80 source, bool signaling, uint control, ref uint flags)
    {
        if (signaling)
            source = new Float80(source.Significand & ~Float80.QuietBit, source.SignExponent);
        uint found = 0;
        Float80 result = TOperation.Apply(destination, source, control, ref found);
        if (destination.IsNaN || (found & (FloatStatus.Invalid | FloatStatus.ZeroDivide)) != 0)
            flags = 0;
        flags |= found;
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Registers(X87State* state, uint destination, uint source)
    {
        uint flags = 0;
        Float80 result;
        if (X87Stack.IsEmpty(state, destination) || X87Stack.IsEmpty(state, source))
        {
            result = Float80.Indefinite;
            flags = X87Stack.Underflowed;
        }
        else
        {
            result = TOperation.Apply(X87Stack.Get(state, destination), X87Stack.Get(state, source), state->ControlWord, ref flags);
        }

        if (!X87Stack.Complete(state, flags))
            return false;
        X87Stack.Set(state, destination, result);
        return true;
    }
}
