using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>XADD: the operand at hand is the destination, <see cref="Op.Source"/> the register that takes its old value.</summary>
internal readonly unsafe struct ExchangeAdd<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong a = TSize.Load(p);
        ulong b = TSize.Load((byte*)s + op->Source);
        LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Add + (uint)TSize.Log), a, b);
        TSize.StoreRegister((byte*)s + op->Source, a);
        TSize.Store(p, a + b);
    }
}

/// <summary>CMPXCHG.</summary>
internal readonly unsafe struct CompareExchange<TSize> : IStep
    where TSize : struct, IOperandSize
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong expected = TSize.Truncate(s->Gpr[0]);
        ulong current = TSize.Load(p);
        LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Sub + (uint)TSize.Log), expected, current);
        if (expected == current) TSize.Store(p, TSize.Load((byte*)s + op->Source));
        else TSize.StoreRegister((byte*)s, current);
    }
}

/// <summary>
/// CMPXCHG of 32 bits whose destination is a register: with operands that differ it is not written at all, so that its upper half stays too. (So it was measured on
/// AMD's processors; the SDM's pseudo-code has it written with its own value, which would clear it.)
/// </summary>
internal readonly unsafe struct CompareExchangeRegister : IStep
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 4; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong expected = Size32.Truncate(s->Gpr[0]);
        ulong current = Size32.Load(p);
        LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Sub + (uint)Size32.Log), expected, current);
        if (expected == current) Size32.StoreRegister(p, Size32.Load((byte*)s + op->Source));
        else Size32.StoreRegister((byte*)s, current);
    }
}

/// <summary>CMPXCHG8B.</summary>
internal readonly unsafe struct CompareExchange8Bytes : IStep
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 8; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong expected = (uint)s->Gpr[0] | (s->Gpr[2] << 32);
        ulong current = *(ulong*)p;
        uint flags = Flags.Materialize(s) & ~Flags.Zero;
        if (expected == current)
        {
            *(ulong*)p = (uint)s->Gpr[3] | (s->Gpr[1] << 32);
            flags |= Flags.Zero;
        }
        else
        {
            s->Gpr[0] = (uint)current;
            s->Gpr[2] = current >> 32;
        }

        s->Eflags = flags;
    }
}

/// <summary>CMPXCHG16B; the operand is aligned.</summary>
internal readonly unsafe struct CompareExchange16Bytes : IStep
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 16; }

    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong low = *(ulong*)p;
        ulong high = *(ulong*)(p + 8);
        uint flags = Flags.Materialize(s) & ~Flags.Zero;
        if (low == s->Gpr[0] && high == s->Gpr[2])
        {
            *(ulong*)p = s->Gpr[3];
            *(ulong*)(p + 8) = s->Gpr[1];
            flags |= Flags.Zero;
        }
        else
        {
            s->Gpr[0] = low;
            s->Gpr[2] = high;
        }

        s->Eflags = flags;
    }
}
