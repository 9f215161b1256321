using System.Runtime.Intrinsics;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Vex;

/// <summary>Moves of registers and of their elements under VEX; the destination begins as the first source.</summary>
internal static unsafe class VexMove
{
    public static void Copy(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = *source;

    /// <summary>VMOVSS of registers.</summary>
    public static void MergeDword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(uint*)destination = *(uint*)source;

    /// <summary>VMOVSD of registers, VMOVLPS.</summary>
    public static void MergeQword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(ulong*)destination = *(ulong*)source;

    /// <summary>VMOVHPS from memory, VMOVLHPS.</summary>
    public static void LowToHigh(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => ((ulong*)destination)[1] = *(ulong*)source;

    /// <summary>VMOVHPS to memory, VMOVHLPS.</summary>
    public static void HighToLow(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(ulong*)destination = ((ulong*)source)[1];

    public static void InsertByte(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => ((byte*)destination)[immediate & 15] = *(byte*)source;

    public static void InsertWord(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => ((ushort*)destination)[immediate & 7] = *(ushort*)source;

    public static void InsertDword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => ((uint*)destination)[immediate & 3] = *(uint*)source;

    public static void InsertQword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => ((ulong*)destination)[immediate & 1] = *(ulong*)source;

    public static void ExtractByte(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar((ulong)((byte*)source)[immediate & 15]).AsByte();

    public static void ExtractWord(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar((ulong)((ushort*)source)[immediate & 7]).AsByte();

    public static void ExtractDword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar((ulong)((uint*)source)[immediate & 3]).AsByte();

    public static void ExtractQword(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *destination = Vector128.CreateScalar((ulong)((ulong*)source)[immediate & 1]).AsByte();

    /// <summary>VPMOVMSKB.</summary>
    public static void MaskOfBytes(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(ulong*)destination = source[0].ExtractMostSignificantBits() | (source[1].ExtractMostSignificantBits() << 16);

    /// <summary>VMOVMSKPS.</summary>
    public static void MaskOfSingles(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(ulong*)destination = source[0].AsUInt32().ExtractMostSignificantBits() | (source[1].AsUInt32().ExtractMostSignificantBits() << 4);

    /// <summary>VMOVMSKPD.</summary>
    public static void MaskOfDoubles(CpuState* state, Vector128<byte>* destination, Vector128<byte>* source, byte immediate)
        => *(ulong*)destination = source[0].AsUInt64().ExtractMostSignificantBits() | (source[1].AsUInt64().ExtractMostSignificantBits() << 2);
}
