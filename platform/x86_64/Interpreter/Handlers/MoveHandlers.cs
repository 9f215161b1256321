using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>Moves between registers, and what needs no memory operand of its own.</summary>
internal static unsafe class MoveHandlers
{
    public static void RegisterRegister<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        TSize.StoreRegister((byte*)s + op->Destination, TSize.Load((byte*)s + op->Source));
        Chain.Next(s, op, e, budget);
    }

    public static void RegisterImmediate<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        TSize.StoreRegister((byte*)s + op->Destination, (ulong)op->Immediate);
        Chain.Next(s, op, e, budget);
    }

    /// <summary>MOVZX.</summary>
    public static void ZeroExtend<TFrom, TTo>(CpuState* s, Op* op, Engine e, long budget)
        where TFrom : struct, IOperandSize
        where TTo : struct, IOperandSize
    {
        TTo.StoreRegister((byte*)s + op->Destination, TFrom.Load((byte*)s + op->Source));
        Chain.Next(s, op, e, budget);
    }

    /// <summary>MOVSX, MOVSXD, CBW, CWDE, CDQE.</summary>
    public static void SignExtend<TFrom, TTo>(CpuState* s, Op* op, Engine e, long budget)
        where TFrom : struct, IOperandSize
        where TTo : struct, IOperandSize
    {
        TTo.StoreRegister((byte*)s + op->Destination, (ulong)TFrom.SignExtend(TFrom.Load((byte*)s + op->Source)));
        Chain.Next(s, op, e, budget);
    }

    /// <summary>CWD, CDQ, CQO: RDX takes the sign of RAX.</summary>
    public static void SignToRdx<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        TSize.StoreRegister((byte*)s + 16, (ulong)(TSize.SignExtend(s->Gpr[0]) >> 63));
        Chain.Next(s, op, e, budget);
    }

    public static void Exchange<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        ulong a = TSize.Load((byte*)s + op->Destination);
        ulong b = TSize.Load((byte*)s + op->Source);
        TSize.StoreRegister((byte*)s + op->Source, a);
        TSize.StoreRegister((byte*)s + op->Destination, b);
        Chain.Next(s, op, e, budget);
    }

    public static void Lea<TSize, TAddress>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TAddress : struct, IAddress
    {
        TSize.StoreRegister((byte*)s + op->Destination, TAddress.Compute(s, op));
        Chain.Next(s, op, e, budget);
    }

    public static void ByteSwap32(CpuState* s, Op* op, Engine e, long budget)
    {
        byte* d = (byte*)s + op->Destination;
        *(ulong*)d = BinaryPrimitives.ReverseEndianness(*(uint*)d);
        Chain.Next(s, op, e, budget);
    }

    public static void ByteSwap64(CpuState* s, Op* op, Engine e, long budget)
    {
        byte* d = (byte*)s + op->Destination;
        *(ulong*)d = BinaryPrimitives.ReverseEndianness(*(ulong*)d);
        Chain.Next(s, op, e, budget);
    }

    /// <summary>BSWAP of 16 bits is undefined by the manual; processors give zero.</summary>
    public static void ByteSwap16(CpuState* s, Op* op, Engine e, long budget)
    {
        *(ushort*)((byte*)s + op->Destination) = 0;
        Chain.Next(s, op, e, budget);
    }

    public static void Nop(CpuState* s, Op* op, Engine e, long budget) => Chain.Next(s, op, e, budget);
}

internal readonly unsafe struct Load<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p) => TSize.StoreRegister((byte*)s + op->Destination, TSize.Load(p));
}

internal readonly unsafe struct LoadZeroExtend<TFrom, TTo> : IStep
    where TFrom : struct, IOperandSize
    where TTo : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TFrom.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p) => TTo.StoreRegister((byte*)s + op->Destination, TFrom.Load(p));
}

internal readonly unsafe struct LoadSignExtend<TFrom, TTo> : IStep
    where TFrom : struct, IOperandSize
    where TTo : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TFrom.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p) =>
        TTo.StoreRegister((byte*)s + op->Destination, (ulong)TFrom.SignExtend(TFrom.Load(p)));
}

internal readonly unsafe struct Store<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p) => TSize.Store(p, TSize.Load((byte*)s + op->Source));
}

internal readonly unsafe struct StoreImmediate<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p) => TSize.Store(p, (ulong)op->Immediate);
}
