using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>The register stack and the status word, as the x87 instructions use them (SDM vol. 1 8.1, 8.5).</summary>
/// <remarks>
/// An instruction looks at its operands (<see cref="IsEmpty"/>), computes with flags collected apart, calls
/// <see cref="Complete"/>, and writes registers and moves TOP only when that allows it: an unmasked exception that was found
/// before the result leaves registers and stack as they were.
/// </remarks>
internal static unsafe class X87Stack
{
    /// <summary>C0 of the status word.</summary>
    public const ushort C0 = 0x0100;

    /// <summary>C1.</summary>
    public const ushort C1 = 0x0200;

    /// <summary>C2.</summary>
    public const ushort C2 = 0x0400;

    /// <summary>C3.</summary>
    public const ushort C3 = 0x4000;

    /// <summary>The four condition codes.</summary>
    public const ushort Conditions = C0 | C1 | C2 | C3;

    /// <summary>An operand was empty.</summary>
    public const uint Underflowed = FloatStatus.Invalid | FloatStatus.StackFault;

    /// <summary>A push found a register in its place.</summary>
    public const uint Overflowed = FloatStatus.Invalid | FloatStatus.StackFault | C1;

    private const ushort SummaryAndBusy = 0x8080;

    /// <summary>The physical register that ST(<paramref name="register"/>) is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Physical(X87State* state, uint register) => (state->Top + register) & 7;

    /// <summary>Whether ST(<paramref name="register"/>) is empty.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsEmpty(X87State* state, uint register) => (state->Occupied >> (int)Physical(state, register) & 1) == 0;

    /// <summary>ST(<paramref name="register"/>), empty or not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float80 Get(X87State* state, uint register)
    {
        uint physical = Physical(state, register);
        return new Float80(state->Significands[physical], state->SignExponents[physical]);
    }

    /// <summary>Writes ST(<paramref name="register"/>) and tags it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(X87State* state, uint register, Float80 value)
    {
        uint physical = Physical(state, register);
        state->Significands[physical] = value.Significand;
        state->SignExponents[physical] = value.SignExponent;
        state->Occupied |= (byte)(1 << (int)physical);
    }

    /// <summary>Tags ST(0) empty and moves TOP on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Pop(X87State* state)
    {
        state->Occupied &= (byte)~(1 << state->Top);
        state->Top = (byte)((state->Top + 1) & 7);
    }

    /// <summary>Makes <paramref name="value"/> ST(0), above what was there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PushUnchecked(X87State* state, Float80 value)
    {
        state->Top = (byte)((state->Top - 1) & 7);
        Set(state, 0, value);
    }

    /// <summary>
    /// Pushes the result of a load: a register in its place is a stack overflow, which becomes the indefinite when masked. A
    /// denormal is loaded even when its exception is not masked, as the processors do it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Push(X87State* state, Float80 value, uint flags)
    {
        if (!IsEmpty(state, 7))
        {
            value = Float80.Indefinite;
            flags = Overflowed;
        }

        if (Complete(state, flags) || (flags & FloatStatus.Invalid) == 0)
            PushUnchecked(state, value);
    }

    /// <summary>
    /// Brings the flags of an operation into the status word and sets C1. False when an exception that is not masked forbids the
    /// result: then nothing else of the state may change.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Complete(X87State* state, uint flags)
    {
        state->Status &= unchecked((ushort)~C1);
        return flags == 0 || Raise(state, flags);
    }

    /// <summary>Makes ES and B agree with the flags and masks, as every instruction that loads one of them does.</summary>
    public static void UpdateSummary(X87State* state)
    {
        if ((state->Status & ~state->ControlWord & FloatStatus.All) != 0)
            state->Status |= SummaryAndBusy;
        else
            state->Status &= unchecked((ushort)~SummaryAndBusy);
    }

    private static bool Raise(X87State* state, uint flags)
    {
        uint unmasked = flags & ~(uint)state->ControlWord & FloatStatus.All;
        if ((unmasked & FloatStatus.BeforeResult) != 0)
        {
            // What a result would have raised is never found out.
            uint kept = FloatStatus.BeforeResult | FloatStatus.StackFault;
            if ((flags & FloatStatus.StackFault) != 0)
                kept |= C1;
            state->Status |= (ushort)((flags & kept) | SummaryAndBusy);
            return false;
        }

        state->Status |= (ushort)(flags & (FloatStatus.All | FloatStatus.StackFault | C1));
        if (unmasked != 0)
            state->Status |= SummaryAndBusy;
        return true;
    }
}
