using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>
/// The bitwise instructions of MMX and SSE: PAND, ANDPS, ANDPD and their kin, which differ in encoding alone (SDM vol. 2).
/// </summary>
internal static unsafe class PackedLogic
{
    internal static void And(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination &= *source;

    internal static void AndNot(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = *source & ~*destination;

    internal static void Or(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination |= *source;

    internal static void Xor(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination ^= *source;

    /// <summary>PTEST: ZF when the operands share no bit, CF when the source has no bit that the destination lacks.</summary>
    internal static void Test(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => Flags.SetArithmetic(
            state,
            ((*destination & *source) == Vector128<byte>.Zero ? Flags.Zero : 0)
            | ((*source & ~*destination) == Vector128<byte>.Zero ? Flags.Carry : 0));
}
