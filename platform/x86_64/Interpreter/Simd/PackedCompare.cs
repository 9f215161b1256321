using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>PCMPEQx and PCMPGTx: each element becomes all ones or zero (SDM vol. 2B).</summary>
internal static unsafe class PackedCompare
{
    internal static void Pcmpeqb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Equals(*destination, *source);

    internal static void Pcmpeqw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Equals(destination->AsUInt16(), source->AsUInt16()).AsByte();

    internal static void Pcmpeqd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Equals(destination->AsUInt32(), source->AsUInt32()).AsByte();

    internal static void Pcmpeqq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Equals(destination->AsUInt64(), source->AsUInt64()).AsByte();

    internal static void Pcmpgtb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.GreaterThan(destination->AsSByte(), source->AsSByte()).AsByte();

    internal static void Pcmpgtw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.GreaterThan(destination->AsInt16(), source->AsInt16()).AsByte();

    internal static void Pcmpgtd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.GreaterThan(destination->AsInt32(), source->AsInt32()).AsByte();

    internal static void Pcmpgtq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.GreaterThan(destination->AsInt64(), source->AsInt64()).AsByte();
}
