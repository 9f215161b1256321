using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>Operations between the elements of one operand: PHADDx, PHSUBx, PSADBW, MPSADBW, PHMINPOSUW (SDM vol. 2B).</summary>
internal static unsafe class PackedHorizontal
{
    internal static void Phaddw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        *destination = (EvenWords(destination->AsInt32(), source->AsInt32()) + OddWords(destination->AsInt32(), source->AsInt32())).AsByte();
    }

    internal static void Phaddsw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        *destination = Vector128.AddSaturate(EvenWords(destination->AsInt32(), source->AsInt32()), OddWords(destination->AsInt32(), source->AsInt32())).AsByte();
    }

    internal static void Phaddd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        *destination = (EvenDwords(destination->AsInt64(), source->AsInt64()) + OddDwords(destination->AsInt64(), source->AsInt64())).AsByte();
    }

    internal static void PhaddwMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> joined = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsInt32();
        *destination = (EvenWords(joined, joined) + OddWords(joined, joined)).AsByte();
    }

    internal static void PhaddswMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> joined = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsInt32();
        *destination = Vector128.AddSaturate(EvenWords(joined, joined), OddWords(joined, joined)).AsByte();
    }

    internal static void PhadddMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> joined = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsInt32();
        *destination = (EvenDwords(joined.AsInt64(), joined.AsInt64()) + OddDwords(joined.AsInt64(), joined.AsInt64())).AsByte();
    }

    internal static void Phsubw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        *destination = (EvenWords(destination->AsInt32(), source->AsInt32()) - OddWords(destination->AsInt32(), source->AsInt32())).AsByte();
    }

    internal static void Phsubsw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        *destination = Vector128.SubtractSaturate(EvenWords(destination->AsInt32(), source->AsInt32()), OddWords(destination->AsInt32(), source->AsInt32())).AsByte();
    }

    internal static void Phsubd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        *destination = (EvenDwords(destination->AsInt64(), source->AsInt64()) - OddDwords(destination->AsInt64(), source->AsInt64())).AsByte();
    }

    internal static void PhsubwMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> joined = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsInt32();
        *destination = (EvenWords(joined, joined) - OddWords(joined, joined)).AsByte();
    }

    internal static void PhsubswMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> joined = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsInt32();
        *destination = Vector128.SubtractSaturate(EvenWords(joined, joined), OddWords(joined, joined)).AsByte();
    }

    internal static void PhsubdMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> joined = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsInt32();
        *destination = (EvenDwords(joined.AsInt64(), joined.AsInt64()) - OddDwords(joined.AsInt64(), joined.AsInt64())).AsByte();
    }

    /// <summary>The sum of absolute differences of eight bytes each.</summary>
    internal static void Psadbw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<byte> difference = Vector128.Max(*destination, *source) - Vector128.Min(*destination, *source);
        Vector128<ushort> pairs = (difference.AsUInt16() & Vector128.Create((ushort)0xFF)) + (difference.AsUInt16() >>> 8);
        *destination = Vector128.Create(SumWords(pairs.AsUInt64()[0]), SumWords(pairs.AsUInt64()[1])).AsByte();
    }

    /// <summary>Eight sums of absolute differences of four bytes of the source with a window that slides over the destination.</summary>
    internal static void Mpsadbw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        byte* window = (byte*)destination + (((immediate >> 2) & 1) * 4);
        byte* block = (byte*)source + ((immediate & 3) * 4);
        Vector128<ushort> sums = Vector128<ushort>.Zero;
        for (int i = 0; i < 8; i++)
        {
            int sum = 0;
            for (int j = 0; j < 4; j++) sum += int.Abs(window[i + j] - block[j]);
            sums = sums.WithElement(i, (ushort)sum);
        }

        *destination = sums.AsByte();
    }

    /// <summary>The least word and the first place that holds it.</summary>
    internal static void Phminposuw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        ushort* words = (ushort*)source;
        int position = 0;
        for (int i = 1; i < 8; i++)
        {
            if (words[i] < words[position]) position = i;
        }

        *destination = Vector128.CreateScalar(words[position] | ((ulong)position << 16)).AsByte();
    }

    private static Vector128<short> EvenWords(Vector128<int> low, Vector128<int> high) => Vector128.Narrow(low, high);

    private static Vector128<short> OddWords(Vector128<int> low, Vector128<int> high) => Vector128.Narrow(low >> 16, high >> 16);

    private static Vector128<int> EvenDwords(Vector128<long> low, Vector128<long> high) => Vector128.Narrow(low, high);

    private static Vector128<int> OddDwords(Vector128<long> low, Vector128<long> high) => Vector128.Narrow(low >>> 32, high >>> 32);

    private static ulong SumWords(ulong words) => (words * 0x0001_0001_0001_0001) >> 48;
}
