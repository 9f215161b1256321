using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>An instruction of BMI1, BMI2 or LZCNT: a function of a register or memory operand and of another register.</summary>
internal unsafe interface IBmiOperation
{
    /// <summary>The result. <paramref name="source"/> is the operand that may be in memory; <paramref name="other"/> the other register's value.</summary>
    static abstract ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize;
}

/// <summary>
/// The step of an <see cref="IBmiOperation"/>: the result goes to <see cref="Op.Source"/>; the low half of <see cref="Op.Immediate"/>
/// holds the offset of the other register, the bits above what the operation wants to know.
/// </summary>
internal readonly unsafe struct BmiStep<TOperation, TSize> : IStep
    where TOperation : struct, IBmiOperation
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong source = TSize.Load(p);
        ulong other = TSize.Load((byte*)s + (ushort)op->Immediate);
        TSize.StoreRegister((byte*)s + op->Source, TOperation.Apply<TSize>(s, op, source, other));
    }
}

/// <summary>ANDN.</summary>
internal readonly unsafe struct AndNotOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        ulong result = source & ~other;
        Flags.SetArithmetic(s, Flags.OfResult(result, TSize.Log));
        return result;
    }
}

/// <summary>
/// BEXTR: the start in the other register's low byte, the length in the byte above. SF, PF and AF, which the manual leaves open, are as AMD's processors have them:
/// by the result, and 1.
/// </summary>
internal readonly unsafe struct ExtractBitsOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        int start = (byte)other, length = (byte)(other >> 8);
        ulong result = start >= 64 ? 0 : source >> start;
        if (length < 64) result &= (1UL << length) - 1;
        Flags.SetArithmetic(s, Flags.OfResult(result, TSize.Log) | Flags.Adjust);
        return result;
    }
}

/// <summary>BLSI: the lowest bit that is set.</summary>
internal readonly unsafe struct LowestBitOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        ulong result = source & (0 - source);
        Flags.SetArithmetic(s, Flags.OfResult(result, TSize.Log) | (source != 0 ? Flags.Carry : 0));
        return result;
    }
}

/// <summary>BLSMSK: ones up to the lowest bit that is set.</summary>
internal readonly unsafe struct LowestMaskOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        ulong result = TSize.Truncate(source ^ (source - 1));
        Flags.SetArithmetic(s, Flags.OfResult(result, TSize.Log) | (source == 0 ? Flags.Carry : 0));
        return result;
    }
}

/// <summary>BLSR: clears the lowest bit that is set.</summary>
internal readonly unsafe struct ClearLowestOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        ulong result = source & (source - 1);
        Flags.SetArithmetic(s, Flags.OfResult(result, TSize.Log) | (source == 0 ? Flags.Carry : 0));
        return result;
    }
}

/// <summary>BZHI: clears the bits from the one on that the other register's low byte names.</summary>
internal readonly unsafe struct ClearHighOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        int index = (byte)other;
        bool beyond = index >= 8 << TSize.Log;
        ulong result = beyond ? source : source & ((1UL << index) - 1);
        Flags.SetArithmetic(s, Flags.OfResult(result, TSize.Log) | (beyond ? Flags.Carry : 0));
        return result;
    }
}

/// <summary>MULX: the other register is RDX; the product's low half goes to the register whose offset lies above, first.</summary>
internal readonly unsafe struct WideProductOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        ulong high = Math.BigMul(source, other, out ulong low);
        if (TSize.Log == 2)
        {
            high = low >> 32;
            low = (uint)low;
        }

        TSize.StoreRegister((byte*)s + (ushort)(op->Immediate >> 16), low);
        return high;
    }
}

/// <summary>PDEP: the low bits of the other register to the places that the source has set.</summary>
internal readonly unsafe struct DepositOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        ulong result = 0;
        for (ulong mask = source; mask != 0; mask &= mask - 1, other >>= 1)
        {
            if ((other & 1) != 0) result |= mask & (0 - mask);
        }

        return result;
    }
}

/// <summary>PEXT: the other register's bits at the places that the source has set, side by side.</summary>
internal readonly unsafe struct ExtractOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        ulong result = 0;
        ulong bit = 1;
        for (ulong mask = source; mask != 0; mask &= mask - 1, bit <<= 1)
        {
            if ((other & mask & (0 - mask)) != 0) result |= bit;
        }

        return result;
    }
}

/// <summary>RORX by the immediate.</summary>
internal readonly unsafe struct RotateOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        int count = (int)(op->Immediate >> 16);
        return TSize.Log == 2 ? BitOperations.RotateRight((uint)source, count) : BitOperations.RotateRight(source, count);
    }
}

/// <summary>SARX.</summary>
internal readonly unsafe struct SarxOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
        => TSize.Truncate((ulong)(TSize.SignExtend(source) >> ((int)other & ((8 << TSize.Log) - 1))));
}

/// <summary>SHLX.</summary>
internal readonly unsafe struct ShlxOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
        => TSize.Truncate(source << ((int)other & ((8 << TSize.Log) - 1)));
}

/// <summary>SHRX.</summary>
internal readonly unsafe struct ShrxOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
        => source >> ((int)other & ((8 << TSize.Log) - 1));
}

/// <summary>TZCNT. OF, which the manual leaves open, stays as it was, as on AMD's processors; SF, AF and PF are cleared.</summary>
internal readonly unsafe struct TrailingZerosOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        ulong result = source == 0 ? 8UL << TSize.Log : (ulong)BitOperations.TrailingZeroCount(source);
        uint overflow = Flags.Materialize(s) & Flags.Overflow;
        Flags.SetArithmetic(s, overflow | (source == 0 ? Flags.Carry : 0) | (result == 0 ? Flags.Zero : 0));
        return result;
    }
}

/// <summary>LZCNT; OF, SF, AF and PF as after TZCNT.</summary>
internal readonly unsafe struct LeadingZerosOperation : IBmiOperation
{
    public static ulong Apply<TSize>(CpuState* s, Op* op, ulong source, ulong other)
        where TSize : struct, IOperandSize
    {
        ulong result = (ulong)(BitOperations.LeadingZeroCount(source) - (64 - (8 << TSize.Log)));
        uint overflow = Flags.Materialize(s) & Flags.Overflow;
        Flags.SetArithmetic(s, overflow | (source == 0 ? Flags.Carry : 0) | (result == 0 ? Flags.Zero : 0));
        return result;
    }
}

/// <summary>MOVBE from memory.</summary>
internal readonly unsafe struct ReversedLoad<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p) =>
        TSize.StoreRegister((byte*)s + op->Destination, BinaryPrimitives.ReverseEndianness(TSize.Load(p)) >> (64 - (8 << TSize.Log)));
}

/// <summary>MOVBE to memory.</summary>
internal readonly unsafe struct ReversedStore<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p) =>
        TSize.Store(p, BinaryPrimitives.ReverseEndianness(TSize.Load((byte*)s + op->Source)) >> (64 - (8 << TSize.Log)));
}
