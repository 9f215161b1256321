using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>Packed integer addition, subtraction, minimum, maximum, average, absolute value and sign (SDM vol. 2).</summary>
/// <remarks>Each element stands alone, so the MMX forms are the low half of the same operation.</remarks>
internal static unsafe class PackedArithmetic
{
    internal static void Paddb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination += *source;

    internal static void Paddw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsUInt16() + source->AsUInt16()).AsByte();

    internal static void Paddd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsUInt32() + source->AsUInt32()).AsByte();

    internal static void Paddq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsUInt64() + source->AsUInt64()).AsByte();

    internal static void Psubb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination -= *source;

    internal static void Psubw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsUInt16() - source->AsUInt16()).AsByte();

    internal static void Psubd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsUInt32() - source->AsUInt32()).AsByte();

    internal static void Psubq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsUInt64() - source->AsUInt64()).AsByte();

    internal static void Paddsb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.AddSaturate(destination->AsSByte(), source->AsSByte()).AsByte();

    internal static void Paddsw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.AddSaturate(destination->AsInt16(), source->AsInt16()).AsByte();

    internal static void Paddusb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.AddSaturate(destination->AsByte(), source->AsByte()).AsByte();

    internal static void Paddusw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.AddSaturate(destination->AsUInt16(), source->AsUInt16()).AsByte();

    internal static void Psubsb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.SubtractSaturate(destination->AsSByte(), source->AsSByte()).AsByte();

    internal static void Psubsw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.SubtractSaturate(destination->AsInt16(), source->AsInt16()).AsByte();

    internal static void Psubusb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.SubtractSaturate(destination->AsByte(), source->AsByte()).AsByte();

    internal static void Psubusw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.SubtractSaturate(destination->AsUInt16(), source->AsUInt16()).AsByte();

    internal static void Pminsb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Min(destination->AsSByte(), source->AsSByte()).AsByte();

    internal static void Pminsw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Min(destination->AsInt16(), source->AsInt16()).AsByte();

    internal static void Pminsd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Min(destination->AsInt32(), source->AsInt32()).AsByte();

    internal static void Pminub(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Min(destination->AsByte(), source->AsByte()).AsByte();

    internal static void Pminuw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Min(destination->AsUInt16(), source->AsUInt16()).AsByte();

    internal static void Pminud(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Min(destination->AsUInt32(), source->AsUInt32()).AsByte();

    internal static void Pmaxsb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Max(destination->AsSByte(), source->AsSByte()).AsByte();

    internal static void Pmaxsw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Max(destination->AsInt16(), source->AsInt16()).AsByte();

    internal static void Pmaxsd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Max(destination->AsInt32(), source->AsInt32()).AsByte();

    internal static void Pmaxub(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Max(destination->AsByte(), source->AsByte()).AsByte();

    internal static void Pmaxuw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Max(destination->AsUInt16(), source->AsUInt16()).AsByte();

    internal static void Pmaxud(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Max(destination->AsUInt32(), source->AsUInt32()).AsByte();

    internal static void Pavgb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<byte> a = *destination, b = *source;
        *destination = (a | b) - ((a ^ b) >>> 1);
    }

    internal static void Pavgw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<ushort> a = destination->AsUInt16(), b = source->AsUInt16();
        *destination = ((a | b) - ((a ^ b) >>> 1)).AsByte();
    }

    internal static void Pabsb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Max(source->AsSByte(), -source->AsSByte()).AsByte();

    internal static void Pabsw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Max(source->AsInt16(), -source->AsInt16()).AsByte();

    internal static void Pabsd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Max(source->AsInt32(), -source->AsInt32()).AsByte();

    internal static void Psignb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<sbyte> value = destination->AsSByte(), sign = source->AsSByte();
        Vector128<sbyte> negative = Vector128.LessThan(sign, Vector128<sbyte>.Zero);
        *destination = (((value ^ negative) - negative) & ~Vector128.Equals(sign, Vector128<sbyte>.Zero)).AsByte();
    }

    internal static void Psignw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<short> value = destination->AsInt16(), sign = source->AsInt16();
        Vector128<short> negative = Vector128.LessThan(sign, Vector128<short>.Zero);
        *destination = (((value ^ negative) - negative) & ~Vector128.Equals(sign, Vector128<short>.Zero)).AsByte();
    }

    internal static void Psignd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> value = destination->AsInt32(), sign = source->AsInt32();
        Vector128<int> negative = Vector128.LessThan(sign, Vector128<int>.Zero);
        *destination = (((value ^ negative) - negative) & ~Vector128.Equals(sign, Vector128<int>.Zero)).AsByte();
    }
}
