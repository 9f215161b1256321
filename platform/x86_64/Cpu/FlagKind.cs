namespace Kpio.Platform.X64.Cpu;

/// <summary>
/// What the last flag-setting instruction was, with the operand size in the two low bits (0: 8 bits … 3: 64 bits). The flags are
/// made from it when somebody reads them.
/// </summary>
internal enum FlagKind : uint
{
    /// <summary>The flags stand in <see cref="CpuState.Eflags"/>.</summary>
    Eager = 0,

    /// <summary>A + B.</summary>
    Add = 4,

    /// <summary>A - B: SUB, CMP, NEG.</summary>
    Sub = 8,

    /// <summary>A is a result of AND, OR, XOR, TEST.</summary>
    Logic = 12,

    /// <summary>A is the result of INC, B the CF before it.</summary>
    Increment = 16,

    /// <summary>A is the result of DEC, B the CF before it.</summary>
    Decrement = 20,
}
