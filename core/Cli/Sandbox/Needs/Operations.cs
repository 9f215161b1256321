namespace Kpio.Cli.Sandbox.Needs;

/// <summary>The argument of calls that do several things which says what is to be done.</summary>
internal static class Operations
{
    /// <summary>The argument's index, or -1. By the call's number: x86-64 Linux never changes one.</summary>
    public static int ArgumentOf(uint number) => number switch
    {
        16 => 1, // ioctl
        28 => 2, // madvise
        72 => 1, // fcntl
        157 => 0, // prctl
        158 => 0, // arch_prctl
        202 => 1, // futex
        _ => -1,
    };

    /// <summary>The set that names the values where the argument's description has none: futex's is a number with flags in it.</summary>
    public static string? SetOf(uint number) => number == 202 ? "FutexOp" : null;

    /// <summary>The register of a system call's argument.</summary>
    public static int SystemRegister(int index)
    {
        ReadOnlySpan<int> registers = [7, 6, 2, 10, 8, 9]; // RDI, RSI, RDX, R10, R8, R9
        return registers[index];
    }
}
