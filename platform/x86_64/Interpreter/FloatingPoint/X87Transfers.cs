using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>Loads, stores, exchanges, conditional moves and constants of the x87. All have the signature of <see cref="X87Operation.Function"/>.</summary>
internal static unsafe class X87Transfers
{
    /// <summary>Bit 3 of a store's operand: it pops.</summary>
    public const uint PopBit = 8;

    /// <summary>What keeps a store to memory from happening when it is not masked (SDM vol. 1 8.5.4, 8.5.5).</summary>
    private const uint BeforeStore = FloatStatus.BeforeResult | FloatStatus.Overflow | FloatStatus.Underflow;

    private const uint NegateCondition = 8;

    private const ulong Carry = 1;

    private const ulong Parity = 4;

    private const ulong ZeroFlag = 0x40;

    /// <summary>FLD m32.</summary>
    public static bool LoadSingle(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 value = Float80Conversion.FromSingle(Unsafe.ReadUnaligned<uint>(memory), ref flags);
        X87Stack.Push(state, value, flags);
        return false;
    }

    /// <summary>FLD m64.</summary>
    public static bool LoadDouble(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 value = Float80Conversion.FromDouble(Unsafe.ReadUnaligned<ulong>(memory), ref flags);
        X87Stack.Push(state, value, flags);
        return false;
    }

    /// <summary>FLD m80: any pattern, without an exception of its own.</summary>
    public static bool LoadExtended(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        X87Stack.Push(state, new Float80(Unsafe.ReadUnaligned<ulong>(memory), Unsafe.ReadUnaligned<ushort>(memory + 8)), 0);
        return false;
    }

    /// <summary>FLD ST(i).</summary>
    public static bool LoadRegister(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        if (!X87Stack.IsEmpty(state, operand))
            X87Stack.Push(state, X87Stack.Get(state, operand), 0);
        else if (X87Stack.Complete(state, X87Stack.Underflowed))
            X87Stack.PushUnchecked(state, Float80.Indefinite);
        return false;
    }

    /// <summary>FILD m16.</summary>
    public static bool LoadInt16(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        X87Stack.Push(state, Float80Conversion.FromInteger(Unsafe.ReadUnaligned<short>(memory)), 0);
        return false;
    }

    /// <summary>FILD m32.</summary>
    public static bool LoadInt32(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        X87Stack.Push(state, Float80Conversion.FromInteger(Unsafe.ReadUnaligned<int>(memory)), 0);
        return false;
    }

    /// <summary>FILD m64.</summary>
    public static bool LoadInt64(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        X87Stack.Push(state, Float80Conversion.FromInteger(Unsafe.ReadUnaligned<long>(memory)), 0);
        return false;
    }

    /// <summary>FBLD.</summary>
    public static bool LoadDecimal(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        X87Stack.Push(state, Float80Conversion.FromDecimal(Unsafe.ReadUnaligned<ulong>(memory), Unsafe.ReadUnaligned<ushort>(memory + 8)), 0);
        return false;
    }

    /// <summary>FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: operand 0…6, rounded as RC says.</summary>
    public static bool LoadConstant(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        X87Stack.Push(state, X87Constants.Get(operand, (uint)(state->ControlWord >> 10) & 3), 0);
        return false;
    }

    /// <summary>FST and FSTP m32.</summary>
    public static bool StoreSingle(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        uint result = 0xFFC00000;
        if (X87Stack.IsEmpty(state, 0))
            flags = X87Stack.Underflowed;
        else
            result = Float80Conversion.ToSingle(X87Stack.Get(state, 0), state->ControlWord, ref flags);
        if (!CompleteStore(state, flags))
            return false;
        Unsafe.WriteUnaligned(memory, result);
        return PopAfterStore(state, operand);
    }

    /// <summary>FST and FSTP m64.</summary>
    public static bool StoreDouble(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        ulong result = 0xFFF8000000000000;
        if (X87Stack.IsEmpty(state, 0))
            flags = X87Stack.Underflowed;
        else
            result = Float80Conversion.ToDouble(X87Stack.Get(state, 0), state->ControlWord, ref flags);
        if (!CompleteStore(state, flags))
            return false;
        Unsafe.WriteUnaligned(memory, result);
        return PopAfterStore(state, operand);
    }

    /// <summary>FSTP m80.</summary>
    public static bool StoreExtended(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 value = X87Stack.Get(state, 0);
        if (X87Stack.IsEmpty(state, 0))
        {
            value = Float80.Indefinite;
            flags = X87Stack.Underflowed;
        }

        if (!X87Stack.Complete(state, flags))
            return false;
        Unsafe.WriteUnaligned(memory, value.Significand);
        Unsafe.WriteUnaligned(memory + 8, value.SignExponent);
        return PopAfterStore(state, operand);
    }

    /// <summary>FIST and FISTP m16.</summary>
    public static bool StoreInt16(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        StoreInteger(state, operand, memory, 16, (uint)(state->ControlWord >> 10) & 3);

    /// <summary>FIST and FISTP m32.</summary>
    public static bool StoreInt32(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        StoreInteger(state, operand, memory, 32, (uint)(state->ControlWord >> 10) & 3);

    /// <summary>FISTP m64.</summary>
    public static bool StoreInt64(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        StoreInteger(state, operand, memory, 64, (uint)(state->ControlWord >> 10) & 3);

    /// <summary>FISTTP m16.</summary>
    public static bool TruncateInt16(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        StoreInteger(state, operand, memory, 16, FloatRounding.Zero);

    /// <summary>FISTTP m32.</summary>
    public static bool TruncateInt32(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        StoreInteger(state, operand, memory, 32, FloatRounding.Zero);

    /// <summary>FISTTP m64.</summary>
    public static bool TruncateInt64(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        StoreInteger(state, operand, memory, 64, FloatRounding.Zero);

    /// <summary>FBSTP.</summary>
    public static bool StoreDecimal(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        // What is no number has the indefinite for its result, and so has an empty register.
        Float80 value = X87Stack.IsEmpty(state, 0) ? Float80.Indefinite : X87Stack.Get(state, 0);
        Float80Conversion.ToDecimal(value, (uint)(state->ControlWord >> 10) & 3, out ulong low, out ushort top, ref flags);
        if (X87Stack.IsEmpty(state, 0))
            flags = X87Stack.Underflowed;
        if (!X87Stack.Complete(state, flags))
            return false;
        Unsafe.WriteUnaligned(memory, low);
        Unsafe.WriteUnaligned(memory + 8, top);
        return PopAfterStore(state, operand);
    }

    /// <summary>FST and FSTP ST(i).</summary>
    public static bool StoreRegister(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 value = X87Stack.Get(state, 0);
        if (X87Stack.IsEmpty(state, 0))
        {
            value = Float80.Indefinite;
            flags = X87Stack.Underflowed;
        }

        if (X87Stack.Complete(state, flags))
        {
            X87Stack.Set(state, operand & 7, value);
            PopAfterStore(state, operand);
        }

        return false;
    }

    /// <summary>FSTPNCE, not documented: FSTP ST(i) that only pops when ST(0) is empty, without an exception.</summary>
    public static bool StoreRegisterQuietly(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        if (!X87Stack.IsEmpty(state, 0))
            return StoreRegister(state, operand, memory, rflags);
        X87Stack.Complete(state, 0);
        X87Stack.Pop(state);
        return false;
    }

    /// <summary>FXCH.</summary>
    public static bool Exchange(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        Float80 first = X87Stack.Get(state, 0);
        Float80 second = X87Stack.Get(state, operand);
        uint flags = 0;
        if (X87Stack.IsEmpty(state, 0))
        {
            first = Float80.Indefinite;
            flags = X87Stack.Underflowed;
        }

        if (X87Stack.IsEmpty(state, operand))
        {
            second = Float80.Indefinite;
            flags = X87Stack.Underflowed;
        }

        if (X87Stack.Complete(state, flags))
        {
            X87Stack.Set(state, 0, second);
            X87Stack.Set(state, operand, first);
        }

        return false;
    }

    /// <summary>FCMOVcc: bits 0…2 of the operand are the register, bits 4…5 the condition (B, E, BE, U), bit 3 negates it.</summary>
    public static bool MoveConditional(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint register = operand & 7;
        if (X87Stack.IsEmpty(state, 0) || X87Stack.IsEmpty(state, register))
        {
            if (X87Stack.Complete(state, X87Stack.Underflowed))
                X87Stack.Set(state, 0, Float80.Indefinite);
            return false;
        }

        ulong mask = (operand >> 4) switch
        {
            0 => Carry,
            1 => ZeroFlag,
            2 => Carry | ZeroFlag,
            _ => Parity,
        };
        if (((*rflags & mask) != 0) != ((operand & NegateCondition) != 0))
            X87Stack.Set(state, 0, X87Stack.Get(state, register));
        return false;
    }

    private static bool StoreInteger(X87State* state, uint operand, byte* memory, int bits, uint mode)
    {
        uint flags = 0;
        long result = Float80Conversion.ToInteger(X87Stack.Get(state, 0), bits, mode, ref flags);
        if (X87Stack.IsEmpty(state, 0))
        {
            flags = X87Stack.Underflowed;
            result = long.MinValue >> (64 - bits);
        }

        if (!X87Stack.Complete(state, flags))
            return false;
        if (bits == 16)
            Unsafe.WriteUnaligned(memory, (short)result);
        else if (bits == 32)
            Unsafe.WriteUnaligned(memory, (int)result);
        else
            Unsafe.WriteUnaligned(memory, result);
        return PopAfterStore(state, operand);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool CompleteStore(X87State* state, uint flags) =>
        X87Stack.Complete(state, flags) && (flags & BeforeStore & ~(uint)state->ControlWord) == 0;

    /// <summary>Always true: bytes were stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool PopAfterStore(X87State* state, uint operand)
    {
        if ((operand & PopBit) != 0)
            X87Stack.Pop(state);
        return true;
    }
}
