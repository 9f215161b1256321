using System.Numerics;
using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>CRC32: the CRC-32C of the source's bytes, continued from the destination (SDM vol. 2A). The result's upper half is zero.</summary>
internal static unsafe class Checksum
{
    internal static void Crc32Byte(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(ulong*)destination = BitOperations.Crc32C(*(uint*)destination, *(byte*)source);

    internal static void Crc32Word(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(ulong*)destination = BitOperations.Crc32C(*(uint*)destination, *(ushort*)source);

    internal static void Crc32Dword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(ulong*)destination = BitOperations.Crc32C(*(uint*)destination, *(uint*)source);

    internal static void Crc32Qword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(ulong*)destination = BitOperations.Crc32C(*(uint*)destination, *(ulong*)source);
}
