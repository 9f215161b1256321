using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>The control instructions of the x87, and those that only move tags or TOP. All have the signature of <see cref="X87Operation.Function"/>.</summary>
internal static unsafe class X87Control
{
    /// <summary>FNINIT.</summary>
    public static bool Initialize(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        state->Initialize();
        return false;
    }

    /// <summary>FNCLEX: clears the exceptions, SF, ES and B.</summary>
    public static bool ClearExceptions(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        state->Status &= 0x7F00;
        return false;
    }

    /// <summary>FNSTSW, to memory or AX.</summary>
    public static bool StoreStatusWord(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        Unsafe.WriteUnaligned(memory, state->StatusWord);
        return true;
    }

    /// <summary>FNSTCW.</summary>
    public static bool StoreControlWord(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        Unsafe.WriteUnaligned(memory, state->ControlWord);
        return true;
    }

    /// <summary>FLDCW: a flag that is set and no longer masked makes an exception pend.</summary>
    public static bool LoadControlWord(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        X87Image.SetControlWord(state, Unsafe.ReadUnaligned<ushort>(memory));
        X87Stack.UpdateSummary(state);
        return false;
    }

    /// <summary>FNOP, FENI, FDISI, FSETPM, and FWAIT, whose exception the caller has looked for.</summary>
    public static bool NoOperation(X87State* state, uint operand, byte* memory, ulong* rflags) => false;

    /// <summary>FFREE; with <see cref="X87Transfers.PopBit"/> FFREEP.</summary>
    public static bool Free(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        state->Occupied &= (byte)~(1 << (int)X87Stack.Physical(state, operand));
        state->Status &= unchecked((ushort)~X87Stack.C1);
        if ((operand & X87Transfers.PopBit) != 0)
            X87Stack.Pop(state);
        return false;
    }

    /// <summary>FINCSTP (operand 1) and FDECSTP (operand 7).</summary>
    public static bool Rotate(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        state->Top = (byte)((state->Top + operand) & 7);
        state->Status &= unchecked((ushort)~X87Stack.C1);
        return false;
    }

    /// <summary>FNSTENV, 28 bytes (operand 0) or 14 (1).</summary>
    public static bool StoreEnvironment(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        X87Image.StoreEnvironment(state, memory, operand != 0);
        state->ControlWord |= (ushort)FloatStatus.All;
        X87Stack.UpdateSummary(state);
        return true;
    }

    /// <summary>FLDENV.</summary>
    public static bool LoadEnvironment(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        X87Image.LoadEnvironment(state, memory, operand != 0);
        return false;
    }

    /// <summary>FNSAVE, 108 bytes (operand 0) or 94 (1).</summary>
    public static bool Save(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        byte* registers = memory + X87Image.StoreEnvironment(state, memory, operand != 0);
        for (uint register = 0; register < 8; register++)
        {
            Float80 value = X87Stack.Get(state, register);
            Unsafe.WriteUnaligned(registers + register * 10, value.Significand);
            Unsafe.WriteUnaligned(registers + register * 10 + 8, value.SignExponent);
        }

        state->Initialize();
        return true;
    }

    /// <summary>FRSTOR.</summary>
    public static bool Restore(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        byte* registers = memory + X87Image.LoadEnvironment(state, memory, operand != 0);
        for (uint register = 0; register < 8; register++)
        {
            uint physical = X87Stack.Physical(state, register);
            state->Significands[physical] = Unsafe.ReadUnaligned<ulong>(registers + register * 10);
            state->SignExponents[physical] = Unsafe.ReadUnaligned<ushort>(registers + register * 10 + 8);
        }

        return false;
    }
}
