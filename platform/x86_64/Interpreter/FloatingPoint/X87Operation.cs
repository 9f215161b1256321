namespace Kpio.Platform.X64.Interpreter.FloatingPoint;

/// <summary>What an x87 instruction does with its memory operand.</summary>
internal enum X87Access : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>It reads all of it.</summary>
    Load,

    /// <summary>It writes all of it, or nothing when an unmasked exception forbids the result.</summary>
    Store,
}

/// <summary>
/// An x87 instruction as it is bound when its block is decoded: <see cref="X87Instructions.TryGetOperation"/> makes it,
/// <see cref="X87Instructions.Execute"/> runs it.
/// </summary>
internal readonly unsafe struct X87Operation
{
    /// <summary>
    /// Executes the instruction: (state, <see cref="Operand"/>, the memory operand's bytes, RFLAGS). Reads or writes
    /// <see cref="MemorySize"/> bytes; true when it has written them.
    /// </summary>
    public readonly delegate*<X87State*, uint, byte*, ulong*, bool> Function;

    /// <summary>The part of the instruction that is known when it is decoded: ST(i), and what the function adds to it.</summary>
    public readonly byte Operand;

    /// <summary>Bytes of the memory operand: 0, 2, 4, 8, 10, 14, 28, 94 or 108.</summary>
    public readonly byte MemorySize;

    /// <summary>The direction of the memory operand.</summary>
    public readonly X87Access Access;

    /// <summary>
    /// Whether the instruction first raises #MF when <see cref="X87State.HasPendingException"/>; the others are FNINIT, FNCLEX,
    /// FNSTSW, FNSTCW, FNSTENV, FNSAVE and the obsolete FNENI, FNDISI and FNSETPM.
    /// </summary>
    public readonly bool Waits;

    /// <summary>Whether it sets FIP and FDP: all but the control instructions do.</summary>
    public readonly bool SetsPointers;

    /// <summary>Whether it reads or writes RFLAGS (FCMOVcc, FCOMI and its family): lazily kept flags must be made before.</summary>
    public readonly bool UsesRflags;

    /// <summary>FNSTSW AX: the memory pointer is to be that of AX, in which two bytes are written.</summary>
    public readonly bool StoresToAx;

    /// <summary>Puts an operation together.</summary>
    public X87Operation(
        delegate*<X87State*, uint, byte*, ulong*, bool> function,
        uint operand = 0,
        X87Access access = X87Access.None,
        int memorySize = 0,
        bool waits = true,
        bool setsPointers = true,
        bool usesRflags = false,
        bool storesToAx = false)
    {
        Function = function;
        Operand = (byte)operand;
        Access = access;
        MemorySize = (byte)memorySize;
        Waits = waits;
        SetsPointers = setsPointers;
        UsesRflags = usesRflags;
        StoresToAx = storesToAx;
    }
}
