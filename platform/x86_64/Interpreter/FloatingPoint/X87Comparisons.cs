using System.Runtime.CompilerServices;

namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>
/// FCOM and its family, FTST and FXAM. The operand holds the register in bits 0…2, in bits 3 and 4 how often to pop, and in bit 5
/// whether quiet NaNs are accepted (FUCOM). All have the signature of <see cref="X87Operation.Function"/>.
/// </summary>
internal static unsafe class X87Comparisons
{
    /// <summary>Once or twice this is added to an operand: so many pops.</summary>
    public const uint Pop = 8;

    /// <summary>Marks the unordered comparisons in an operand.</summary>
    public const uint Quiet = 32;

    private const ulong ArithmeticFlags = 0x8D5;

    /// <summary>FCOM and FCOMP m32.</summary>
    public static bool WithSingle(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 source = Float80Conversion.FromSingle(Unsafe.ReadUnaligned<uint>(memory), ref flags);
        return ToConditions(state, operand, source, X87Stack.IsEmpty(state, 0), flags);
    }

    /// <summary>FCOM and FCOMP m64.</summary>
    public static bool WithDouble(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint flags = 0;
        Float80 source = Float80Conversion.FromDouble(Unsafe.ReadUnaligned<ulong>(memory), ref flags);
        return ToConditions(state, operand, source, X87Stack.IsEmpty(state, 0), flags);
    }

    /// <summary>FICOM and FICOMP m16.</summary>
    public static bool WithInt16(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        ToConditions(state, operand, Float80Conversion.FromInteger(Unsafe.ReadUnaligned<short>(memory)), X87Stack.IsEmpty(state, 0), 0);

    /// <summary>FICOM and FICOMP m32.</summary>
    public static bool WithInt32(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        ToConditions(state, operand, Float80Conversion.FromInteger(Unsafe.ReadUnaligned<int>(memory)), X87Stack.IsEmpty(state, 0), 0);

    /// <summary>FTST: with +0.</summary>
    public static bool WithZero(X87State* state, uint operand, byte* memory, ulong* rflags) =>
        ToConditions(state, operand, Float80.Zero, X87Stack.IsEmpty(state, 0), 0);

    /// <summary>FCOM, FCOMP, FCOMPP, FUCOM, FUCOMP, FUCOMPP with a register.</summary>
    public static bool WithRegister(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint register = operand & 7;
        return ToConditions(
            state, operand, X87Stack.Get(state, register), X87Stack.IsEmpty(state, 0) || X87Stack.IsEmpty(state, register), 0);
    }

    /// <summary>FCOMI, FCOMIP, FUCOMI, FUCOMIP: into ZF, PF and CF, with OF, SF and AF cleared.</summary>
    public static bool ToRflags(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        uint register = operand & 7;
        uint flags = 0;
        FloatRelation relation = FloatRelation.Unordered;
        if (X87Stack.IsEmpty(state, 0) || X87Stack.IsEmpty(state, register))
            flags = X87Stack.Underflowed;
        else
            relation = Float80Comparison.Compare(X87Stack.Get(state, 0), X87Stack.Get(state, register), (operand & Quiet) != 0, ref flags);
        // Unlike with FCOM, C1 is cleared by a stack fault alone.
        int roundedUp = (flags & FloatStatus.StackFault) == 0 ? state->Status & X87Stack.C1 : 0;
        bool completed = X87Stack.Complete(state, flags);
        state->Status |= (ushort)roundedUp;
        if (!completed)
            return false;
        *rflags = (*rflags & ~ArithmeticFlags) | (ulong)relation;
        PopAsAsked(state, operand);
        return false;
    }

    /// <summary>FXAM.</summary>
    public static bool Examine(X87State* state, uint operand, byte* memory, ulong* rflags)
    {
        state->Status = (ushort)((state->Status & ~X87Stack.Conditions)
            | Float80Comparison.Classify(X87Stack.Get(state, 0), X87Stack.IsEmpty(state, 0)));
        return false;
    }

    private static bool ToConditions(X87State* state, uint operand, Float80 source, bool empty, uint sourceFlags)
    {
        uint flags = 0;
        FloatRelation relation = FloatRelation.Unordered;
        if (empty)
        {
            flags = X87Stack.Underflowed;
        }
        else
        {
            relation = Float80Comparison.Compare(X87Stack.Get(state, 0), source, (operand & Quiet) != 0, ref flags);
            // A denormal beside a NaN counts for nothing.
            flags |= relation == FloatRelation.Unordered ? sourceFlags & FloatStatus.Invalid : sourceFlags;
        }

        if (!X87Stack.Complete(state, flags))
            return false;
        state->Status = (ushort)((state->Status & ~X87Stack.Conditions) | ((int)relation << 8));
        PopAsAsked(state, operand);
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PopAsAsked(X87State* state, uint operand)
    {
        for (uint pops = operand & (3 * Pop); pops != 0; pops -= Pop)
            X87Stack.Pop(state);
    }
}
