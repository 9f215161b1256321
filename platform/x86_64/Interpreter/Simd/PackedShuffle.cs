using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>Shuffles, interleaves, alignments and blends (SDM vol. 2).</summary>
/// <remarks>
/// The low interleaves of MMX are the low half of the SSE ones. The high ones take bytes 4..7, which the low interleave of SSE
/// puts into its upper half.
/// </remarks>
internal static unsafe class PackedShuffle
{
    /// <summary>Bit 7 of an index gives zero; otherwise four bits count.</summary>
    internal static void Pshufb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Shuffle(*destination, *source & Vector128.Create((byte)0x8F));

    /// <summary>As <see cref="Pshufb"/> with three bits of index.</summary>
    internal static void PshufbMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Shuffle(*destination, *source & Vector128.Create((byte)0x87));

    internal static void Pshufd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint* from = (uint*)source;
        *destination = Vector128.Create(from[immediate & 3], from[(immediate >> 2) & 3], from[(immediate >> 4) & 3], from[immediate >> 6]).AsByte();
    }

    internal static void Pshuflw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Create(ShuffleWords((ushort*)source, immediate), ((ulong*)source)[1]).AsByte();

    internal static void Pshufhw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Create(((ulong*)source)[0], ShuffleWords((ushort*)source + 4, immediate)).AsByte();

    internal static void Pshufw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar(ShuffleWords((ushort*)source, immediate)).AsByte();

    internal static void Shufps(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        uint* low = (uint*)destination, high = (uint*)source;
        *destination = Vector128.Create(low[immediate & 3], low[(immediate >> 2) & 3], high[(immediate >> 4) & 3], high[immediate >> 6]).AsByte();
    }

    internal static void Shufpd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Create(((ulong*)destination)[immediate & 1], ((ulong*)source)[(immediate >> 1) & 1]).AsByte();

    /// <summary>Sixteen bytes of destination:source from byte <c>immediate</c> on. Each half is shuffled with indices that leave 0..15 where the byte comes from the other one.</summary>
    internal static void Palignr(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<byte> indices = Vector128<byte>.Indices + Vector128.Create(byte.Min(immediate, 32));
        *destination = Vector128.Shuffle(*source, indices) | Vector128.Shuffle(*destination, indices - Vector128.Create((byte)16));
    }

    internal static void PalignrMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<byte> joined = Vector128.Create(((ulong*)source)[0], ((ulong*)destination)[0]).AsByte();
        *destination = Vector128.Shuffle(joined, Vector128<byte>.Indices + Vector128.Create(byte.Min(immediate, 16)));
    }

    internal static void Punpcklbw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (Vector128.WidenLower(*destination) | (Vector128.WidenLower(*source) << 8)).AsByte();

    internal static void Punpcklwd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (Vector128.WidenLower(destination->AsUInt16()) | (Vector128.WidenLower(source->AsUInt16()) << 16)).AsByte();

    internal static void Punpckldq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (Vector128.WidenLower(destination->AsUInt32()) | (Vector128.WidenLower(source->AsUInt32()) << 32)).AsByte();

    internal static void Punpcklqdq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Create(((ulong*)destination)[0], ((ulong*)source)[0]).AsByte();

    internal static void Punpckhbw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (Vector128.WidenUpper(*destination) | (Vector128.WidenUpper(*source) << 8)).AsByte();

    internal static void Punpckhwd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (Vector128.WidenUpper(destination->AsUInt16()) | (Vector128.WidenUpper(source->AsUInt16()) << 16)).AsByte();

    internal static void Punpckhdq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (Vector128.WidenUpper(destination->AsUInt32()) | (Vector128.WidenUpper(source->AsUInt32()) << 32)).AsByte();

    internal static void Punpckhqdq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Create(((ulong*)destination)[1], ((ulong*)source)[1]).AsByte();

    internal static void PunpckhbwMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Punpcklbw(state, destination, source, immediate);
        *destination = UpperHalf(*destination);
    }

    internal static void PunpckhwdMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Punpcklwd(state, destination, source, immediate);
        *destination = UpperHalf(*destination);
    }

    internal static void PunpckhdqMmx(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Punpckldq(state, destination, source, immediate);
        *destination = UpperHalf(*destination);
    }

    internal static void Pblendw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<ushort> bits = Vector128.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128);
        Vector128<ushort> taken = Vector128.Equals(Vector128.Create((ushort)immediate) & bits, bits);
        *destination = Vector128.ConditionalSelect(taken.AsByte(), *source, *destination);
    }

    internal static void Blendps(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<uint> bits = Vector128.Create((uint)1, 2, 4, 8);
        Vector128<uint> taken = Vector128.Equals(Vector128.Create((uint)immediate) & bits, bits);
        *destination = Vector128.ConditionalSelect(taken.AsByte(), *source, *destination);
    }

    internal static void Blendpd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<ulong> bits = Vector128.Create((ulong)1, 2);
        Vector128<ulong> taken = Vector128.Equals(Vector128.Create((ulong)immediate) & bits, bits);
        *destination = Vector128.ConditionalSelect(taken.AsByte(), *source, *destination);
    }

    internal static void Pblendvb(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<sbyte> mask = Vector128.LessThan(CpuState.XmmAt(state, 0)->AsSByte(), Vector128<sbyte>.Zero);
        *destination = Vector128.ConditionalSelect(mask.AsByte(), *source, *destination);
    }

    internal static void Blendvps(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<int> mask = Vector128.LessThan(CpuState.XmmAt(state, 0)->AsInt32(), Vector128<int>.Zero);
        *destination = Vector128.ConditionalSelect(mask.AsByte(), *source, *destination);
    }

    internal static void Blendvpd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        Vector128<long> mask = Vector128.LessThan(CpuState.XmmAt(state, 0)->AsInt64(), Vector128<long>.Zero);
        *destination = Vector128.ConditionalSelect(mask.AsByte(), *source, *destination);
    }

    private static ulong ShuffleWords(ushort* from, byte order)
        => from[order & 3] | ((ulong)from[(order >> 2) & 3] << 16) | ((ulong)from[(order >> 4) & 3] << 32) | ((ulong)from[order >> 6] << 48);

    private static Vector128<byte> UpperHalf(Vector128<byte> value) => Vector128.CreateScalar(value.AsUInt64()[1]).AsByte();
}
