using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>Packed integer multiplication (SDM vol. 2B, PMxxx).</summary>
/// <remarks>
/// The wide products are made of the even and of the odd elements apart, which needs no widening and leaves each element's
/// result in its place; the MMX forms are therefore the low half.
/// </remarks>
internal static unsafe class PackedMultiply
{
    internal static void Pmullw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsInt16() * source->AsInt16()).AsByte();

    internal static void Pmulld(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsInt32() * source->AsInt32()).AsByte();

    internal static void Pmulhw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> even = EvenWords(*destination) * EvenWords(*source);
        Vector128<int> odd = OddWords(*destination) * OddWords(*source);
        *destination = JoinWords(even >>> 16, odd >>> 16);
    }

    internal static void Pmulhuw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<uint> a = destination->AsUInt32(), b = source->AsUInt32(), low = Vector128.Create(0xFFFFu);
        Vector128<uint> even = (a & low) * (b & low);
        Vector128<uint> odd = (a >>> 16) * (b >>> 16);
        *destination = ((even >>> 16) | (odd & ~low)).AsByte();
    }

    /// <summary>The product's bits 30..15, rounded: adding 0x4000 before the shift is adding one after a shift by 14.</summary>
    internal static void Pmulhrsw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> even = EvenWords(*destination) * EvenWords(*source);
        Vector128<int> odd = OddWords(*destination) * OddWords(*source);
        Vector128<int> round = Vector128.Create(0x4000);
        *destination = JoinWords((even + round) >>> 15, (odd + round) >>> 15);
    }

    internal static void Pmuludq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<ulong> a = destination->AsUInt64(), b = source->AsUInt64();
        *destination = Vector128.Create((ulong)(uint)a[0] * (uint)b[0], (ulong)(uint)a[1] * (uint)b[1]).AsByte();
    }

    internal static void Pmuldq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<long> a = destination->AsInt64(), b = source->AsInt64();
        *destination = Vector128.Create((long)(int)a[0] * (int)b[0], (long)(int)a[1] * (int)b[1]).AsByte();
    }

    internal static void Pmaddwd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> even = EvenWords(*destination) * EvenWords(*source);
        Vector128<int> odd = OddWords(*destination) * OddWords(*source);
        *destination = (even + odd).AsByte();
    }

    /// <summary>Bytes of the destination are unsigned, those of the source signed; a product fits 16 bits, the sum of two saturates.</summary>
    internal static void Pmaddubsw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<short> a = destination->AsInt16(), b = source->AsInt16();
        Vector128<short> even = (a & Vector128.Create((short)0xFF)) * ((b << 8) >> 8);
        Vector128<short> odd = (a >>> 8) * (b >> 8);
        *destination = Vector128.AddSaturate(even, odd).AsByte();
    }

    private static Vector128<int> EvenWords(Vector128<byte> value) => (value.AsInt32() << 16) >> 16;

    private static Vector128<int> OddWords(Vector128<byte> value) => value.AsInt32() >> 16;

    private static Vector128<byte> JoinWords(Vector128<int> even, Vector128<int> odd)
        => ((even & Vector128.Create(0xFFFF)) | (odd << 16)).AsByte();
}
