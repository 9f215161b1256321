using System.Runtime.CompilerServices;
using Kpio.Platform.X64.Cpu;

namespace Kpio.Platform.X64.Interpreter.Handlers;

/// <summary>A two-operand operation of the group ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST.</summary>
internal unsafe interface IAlu
{
    /// <summary>Whether the result is stored: not for CMP and TEST.</summary>
    static abstract bool Stores { get; }

    static abstract ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode;
}

/// <summary>Whether an instruction's flags are read before the next one sets them.</summary>
internal interface IFlagMode
{
    static abstract bool Live { get; }
}

internal readonly struct FlagsLive : IFlagMode
{
    public static bool Live { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }
}

internal readonly struct FlagsDead : IFlagMode
{
    public static bool Live { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => false; }
}

internal readonly unsafe struct AddOperation : IAlu
{
    public static bool Stores { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        if (TFlags.Live) LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Add + (uint)TSize.Log), a, b);
        return a + b;
    }
}

internal readonly unsafe struct SubOperation : IAlu
{
    public static bool Stores { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        if (TFlags.Live) LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Sub + (uint)TSize.Log), a, b);
        return a - b;
    }
}

internal readonly unsafe struct CmpOperation : IAlu
{
    public static bool Stores { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => false; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        LazyFlags.Set(s, (FlagKind)((uint)FlagKind.Sub + (uint)TSize.Log), a, b);
        return 0;
    }
}

internal readonly unsafe struct AndOperation : IAlu
{
    public static bool Stores { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        ulong result = a & b;
        if (TFlags.Live) LazyFlags.SetLogic(s, (FlagKind)((uint)FlagKind.Logic + (uint)TSize.Log), result);
        return result;
    }
}

internal readonly unsafe struct OrOperation : IAlu
{
    public static bool Stores { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        ulong result = a | b;
        if (TFlags.Live) LazyFlags.SetLogic(s, (FlagKind)((uint)FlagKind.Logic + (uint)TSize.Log), result);
        return result;
    }
}

internal readonly unsafe struct XorOperation : IAlu
{
    public static bool Stores { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        ulong result = a ^ b;
        if (TFlags.Live) LazyFlags.SetLogic(s, (FlagKind)((uint)FlagKind.Logic + (uint)TSize.Log), result);
        return result;
    }
}

internal readonly unsafe struct TestOperation : IAlu
{
    public static bool Stores { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => false; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        LazyFlags.SetLogic(s, (FlagKind)((uint)FlagKind.Logic + (uint)TSize.Log), a & b);
        return 0;
    }
}

internal readonly unsafe struct AdcOperation : IAlu
{
    public static bool Stores { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        ulong result = a + b + Flags.CarryOf(s);
        Flags.SetArithmetic(s, Flags.OfSum(a, b, result, TSize.Log));
        return result;
    }
}

internal readonly unsafe struct SbbOperation : IAlu
{
    public static bool Stores { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => true; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Compute<TSize, TFlags>(CpuState* s, ulong a, ulong b)
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        ulong result = a - b - Flags.CarryOf(s);
        Flags.SetArithmetic(s, Flags.OfDifference(a, b, result, TSize.Log));
        return result;
    }
}

/// <summary>Leaves the operands of an instruction for whoever reads the flags.</summary>
internal static unsafe class LazyFlags
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(CpuState* s, FlagKind kind, ulong a, ulong b)
    {
        s->FlagKind = kind;
        s->FlagA = a;
        s->FlagB = b;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SetLogic(CpuState* s, FlagKind kind, ulong result)
    {
        s->FlagKind = kind;
        s->FlagA = result;
    }
}

/// <summary>Register, register: <see cref="Op.Destination"/>, <see cref="Op.Source"/>; register, immediate.</summary>
internal static unsafe class AluHandlers
{
    public static void RegisterRegister<TAlu, TSize, TFlags>(CpuState* s, Op* op, Engine e, long budget)
        where TAlu : struct, IAlu
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        byte* d = (byte*)s + op->Destination;
        ulong result = TAlu.Compute<TSize, TFlags>(s, TSize.Load(d), TSize.Load((byte*)s + op->Source));
        if (TAlu.Stores) TSize.StoreRegister(d, result);
        Chain.Next(s, op, e, budget);
    }

    public static void RegisterImmediate<TAlu, TSize, TFlags>(CpuState* s, Op* op, Engine e, long budget)
        where TAlu : struct, IAlu
        where TSize : struct, IOperandSize
        where TFlags : struct, IFlagMode
    {
        byte* d = (byte*)s + op->Destination;
        ulong result = TAlu.Compute<TSize, TFlags>(s, TSize.Load(d), TSize.Truncate((ulong)op->Immediate));
        if (TAlu.Stores) TSize.StoreRegister(d, result);
        Chain.Next(s, op, e, budget);
    }
}

/// <summary>Register op= memory.</summary>
internal readonly unsafe struct AluFromMemory<TAlu, TSize, TFlags> : IStep
    where TAlu : struct, IAlu
    where TSize : struct, IOperandSize
    where TFlags : struct, IFlagMode
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p)
    {
        byte* d = (byte*)s + op->Destination;
        ulong result = TAlu.Compute<TSize, TFlags>(s, TSize.Load(d), TSize.Load(p));
        if (TAlu.Stores) TSize.StoreRegister(d, result);
    }
}

/// <summary>Memory op= register; for CMP and TEST memory is only read.</summary>
internal readonly unsafe struct AluToMemory<TAlu, TSize, TFlags> : IStep
    where TAlu : struct, IAlu
    where TSize : struct, IOperandSize
    where TFlags : struct, IFlagMode
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong result = TAlu.Compute<TSize, TFlags>(s, TSize.Load(p), TSize.Load((byte*)s + op->Source));
        if (TAlu.Stores) TSize.Store(p, result);
    }
}

/// <summary>Memory op= immediate; for CMP and TEST memory is only read.</summary>
internal readonly unsafe struct AluImmediateToMemory<TAlu, TSize, TFlags> : IStep
    where TAlu : struct, IAlu
    where TSize : struct, IOperandSize
    where TFlags : struct, IFlagMode
{
    public static int Bytes { [MethodImpl(MethodImplOptions.AggressiveInlining)] get => 1 << TSize.Log; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Do(CpuState* s, Op* op, byte* p)
    {
        ulong result = TAlu.Compute<TSize, TFlags>(s, TSize.Load(p), TSize.Truncate((ulong)op->Immediate));
        if (TAlu.Stores) TSize.Store(p, result);
    }
}
