using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>Moves between, into and out of vector registers that change more than a copy would (SDM vol. 2).</summary>
/// <remarks>A result for a general register or for memory is left in the low bytes of the destination, the rest zero.</remarks>
internal static unsafe class PackedMove
{
    /// <summary>MOVQ and MOVNTQ of MMX, MOVQ2DQ, MOVDQ2Q: the upper half is cleared.</summary>
    internal static void MoveQword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar(*(ulong*)source).AsByte();

    /// <summary>MOVD of MMX: the rest is cleared.</summary>
    internal static void MoveDword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar(*(uint*)source).AsByte();

    internal static void Movddup(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Create(*(ulong*)source).AsByte();

    internal static void Movsldup(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<ulong> even = source->AsUInt64() & Vector128.Create(0xFFFF_FFFFul);
        *destination = (even | (even << 32)).AsByte();
    }

    internal static void Movshdup(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<ulong> odd = source->AsUInt64() >>> 32;
        *destination = (odd | (odd << 32)).AsByte();
    }

    internal static void Pmovmskb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar((ulong)source->ExtractMostSignificantBits()).AsByte();

    internal static void PmovmskbMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar((ulong)(byte)source->ExtractMostSignificantBits()).AsByte();

    internal static void Movmskps(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar((ulong)source->AsUInt32().ExtractMostSignificantBits()).AsByte();

    internal static void Movmskpd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar((ulong)source->AsUInt64().ExtractMostSignificantBits()).AsByte();

    internal static void PinsrwMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => ((ushort*)destination)[immediate & 3] = *(ushort*)source;

    internal static void PextrwMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar((ulong)((ushort*)source)[immediate & 3]).AsByte();

    internal static void Insertps(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => InsertSingle(destination, ((uint*)source)[immediate >> 6], immediate);

    /// <summary>From memory, the immediate's source field has no meaning.</summary>
    internal static void InsertpsMemory(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => InsertSingle(destination, *(uint*)source, immediate);

    private static void InsertSingle(Vector128<byte>* destination, uint value, byte immediate)
    {
        uint* elements = (uint*)destination;
        elements[(immediate >> 4) & 3] = value;
        for (int i = 0; i < 4; i++)
        {
            if ((immediate & (1 << i)) != 0) elements[i] = 0;
        }
    }
}
