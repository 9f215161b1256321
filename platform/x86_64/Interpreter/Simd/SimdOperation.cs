using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>
/// The operation of a SIMD instruction and its immediate in one <see cref="Op.Immediate"/>: the immediate in the top byte, which no
/// address of code uses, the function below it.
/// </summary>
internal static unsafe class SimdOperation
{
    private const int ImmediateShift = 56;

    public static long Pack(delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void> function, byte immediate)
        => (long)((ulong)function | ((ulong)immediate << ImmediateShift));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Execute(CpuState* s, Op* op, Vector128<byte>* destination, Vector128<byte>* source)
    {
        ulong packed = (ulong)op->Immediate;
        ((delegate*<CpuState*, Vector128<byte>*, Vector128<byte>*, byte, void>)(packed & ((1UL << ImmediateShift) - 1)))(
            s, destination, source, (byte)(packed >> ImmediateShift));
    }
}
