using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>Permutations, broadcasts and moves of halves that AVX and AVX2 have added (SDM vol. 2C).</summary>
internal static unsafe class VexPermute
{
    /// <summary>VPERMILPS by a register.</summary>
    public static void SinglesInHalf(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<uint> values = destination->AsUInt32();
        for (int i = 0; i < 4; i++)
            ((uint*)destination)[i] = values[(int)(((uint*)source)[i] & 3)];
    }

    /// <summary>VPERMILPD by a register: bit 1 of each element counts.</summary>
    public static void DoublesInHalf(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<ulong> values = destination->AsUInt64();
        for (int i = 0; i < 2; i++)
            ((ulong*)destination)[i] = values[(int)(((ulong*)source)[i] >> 1) & 1];
    }

    /// <summary>VPERMILPD by the immediate.</summary>
    public static void DoublesByImmediate(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Create(((ulong*)source)[immediate & 1], ((ulong*)source)[(immediate >> 1) & 1]).AsByte();

    /// <summary>VPERMD, VPERMPS: the first source has the indices.</summary>
    public static void Dwords(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        for (int i = 0; i < 8; i++)
            ((uint*)destination)[i] = ((uint*)source)[((uint*)destination)[i] & 7];
    }

    /// <summary>VPERMQ, VPERMPD.</summary>
    public static void Qwords(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        for (int i = 0; i < 4; i++)
            ((ulong*)destination)[i] = ((ulong*)source)[(immediate >> (2 * i)) & 3];
    }

    /// <summary>VPERM2F128, VPERM2I128: a half of either source, or zeros.</summary>
    public static void Halves(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<byte> low = Half(destination, source, immediate);
        Vector128<byte> high = Half(destination, source, (byte)(immediate >> 4));
        destination[0] = low;
        destination[1] = high;
    }

    public static void InsertHalf(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => destination[immediate & 1] = *source;

    public static void ExtractHalf(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = source[immediate & 1];

    public static void BroadcastByte(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => destination[0] = destination[1] = Vector128.Create(*(byte*)source);

    public static void BroadcastWord(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => destination[0] = destination[1] = Vector128.Create(*(ushort*)source).AsByte();

    public static void BroadcastDword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => destination[0] = destination[1] = Vector128.Create(*(uint*)source).AsByte();

    public static void BroadcastQword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => destination[0] = destination[1] = Vector128.Create(*(ulong*)source).AsByte();

    public static void BroadcastHalf(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => destination[0] = destination[1] = *source;

    private static Vector128<byte> Half(Vector128<byte>* first, Vector128<byte>* second, byte control)
    {
        if ((control & 8) != 0) return Vector128<byte>.Zero;
        return (control & 2) == 0 ? first[control & 1] : second[control & 1];
    }
}
