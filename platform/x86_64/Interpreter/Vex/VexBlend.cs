using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>Blends by the top bits of a register that the instruction names; it lies 32 bytes behind the destination.</summary>
internal static unsafe class VexBlend
{
    private const int Mask = 2;

    /// <summary>VPBLENDVB.</summary>
    public static void Bytes(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.ConditionalSelect(Vector128.LessThan(destination[Mask].AsSByte(), Vector128<sbyte>.Zero).AsByte(), *source, *destination);

    /// <summary>VBLENDVPS.</summary>
    public static void Singles(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.ConditionalSelect(Vector128.LessThan(destination[Mask].AsInt32(), Vector128<int>.Zero).AsByte(), *source, *destination);

    /// <summary>VBLENDVPD.</summary>
    public static void Doubles(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.ConditionalSelect(Vector128.LessThan(destination[Mask].AsInt64(), Vector128<long>.Zero).AsByte(), *source, *destination);
}
