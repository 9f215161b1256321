using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>Integer conversions between element widths: PACKxx, PMOVSXxx and PMOVZXxx (SDM vol. 2B).</summary>
internal static unsafe class PackedConvert
{
    internal static void Packsswb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.NarrowWithSaturation(destination->AsInt16(), source->AsInt16()).AsByte();

    internal static void Packssdw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.NarrowWithSaturation(destination->AsInt32(), source->AsInt32()).AsByte();

    internal static void Packuswb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Narrow(ClampToByte(destination->AsInt16()), ClampToByte(source->AsInt16()));

    internal static void Packusdw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Narrow(ClampToWord(destination->AsInt32()), ClampToWord(source->AsInt32())).AsByte();

    internal static void PacksswbMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<byte> joined = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsByte();
        *destination = Vector128.NarrowWithSaturation(joined.AsInt16(), joined.AsInt16()).AsByte();
    }

    internal static void PackssdwMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<byte> joined = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsByte();
        *destination = Vector128.NarrowWithSaturation(joined.AsInt32(), joined.AsInt32()).AsByte();
    }

    internal static void PackuswbMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<byte> joined = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsByte();
        *destination = Vector128.Narrow(ClampToByte(joined.AsInt16()), ClampToByte(joined.AsInt16()));
    }

    internal static void Pmovsxbw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(source->AsSByte()).AsByte();

    internal static void Pmovsxbd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(Vector128.WidenLower(source->AsSByte())).AsByte();

    internal static void Pmovsxbq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(Vector128.WidenLower(Vector128.WidenLower(source->AsSByte()))).AsByte();

    internal static void Pmovsxwd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(source->AsInt16()).AsByte();

    internal static void Pmovsxwq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(Vector128.WidenLower(source->AsInt16())).AsByte();

    internal static void Pmovsxdq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(source->AsInt32()).AsByte();

    internal static void Pmovzxbw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(*source).AsByte();

    internal static void Pmovzxbd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(Vector128.WidenLower(*source)).AsByte();

    internal static void Pmovzxbq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(Vector128.WidenLower(Vector128.WidenLower(*source))).AsByte();

    internal static void Pmovzxwd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(source->AsUInt16()).AsByte();

    internal static void Pmovzxwq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(Vector128.WidenLower(source->AsUInt16())).AsByte();

    internal static void Pmovzxdq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.WidenLower(source->AsUInt32()).AsByte();

    private static Vector128<ushort> ClampToByte(Vector128<short> value)
        => Vector128.Min(Vector128.Max(value, Vector128<short>.Zero), Vector128.Create((short)0xFF)).AsUInt16();

    private static Vector128<uint> ClampToWord(Vector128<int> value)
        => Vector128.Min(Vector128.Max(value, Vector128<int>.Zero), Vector128.Create(0xFFFF)).AsUInt32();
}
