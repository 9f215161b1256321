using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Simd;

/// <summary>
/// Packed shifts. A count is the low 64 bits of the source, or the immediate; one beyond the element's width gives zero, or the
/// sign for arithmetic shifts (SDM vol. 2B, PSLLW/PSLLD/PSLLQ and following).
/// </summary>
internal static unsafe class PackedShift
{
    internal static void Psllw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psllw(*destination, ((ulong*)source)[0]);

    internal static void PsllwImmediate(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psllw(*destination, immediate);

    internal static void Pslld(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Pslld(*destination, ((ulong*)source)[0]);

    internal static void PslldImmediate(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Pslld(*destination, immediate);

    internal static void Psllq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psllq(*destination, ((ulong*)source)[0]);

    internal static void PsllqImmediate(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psllq(*destination, immediate);

    internal static void Psrlw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psrlw(*destination, ((ulong*)source)[0]);

    internal static void PsrlwImmediate(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psrlw(*destination, immediate);

    internal static void Psrld(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psrld(*destination, ((ulong*)source)[0]);

    internal static void PsrldImmediate(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psrld(*destination, immediate);

    internal static void Psrlq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psrlq(*destination, ((ulong*)source)[0]);

    internal static void PsrlqImmediate(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Psrlq(*destination, immediate);

    internal static void Psraw(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsInt16() >> (int)ulong.Min(((ulong*)source)[0], 15)).AsByte();

    internal static void PsrawImmediate(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsInt16() >> int.Min(immediate, 15)).AsByte();

    internal static void Psrad(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsInt32() >> (int)ulong.Min(((ulong*)source)[0], 31)).AsByte();

    internal static void PsradImmediate(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = (destination->AsInt32() >> int.Min(immediate, 31)).AsByte();

    /// <summary>A shift by whole bytes; an index below zero wraps beyond 15, where the shuffle gives zero.</summary>
    internal static void Pslldq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Shuffle(*destination, Vector128<byte>.Indices - Vector128.Create(byte.Min(immediate, 16)));

    /// <summary>A shift by whole bytes; an index beyond 15 gives zero.</summary>
    internal static void Psrldq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.Shuffle(*destination, Vector128<byte>.Indices + Vector128.Create(byte.Min(immediate, 16)));

    /// <summary>VPSLLVD: each element by its own count.</summary>
    internal static void Psllvd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        for (int i = 0; i < 4; i++)
        {
            uint count = ((uint*)source)[i];
            ((uint*)destination)[i] = count < 32 ? ((uint*)destination)[i] << (int)count : 0;
        }
    }

    internal static void Psllvq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        for (int i = 0; i < 2; i++)
        {
            ulong count = ((ulong*)source)[i];
            ((ulong*)destination)[i] = count < 64 ? ((ulong*)destination)[i] << (int)count : 0;
        }
    }

    internal static void Psrlvd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        for (int i = 0; i < 4; i++)
        {
            uint count = ((uint*)source)[i];
            ((uint*)destination)[i] = count < 32 ? ((uint*)destination)[i] >> (int)count : 0;
        }
    }

    internal static void Psrlvq(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        for (int i = 0; i < 2; i++)
        {
            ulong count = ((ulong*)source)[i];
            ((ulong*)destination)[i] = count < 64 ? ((ulong*)destination)[i] >> (int)count : 0;
        }
    }

    internal static void Psravd(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
    {
        for (int i = 0; i < 4; i++)
            ((int*)destination)[i] >>= (int)uint.Min(((uint*)source)[i], 31);
    }

    private static Vector128<byte> Psllw(Vector128<byte> value, ulong count)
        => count < 16 ? (value.AsUInt16() << (int)count).AsByte() : Vector128<byte>.Zero;

    private static Vector128<byte> Pslld(Vector128<byte> value, ulong count)
        => count < 32 ? (value.AsUInt32() << (int)count).AsByte() : Vector128<byte>.Zero;

    private static Vector128<byte> Psllq(Vector128<byte> value, ulong count)
        => count < 64 ? (value.AsUInt64() << (int)count).AsByte() : Vector128<byte>.Zero;

    private static Vector128<byte> Psrlw(Vector128<byte> value, ulong count)
        => count < 16 ? (value.AsUInt16() >>> (int)count).AsByte() : Vector128<byte>.Zero;

    private static Vector128<byte> Psrld(Vector128<byte> value, ulong count)
        => count < 32 ? (value.AsUInt32() >>> (int)count).AsByte() : Vector128<byte>.Zero;

    private static Vector128<byte> Psrlq(Vector128<byte> value, ulong count)
        => count < 64 ? (value.AsUInt64() >>> (int)count).AsByte() : Vector128<byte>.Zero;
}
