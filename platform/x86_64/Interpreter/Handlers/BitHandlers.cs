using System.Numerics;
using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>
/// BT, BTS, BTR, BTC with the bit number in <see cref="Op.Immediate"/>, or in <see cref="Op.Source"/> when
/// <see cref="BitHandlers.RegisterBit"/> is set; the operation is the two low bits of <see cref="Op.Detail"/>. With a memory operand and the
/// number in a register, the address has been moved to the unit that holds the bit.
/// </summary>
internal readonly unsafe struct BitTest<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        int bit = (int)((op->Detail & BitHandlers.RegisterBit) != 0 ? *(ulong*)((byte*)s + op->Source) : (ulong)op->Immediate) & ((8 << TSize.Log) - 1);
        ulong value = TSize.Load(p);
        s->Eflags = (Flags.Materialize(s) & ~Flags.Carry) | (uint)((value >> bit) & 1);
        ulong mask = 1UL << bit;
        switch (op->Detail & 3)
        {
            case 1: TSize.Store(p, value | mask); break;
            case 2: TSize.Store(p, value & ~mask); break;
            case 3: TSize.Store(p, value ^ mask); break;
        }
    }
}

/// <summary>BSF, BSR, POPCNT from a register or memory. A zero source leaves BSF's and BSR's destination as it was.</summary>
internal readonly unsafe struct BitScan<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong value = TSize.Load(p);
        byte* d = (byte*)s + op->Source;
        if ((op->Detail & 3) == 2)
        {
            TSize.StoreRegister(d, (ulong)BitOperations.PopCount(value));
            Flags.SetArithmetic(s, value == 0 ? Flags.Zero : 0);
            return;
        }

        // Only ZF is defined; the others stay.
        uint flags = Flags.Materialize(s);
        if (value == 0)
        {
            s->Eflags = flags | Flags.Zero;
            return;
        }

        s->Eflags = flags & ~Flags.Zero;
        int index = (op->Detail & 3) == 0 ? BitOperations.TrailingZeroCount(value) : BitOperations.Log2(value);
        TSize.StoreRegister(d, (ulong)index);
    }
}

internal static unsafe class BitHandlers
{
    public const ushort RegisterBit = 4;

    /// <summary>BT of memory by a register: the number reaches beyond the operand.</summary>
    public static void TestMemory<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        s->Ea = AddressOf<TSize>(s, op);
        byte* p = e.ReadPointer(s, op, 1 << TSize.Log);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        BitTest<TSize>.Do(s, op, p);
        Chain.Next(s, op, e, budget);
    }

    /// <summary>BTS, BTR, BTC of memory by a register.</summary>
    public static void ChangeMemory<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        s->Ea = AddressOf<TSize>(s, op);
        byte* p = e.WritePointer(s, op, 1 << TSize.Log);
        if (p == null)
        {
            Chain.Abort(s, op, e, budget);
            return;
        }

        BitTest<TSize>.Do(s, op, p);
        if (e.FinishWrite(s, p, 1 << TSize.Log)) Chain.LeaveAfter(s, op, e, budget);
        else Chain.Next(s, op, e, budget);
    }

    private static ulong AddressOf<TSize>(CpuState* s, Op* op)
        where TSize : struct, IOperandSize
    {
        long bit = TSize.SignExtend(TSize.Load((byte*)s + op->Source));
        ulong units = (ulong)((bit >> (3 + TSize.Log)) << TSize.Log);
        ulong address = *(ulong*)((byte*)s + op->Base) + (*(ulong*)((byte*)s + op->Index) * op->Scale) + (ulong)op->Displacement + units;
        if ((op->Detail & OpDetail.Address32) != 0) address = (uint)address;
        return address + ((ulong*)s)[op->Segment];
    }

    // ---- SETcc, CMOVcc ----

    /// <summary>SETcc on a register; the condition is <see cref="Op.Immediate"/>.</summary>
    public static void SetRegister(CpuState* s, Op* op, Engine e, long budget)
    {
        *((byte*)s + op->Destination) = Flags.Condition(s, (int)op->Immediate) ? (byte)1 : (byte)0;
        Chain.Next(s, op, e, budget);
    }

    public static void SetRegisterOfSub<TSize, TCondition>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
    {
        bool condition = TCondition.OfSub<TSize>(s->FlagA, s->FlagB);
        *((byte*)s + op->Destination) = Unsafe.BitCast<bool, byte>(condition);
        Chain.Next(s, op, e, budget);
    }

    public static void SetRegisterOfResult<TSize, TCondition>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition
    {
        bool condition = TCondition.OfResult<TSize>(s->FlagA);
        *((byte*)s + op->Destination) = Unsafe.BitCast<bool, byte>(condition);
        Chain.Next(s, op, e, budget);
    }

    /// <summary>CMOVcc between registers. With 32 bits the upper half of the destination is cleared either way.</summary>
    public static void MoveIf<TSize>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
    {
        ulong value = TSize.Load((byte*)s + (Flags.Condition(s, (int)op->Immediate) ? op->Source : op->Destination));
        TSize.StoreRegister((byte*)s + op->Destination, value);
        Chain.Next(s, op, e, budget);
    }

    public static void MoveIfOfSub<TSize, TCondition>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition =>
        Move(s, op, e, budget, TCondition.OfSub<TSize>(s->FlagA, s->FlagB));

    public static void MoveIfOfResult<TSize, TCondition>(CpuState* s, Op* op, Engine e, long budget)
        where TSize : struct, IOperandSize
        where TCondition : struct, ICondition =>
        Move(s, op, e, budget, TCondition.OfResult<TSize>(s->FlagA));

    /// <summary>The move of 32 or 64 bits after its condition; <see cref="Op.Displacement"/> is the mask of the size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move(CpuState* s, Op* op, Engine e, long budget, bool condition)
    {
        ulong value = *(ulong*)((byte*)s + op->Destination);
        ulong source = *(ulong*)((byte*)s + op->Source);
        if (condition) value = source;
        *(ulong*)((byte*)s + op->Destination) = value & (ulong)op->Displacement;
        Chain.Next(s, op, e, budget);
    }
}

/// <summary>SETcc on memory.</summary>
internal readonly unsafe struct SetMemory : IStep
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1; }

    public static void Do(CpuState* s, Op* op, byte* p) => *p = Flags.Condition(s, (int)op->Immediate) ? (byte)1 : (byte)0;
}

/// <summary>CMOVcc from memory, which is read whether the condition holds or not.</summary>
internal readonly unsafe struct MoveIfFromMemory<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        byte* d = (byte*)s + op->Destination;
        TSize.StoreRegister(d, Flags.Condition(s, (int)op->Immediate) ? TSize.Load(p) : TSize.Load(d));
    }
}
