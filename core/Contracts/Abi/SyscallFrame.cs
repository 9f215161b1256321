namespace Kpio.Contracts.Abi;

/// <summary>A system call as the guest made it: the number from RAX and the six argument registers RDI, RSI, RDX, R10, R8, R9 (syscall(2)).</summary>
/// <param name="Number">The number; the kernel looks at the low 32 bits of RAX.</param>
/// <param name="Argument0">RDI.</param>
/// <param name="Argument1">RSI.</param>
/// <param name="Argument2">RDX.</param>
/// <param name="Argument3">R10.</param>
/// <param name="Argument4">R8.</param>
/// <param name="Argument5">R9.</param>
public readonly record struct SyscallFrame(
    uint Number,
    ulong Argument0,
    ulong Argument1,
    ulong Argument2,
    ulong Argument3,
    ulong Argument4,
    ulong Argument5)
{
    /// <summary>An argument by its index, 0 to 5.</summary>
    public ulong this[int index] => index switch
    {
        0 => Argument0,
        1 => Argument1,
        2 => Argument2,
        3 => Argument3,
        4 => Argument4,
        5 => Argument5,
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };
}
