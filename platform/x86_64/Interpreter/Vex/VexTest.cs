using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;
using Kpio.Platform.X64.Interpreter.Simd;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>VPTEST, VTESTPS and VTESTPD, over the whole register, and the string comparisons that write XMM0.</summary>
internal static unsafe class VexTest
{
    public static void Bits(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate) => Test(state, destination, source, Vector128<byte>.AllBitsSet);

    public static void Singles(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate) => Test(state, destination, source, Vector128.Create(0x8000_0000).AsByte());

    public static void Doubles(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate) => Test(state, destination, source, Vector128.Create(0x8000_0000_0000_0000).AsByte());

    public static void Pcmpistrm(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        StringCompare.Pcmpistrm(state, destination, source, immediate);
        CpuState.XmmAt(state, 0)[1] = Vector128<byte>.Zero;
    }

    public static void Pcmpestrm(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        StringCompare.Pcmpestrm(state, destination, source, immediate);
        CpuState.XmmAt(state, 0)[1] = Vector128<byte>.Zero;
    }

    public static void Pcmpestrm64(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        StringCompare.Pcmpestrm64(state, destination, source, immediate);
        CpuState.XmmAt(state, 0)[1] = Vector128<byte>.Zero;
    }

    /// <summary>ZF when the operands share none of the bits that count, CF when the source has none that the first operand lacks.</summary>
    private static void Test(CpuState* state, Vector128<byte>* first, Vector128<byte>* source, Vector128<byte> counted)
    {
        Vector128<byte> shared = ((first[0] & source[0]) | (first[1] & source[1])) & counted;
        Vector128<byte> lacking = ((source[0] & ~first[0]) | (source[1] & ~first[1])) & counted;
        Flags.SetArithmetic(state, (shared == Vector128<byte>.Zero ? Flags.Zero : 0) | (lacking == Vector128<byte>.Zero ? Flags.Carry : 0));
    }
}
